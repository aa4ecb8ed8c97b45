"""What is known not to hold yet. Each of these fails the run once it holds: then it goes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from simulation.reached import Seen
from simulation.scenario import Limiter, Scenario, make_scenario
from simulation.shapes import Shape, StateKind
from simulation.simulate import Result, play
from simulation.tables import TABLES, Route


@dataclass(frozen=True, slots=True)
class Expected:
    """A world that is known to fail, and how that shows."""

    name: str
    scenario: Scenario
    fails: Callable[[Result], bool]


def _fair(seed: int, shape: Shape) -> Scenario:
    """A world in which nothing goes wrong by itself."""
    return replace(
        make_scenario(seed),
        route=shape.route,
        shape=shape,
        connections=16,
        ceiling=500,
        round_trip=(0.02, 0.08),
        troubles=MappingProxyType({}),
        bad_until=0.0,
        outages=(),
        limiter=Limiter.NONE,
        has_poison=False,
        refused=0.0,
        walled=0.0,
        store_troubles=MappingProxyType({}),
        kills=(),
    )


def _shape(*, people: int, orgs: int) -> Shape:
    tables = TABLES[Route.EVENT_ENDPOINT]
    return Shape(
        route=Route.EVENT_ENDPOINT,
        tables=tuple(table for table in tables if table.name in ("people", "memberships")),
        rows=300,
        people=people,
        orgs=orgs,
        state_kind=StateKind.STREAM,
        rows_per_state=50,
    )


def _expected() -> tuple[Expected, ...]:
    poison = _fair(2, _shape(people=50, orgs=4))
    return (
        Expected(
            "a record that gets 500 for ever on the event endpoint keeps each sync from being good",
            replace(poison, has_poison=True),
            lambda result: result.violation is None and not result.reached[Seen.GREEN],
        ),
    )


EXPECTED: Final = _expected()


def that_hold_now() -> list[str]:
    """The names of those that do not fail any more."""
    return [each.name for each in EXPECTED if not each.fails(play(each.scenario))]
