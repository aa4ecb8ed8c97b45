"""States that could go and do not: which these are, and how long each of them has been able to."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from simulation.judge import Judge
from simulation.violation import Rule, Violation

_BETWEEN_LOOKS: Final = 2.0
"""Seconds."""
_MOST_AT_ONCE: Final = 5.0
"""Seconds that count of those between two looks: standard output may have been full meanwhile."""
_SOME: Final = 30.0
_IN_DOUBT: Final = 600.0
"""Seconds that a state is held of whose stream nothing was delivered."""


class CouldGo(NamedTuple):
    """A state that could go: its number, and for how many seconds it may be held all the same."""

    number: int
    seconds: float


def could_go(judge: Judge, collecting: float) -> Iterator[CouldGo]:
    """The states that nothing keeps but rejects that are not stored, and doubt.

    A state is in doubt when something of its streams was rejected, and nothing delivered.
    `collecting` is for how many seconds rejects may be collected before they are stored.
    """
    standings = judge.standings
    if judge.nothing_passes:
        return
    for number, streams in judge.settled_states():
        if not any(map(standings.is_failing, streams)):
            doubt = _IN_DOUBT if any(map(standings.is_doubtful, streams)) else 0.0
            yield CouldGo(number, collecting + _SOME + doubt)


def left_nothing_that_could_go(judge: Judge) -> None:
    """The run ended early.

    Raises:
        Violation: a state did not go out although nothing kept it.
    """
    for number, streams in judge.settled_states():
        if all(judge.standings.passed[stream] for stream in streams):
            raise Violation(Rule.STATES, f"state {number} was left, and could have gone")


class HeldBack:
    """Of one run; times are in seconds."""

    def __init__(self, could_go: Callable[[], Iterable[CouldGo]]) -> None:
        """`could_go` gives the states that could."""
        self._could_go = could_go
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
        for number, longest in self._could_go():
            already = waited.get(number)
            seconds = 0.0 if already is None else already + min(passed, _MOST_AT_ONCE)
            if seconds > longest:
                raise Violation(Rule.STATES, f"state {number} could have gone {seconds:.0f} s ago")
            self._waited[number] = seconds
