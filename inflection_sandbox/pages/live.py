"""What the overview shows while it is open: new calls and new counts, as server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Final

from inflection_sandbox.journal import Tally

_SECONDS_BETWEEN: Final = 0.5
_SECONDS_OF_SILENCE: Final = 15.0
"""Then a comment is sent, so that a connection that is gone is noticed."""


async def events(tally: Tally, seen: int, render: Callable[[int], bytes]) -> AsyncIterator[bytes]:
    """At most two events a second, each with what `render` makes of the calls after a number.

    `seen` is the number of the last call that the page has. An event's id is the last call in it,
    which a browser sends back when it connects again.
    """
    silent = 0.0
    yield b"retry: 1000\n\n"
    while True:
        if tally.last != seen:
            changes = render(seen)
            seen, silent = tally.last, 0.0
            yield b"id: %d\ndata: %b\n\n" % (seen, changes)
        elif silent >= _SECONDS_OF_SILENCE:
            silent = 0.0
            yield b":\n\n"
        # All streams wake up together, so that what one has rendered serves the others.
        await asyncio.sleep(_SECONDS_BETWEEN - monotonic() % _SECONDS_BETWEEN)
        silent += _SECONDS_BETWEEN
