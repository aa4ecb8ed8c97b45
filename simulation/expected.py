"""What is known not to hold yet. Each of these fails the run once it holds: then it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulation.scenario import Scenario
from simulation.simulate import Result, play


@dataclass(frozen=True, slots=True)
class Expected:
    """A world that is known to fail, and how that shows."""

    name: str
    scenario: Scenario
    fails: Callable[[Result], bool]


EXPECTED: Final[tuple[Expected, ...]] = ()


def that_hold_now() -> list[str]:
    """The names of those that do not fail any more."""
    return [each.name for each in EXPECTED if not each.fails(play(each.scenario))]
