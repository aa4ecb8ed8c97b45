"""Bounds of delivery: whatever comes in, or does not go out, takes no more memory than these.

All are our own choices, each with its reason. A smaller `Bounds` in the settings makes them small.
Heads of answers are bounded by what reads them: libcurl takes in 300 KiB of one answer's, interim
ones included, and Python's own client 100 lines of 64 KiB. Servers and proxies pass on some 16 KiB.
"""

from dataclasses import dataclass
from typing import Final

_MIB: Final = 1024 * 1024

MOST_INTERIM_ANSWERS: Final = 100
"""Before the final answer. HTTP has no limit; a server that works on a request sends a few."""
MOST_UNREADABLE_ANSWERS: Final = 5
"""To one call, all longer than what is taken in, or in an unknown form. That does not change by
itself: asked five times, it was no accident, and the ten minutes that other faults get would be
lost."""
MOST_ID_CHARACTERS: Final = 1_000
"""Of an id that the Developer API gives out. It becomes a part of a URL, and servers take some
8,000 bytes of those; a character can take 12."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is held at most."""

    answer_bytes: int = 4 * _MIB
    """Of one answer's body, unpacked. The largest that is needed speaks of 1,000 contacts, at most
    some 350 bytes of each."""
    pending_calls: int = 5_000
    """On the event endpoint. Twenty for each of the 256 connections that the form allows, so that
    none is idle."""
    pending_contacts: int = 40_000
    """On the Developer API. Forty full batches: enough that each connection has one on its way
    while others wait for their transactions. Twice as many made nothing faster. Fewer while
    transactions settle old (`contacts/window.py`)."""
    pending_bytes: int = 16 * _MIB
    """The same bound for large calls: 512 of the largest messages, or four of the largest
    batches."""


BOUNDS: Final = Bounds()
