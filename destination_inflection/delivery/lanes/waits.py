"""What lanes wait for, at the moment when they begin to wait. Pure.

`held_up` is asked first: where a call could be sent, the run is bound by what keeps it back. Then
comes the input, if more is wanted, then `under_way`.
"""

from typing import Final, TypeVar

from destination_inflection.delivery.lanes.answers import trouble
from destination_inflection.delivery.lanes.pace import Pace
from destination_inflection.delivery.lanes.turns import Turns
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.delivery.transport.seam import Response

_MANY_IN_A_ROW: Final = 10
"""Failed answers: then what is in flight will most likely fail too."""
_LIMITED: Final = trouble(Response(429))

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


def held_up(pace: Pace, turns: Turns[C, T], traffic: Traffic) -> Bottleneck | None:
    """What keeps a call back that could be sent; None if no call could be."""
    if pace.is_closed:
        return _after_failure(traffic) if turns.are_others_ready else None
    if turns.may_start:
        if pace.is_opening:
            return Bottleneck.PARALLEL
        return Bottleneck.LIMIT if pace.rate < pace.ceiling else Bottleneck.CEILING
    if turns.is_any_ready:
        # A call that rests may keep its connection: there are enough of them in an outage.
        only_rests = turns.resting and not traffic.in_flight
        return _after_failure(traffic) if only_rests else Bottleneck.PARALLEL
    return None


def under_way(
    pace: Pace, turns: Turns[C, T], traffic: Traffic, calls: int, known: Bottleneck | None
) -> Bottleneck:
    """What is waited for when no call could be sent; `known` is what the caller knows of it.

    `calls` have not ended and are not parked.
    """
    in_flight = traffic.in_flight
    nothing_succeeds = pace.is_closed or traffic.failed_in_a_row >= _MANY_IN_A_ROW
    if (nothing_succeeds and calls) or (turns.resting and not in_flight):
        return _after_failure(traffic)
    if known is not None:
        return known
    behind_others = calls - turns.resting - in_flight
    return Bottleneck.IDENTITY if behind_others > 0 else Bottleneck.ANSWERS


def _after_failure(traffic: Traffic) -> Bottleneck:
    """A limiter refuses what is too much; all else that fails is a fault."""
    return Bottleneck.LIMIT if traffic.trouble == _LIMITED else Bottleneck.FAULTS
