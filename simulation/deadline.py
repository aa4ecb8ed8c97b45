"""By when a run has to end, once its input has ended and nothing bad happens any more. Pure."""

from dataclasses import dataclass
from typing import Final

from simulation.developer_habits import Habits
from simulation.scenario import Limiter, Scenario
from simulation.tables import Route

_RETRY_AFTER: Final = 300.0
"""Seconds that the connector heeds at most."""
_MISSED: Final = 300.0
"""Seconds that a member waits for the person at most."""
_DOUBTED: Final = 60.0
"""Seconds that an email rests after a write in doubt at most."""
_BACK_OFF: Final = 60.0
_DEADLINE: Final = 600.0
_A_BATCH: Final = 3
"""Times its settling: it is seen half as late again, and what was merged may be divided."""
_REST: Final = 60.0


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What is not done yet when the weather is fair and the input at its end."""

    calls: int
    longest_lane: int
    """The calls that may have to go one after the other."""
    hopeless: int
    """Calls of one lane that are never answered well."""
    lines: int
    """What the platform has to read yet."""


def seconds_left(scenario: Scenario, habits: Habits, work: OpenWork) -> float:
    """How long a run may still take at most."""
    is_limited = scenario.limiter is not Limiter.NONE
    rate = min(scenario.ceiling, scenario.limit) if is_limited else scenario.ceiling
    round_trip = scenario.round_trip[1]
    a_call = max(1 / rate, round_trip / scenario.connections)
    seconds = _REST + _BACK_OFF + _DEADLINE * work.hopeless
    seconds += 2 * (work.calls * a_call + work.longest_lane * round_trip)
    seconds += scenario.bounds.rejects.seconds + scenario.reading_seconds * work.lines
    if scenario.has_retry_after:
        seconds += _RETRY_AFTER
    if scenario.limiter is Limiter.MINUTE:
        seconds += 2 * 60
    if scenario.route is Route.DEVELOPER_API:
        seconds += _MISSED + _DOUBTED + _A_BATCH * habits.settle_to * (work.calls + 1)
        if habits.share_never or habits.share_lost or habits.share_partly or habits.share_odd:
            seconds += _DEADLINE
    return seconds
