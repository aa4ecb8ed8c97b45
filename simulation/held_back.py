"""States that could go and do not: how long each of them has been able to."""

from collections.abc import Callable, Iterable
from typing import Final

from simulation.violation import Rule, Violation

_BETWEEN_LOOKS: Final = 2.0
"""Seconds."""
_MOST_AT_ONCE: Final = 5.0
"""Seconds that count of those between two looks: standard output may have been full meanwhile."""
_SOME: Final = 30.0
_IN_DOUBT: Final = 600.0
"""Seconds that a state is held of whose stream nothing was delivered."""


class HeldBack:
    """Of one run; times are in seconds."""

    def __init__(
        self, could_go: Callable[[], Iterable[tuple[int, bool]]], collecting: float
    ) -> None:
        """`could_go` gives the states that could, by number, and whether one is in doubt.

        `collecting` is how long they may wait for rejects to be stored.
        """
        self._could_go = could_go
        self._longest = collecting + _SOME
        self._waited: dict[int, float] = {}
        self._looked_at = 0.0

    def look(self, now: float) -> None:
        """Looks at them, now and then.

        Raises:
            Violation: one has been held for too long.
        """
        passed = now - self._looked_at
        if passed < _BETWEEN_LOOKS:
            return
        self._looked_at = now
        waited = self._waited
        self._waited = {}
        for number, is_in_doubt in self._could_go():
            already = waited.get(number)
            seconds = 0.0 if already is None else already + min(passed, _MOST_AT_ONCE)
            if seconds > self._longest + _IN_DOUBT * is_in_doubt:
                raise Violation(Rule.STATES, f"state {number} could have gone {seconds:.0f} s ago")
            self._waited[number] = seconds
