"""The judge: whether a call breaks the endpoint, or the endpoint is down. Pure.

This is the only rule that turns temporary trouble into a reject, so it wants proof: the endpoint
failed on this call every time, and took others all the while. The numbers are our own choices.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

FEWEST_FAULTS: Final = 8
"""One fault is bad luck. Eight, with the waits between them, are half a minute of it."""
_MANY_OTHERS: Final = 100
"""So many calls don't pass an endpoint that is down."""
_FEWEST_OTHERS: Final = 5
"""Enough where they are all there is; fewer may have passed by chance."""
MOST_BROKEN: Final = 20
"""Calls of a run. More than these are not bad records any more but a fault of the endpoint."""
_RECENT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a call that fails.

    `faults` are its attempts that ended in a 5xx or a time-out, `others` those of its last ones
    that failed in another way. `accepted` other calls were taken meanwhile, or shortly before;
    `waiting` other calls of the run were not taken yet. `broken` calls of the run were judged to
    break the endpoint before.
    """

    faults: int
    others: int
    accepted: int
    waiting: int
    broken: int


def breaks_endpoint(evidence: Evidence) -> bool:
    """Whether it is the call that is at fault."""
    enough = _FEWEST_OTHERS if not evidence.waiting else _MANY_OTHERS
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
    """Counts the calls that were taken, and remembers the last minute by the second."""

    def __init__(self) -> None:
        self.total = 0
        self._seconds: deque[tuple[int, int]] = deque()
        """A second, and how many had been taken before it."""

    def note(self, calls: int, now: float) -> None:
        """Counts calls that were taken now."""
        if not self._seconds or self._seconds[-1][0] < int(now):
            self._seconds.append((int(now), self.total))
        self.total += calls
        self._forget(now)

    def mark(self, now: float) -> Mark:
        """What is counted by now."""
        self._forget(now)
        return Mark(self.total, self._seconds[0][1] if self._seconds else self.total)

    def within(self, seconds: int, now: float) -> bool:
        """Whether any was taken in the last so many seconds."""
        return bool(self._seconds) and self._seconds[-1][0] >= int(now) - seconds

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] < int(now) - _RECENT_SECONDS:
            self._seconds.popleft()
