"""The judge: whether a call breaks the endpoint, or the endpoint is down. Pure.

This is the only rule that turns temporary trouble into a reject, so it wants proof: the endpoint
failed on this call every time, and took others, if there were any to take. The numbers are our own
choices. `contacts.dividing` collects the proof for a contact, `lanes.suspects` for another call.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, inf
from typing import Final

FEWEST_FAULTS: Final = 8
"""One fault is bad luck. Eight, with the waits between them, are half a minute of it."""
MANY_OTHERS: Final = 100
"""So many calls don't pass an endpoint that is down."""
_FEWEST_OTHERS: Final = 5
"""Enough where they are all there is; fewer may have passed by chance."""
MOST_BROKEN: Final = 20
"""Calls of a run. More than these are not bad records any more but a fault of the endpoint."""
RECENT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a call that fails.

    `faults` are its attempts on which the endpoint broke, `others` those that failed in another way
    (of a contact, among its last ones). `accepted` other calls were taken meanwhile, or shortly
    before; `waiting` other calls of the run were not taken yet. `broken` calls of the run were
    judged to break the endpoint before.
    """

    faults: int
    others: int
    accepted: int
    waiting: int
    broken: int


def breaks_endpoint(evidence: Evidence) -> bool:
    """Whether it is the call that is at fault."""
    enough = _FEWEST_OTHERS if not evidence.waiting else MANY_OTHERS
    return (
        evidence.faults >= FEWEST_FAULTS
        and not evidence.others
        and evidence.accepted >= enough
        and evidence.broken < MOST_BROKEN
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """How many calls had been taken at some time, and how many a minute before."""

    total: int
    a_minute_before: int


class Accepted:
    """Counts the calls that were taken, and remembers the last minute, or more, by the second."""

    def __init__(self, remembers: float = RECENT_SECONDS) -> None:
        """`remembers` is for how many seconds."""
        self.total = 0
        self._remembers = remembers
        self._seconds: deque[tuple[int, int]] = deque()
        """A second, and how many had been taken before it."""
        self._next_second = -inf

    def note(self, calls: int, now: float) -> None:
        """Counts calls that were taken now."""
        if now >= self._next_second:  # seldom, and this is asked for each call
            self._seconds.append((int(now), self.total))
            self._next_second = int(now) + 1
            self._forget(now)
        self.total += calls

    def since(self, moment: float, now: float) -> int:
        """How many were taken from the next whole second on, as far as it is remembered."""
        self._forget(now)
        first = ceil(moment)
        return self.total - next((n for second, n in self._seconds if second >= first), self.total)

    def mark(self, now: float) -> Mark:
        """What is counted by now."""
        self._forget(now)
        return Mark(self.total, self._seconds[0][1] if self._seconds else self.total)

    def within(self, seconds: int, now: float) -> bool:
        """Whether any was taken in the last so many seconds."""
        return bool(self._seconds) and self._seconds[-1][0] >= int(now) - seconds

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] < int(now) - self._remembers:
            self._seconds.popleft()
