"""Plays a world: runs of the connector, one after the other, until one is good."""

from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import Final

from simulation.one_run import OneRun
from simulation.process import Ending
from simulation.scenario import Scenario, make_scenario
from simulation.truths import look_at_contacts
from simulation.violation import Broken, Violation
from simulation.world import Show, World

_MOST_RUNS: Final = 7
_FAIR_RUN: Final = 3
"""From this run on, the weather is fair."""
_BEFORE_THE_NEXT_RUN: Final = 60.0
"""Seconds."""
_UNTIL_ALL_IS_SETTLED: Final = 1_000.0
"""Seconds, at the end of a world."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a world; `seconds` are of its own time."""

    seed: int
    violation: Broken | None
    digest: str
    settled: int
    """Records and lines before the states that the platform has read."""
    faults: int
    kills: int
    seconds: float
    runs: int
    reached: Counter[str]


def simulate(seed: int, most_faults: float = inf, show: Show | None = None) -> Result:
    """Plays the world that a seed decides, with the first so many of its faults."""
    return play(make_scenario(seed), most_faults, show)


def play(scenario: Scenario, most_faults: float = inf, show: Show | None = None) -> Result:
    """Plays a world."""
    world = World(scenario, most_faults, show)
    violation: Broken | None = None
    runs: list[Ending] = []
    try:
        _play(world, runs)
    except Violation as found:
        violation = _first(found).broken
        world.trace.note("violation", str(violation))
    return Result(
        scenario.seed,
        violation,
        world.trace.digest,
        world.history.settled,
        world.faults.happened,
        sum(how in (Ending.KILLED, Ending.TERMINATED) for how in runs),
        world.timeline.now,
        len(runs),
        world.reached,
    )


def _play(world: World, runs: list[Ending]) -> None:
    timeline = world.timeline
    while len(runs) < _MOST_RUNS and Ending.GREEN not in runs:
        if runs:
            timeline.advance(timeline.now + _BEFORE_THE_NEXT_RUN)
        if len(runs) >= _FAIR_RUN:
            timeline.advance(max(timeline.now, world.scenario.fair_from))
        runs.append(OneRun(world, len(runs)).run().how)
    if Ending.GREEN in runs and world.api is not None:
        timeline.advance(timeline.now + _UNTIL_ALL_IS_SETTLED)
        world.api.advance(timeline.now)
        look_at_contacts(world.api, world.history)


def _first(violation: Violation) -> Violation:
    """The one that was raised first: on its way up, the connector goes on for a moment."""
    first, error = violation, violation.__context__
    while error is not None:
        if isinstance(error, Violation):
            first = error
        error = error.__context__
    return first
