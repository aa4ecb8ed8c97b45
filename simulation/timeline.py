"""The clock of a world: it jumps from event to event, and stands still in between."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from simulation.violation import Rule, Violation

MOST_STEPS_AT_ONCE: Final = 10_000
"""Calls of `advance` that may go by without anything read and the clock moving: it runs idle."""
_BEGINNING: Final = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


class Timeline:
    """Events that are to come, and the time, in seconds since the beginning of the world."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._steps = 0

    def monotonic(self) -> float:
        """The time."""
        return self.now

    def today(self) -> datetime:
        """The time as a date."""
        return _BEGINNING + timedelta(seconds=self.now)

    def at(self, when: float, happens: Callable[[], None]) -> None:
        """Lets something happen at a time; of two at the same time, the earlier call goes first."""
        heapq.heappush(self._events, (max(when, self.now), next(self._numbers), happens))

    def something_was_read(self) -> None:
        """Input was taken in, for which no time has to pass."""
        self._steps = 0

    def advance(self, until: float, is_enough: Callable[[], bool] = lambda: False) -> None:
        """Moves on to a time, with all that happens before it, or until it is enough.

        Raises:
            Violation: the clock has stood still for too long.
        """
        before = self.now
        while not is_enough():
            if not self._events or self._events[0][0] > until:
                self.now = max(self.now, until)
                break
            self.now, _, happens = heapq.heappop(self._events)
            happens()
        self._steps = 0 if self.now > before else self._steps + 1
        if self._steps >= MOST_STEPS_AT_ONCE:
            raise Violation(Rule.ENDS, f"the clock stood still for {MOST_STEPS_AT_ONCE:,} steps")
