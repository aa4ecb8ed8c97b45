"""Newcomers: members of a list whose contact is not found yet, but may be soon. Pure.

A list takes contacts only. Who is not found may still become one in this very run: because the run
has written the contact and Inflection's look-up does not know it yet, or because the row that makes
the contact comes later in the input. Such a member waits, at most five minutes from the first
look-up that missed, and as long once more after its contact is written; so long its checkpoints
may be held.
"""

from collections.abc import Collection
from enum import Enum
from typing import Final

from destination_inflection.delivery.contacts.written import Written
from destination_inflection.delivery.seam import CONTACT

LONGEST_WAIT_SECONDS: Final = 300.0
MOST_AWAITED: Final = 10_000
"""Members whose person may still come: a quarter of the calls that may be pending, so that the
others go on. Those beyond are unknown at once."""
_SHORTEST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 30.0


class Person(Enum):
    """Whether the row that makes a missing member a contact can still be delivered in this run."""

    IN_HAND = "it was read, and waits to be sent"
    MAY_COME = "the input is not at its end"
    WONT_COME = "no more is read"


class Newcomers:
    """The members whose contact is awaited. All times are in seconds."""

    def __init__(self, kinds: Collection[str], written: Written) -> None:
        """`kinds` are the kinds of calls that may come in this run."""
        self._may_come = CONTACT in kinds
        self._written = written
        self._awaited: dict[str, None] = {}

    @property
    def awaited(self) -> list[str]:
        """The emails whose person may still come, the first that was missed first."""
        return list(self._awaited)

    def settled(self, email: str) -> None:
        """Notes that an email's row has ended: if its person was awaited, that is over."""
        self._awaited.pop(email, None)

    def look_at(self, email: str, missed: float, now: float, person: Person) -> float | None:
        """When to look somebody up again who was not found now, and first at `missed`.

        None: no longer; it is unknown.
        """
        self._awaited.pop(email, None)
        end = missed + LONGEST_WAIT_SECONDS
        if person is Person.IN_HAND:
            return max(end, now + _LONGEST_PAUSE_SECONDS)
        if now >= end:
            self._written.discard(email)
            return None
        if email in self._written:
            pause = max((now - missed) / 2, _SHORTEST_PAUSE_SECONDS)
            return min(now + min(pause, _LONGEST_PAUSE_SECONDS), end)
        if person is Person.WONT_COME or not self._may_come or len(self._awaited) >= MOST_AWAITED:
            return None
        self._awaited[email] = None
        return end
