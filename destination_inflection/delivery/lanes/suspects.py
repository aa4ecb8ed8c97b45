"""Suspects: calls that the event endpoint fails on until their deadline. Pure.

At its deadline a call is judged (`delivery.breaking`): either it breaks the endpoint, and is
refused, or the endpoint is at fault, and the call gave up. Here only a 5xx says that the endpoint
broke on the call. A time-out, a broken connection, a 429 or a server that says when to come back
acquits it.

Which other calls speak against it depends on whether others could be sent. While some can, those
count that were sent after it failed first: in an outage, none of them is taken. If all that are
left wait for it or are suspects as well, nothing can be taken any more; then those count that were
taken since its first attempt or in the minute before it. Five of these are enough if they are all
there is, so only while no call comes any more.
"""

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from destination_inflection.delivery.breaking import (
    FEWEST_FAULTS,
    RECENT_SECONDS,
    Accepted,
    Evidence,
    breaks_endpoint,
)
from destination_inflection.delivery.lanes.answers import has_broken
from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.outcomes import GaveUp, Refusal, Refused
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.transport.seam import Answer

_WHILE_OTHERS: Final = "each time, while other calls were taken"

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


class Others(NamedTuple, Generic[C, T]):
    """The other calls of a run, when one is judged."""

    lanes: Sequence[Lane[C, T]]
    """Those whose first call could be sent, or is on its way. A parked call is in none: it has its
    answer."""
    more_come: bool
    """Whether calls may come that have not been handed in yet."""


def is_suspect(lane: Lane[C, T]) -> bool:
    """Whether the endpoint broke on a lane's first call so often that it may be judged."""
    return lane.broke >= FEWEST_FAULTS and not lane.failed_otherwise


class Suspects(Generic[C, T]):
    """Judges the calls of one run, and counts those that were found at fault."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is how many seconds a call is tried."""
        self._accepted = Accepted(deadline + RECENT_SECONDS)
        self._broken = 0

    def taken(self, now: float) -> None:
        """Notes that a call was taken."""
        self._accepted.note(1, now)

    def failed(self, lane: Lane[C, T], answer: Answer, in_flight: int) -> None:
        """Notes an attempt that failed while so many requests, at most, were in flight."""
        if has_broken(answer):
            lane.broke += 1
        else:
            lane.failed_otherwise += 1
        if lane.attempts == 1:
            # What is in flight was sent before: all of it may still be taken when nothing else is.
            lane.taken_before = self._accepted.total + in_flight

    def judged(
        self, lane: Lane[C, T], gave_up: GaveUp, others: Others[C, T], now: float
    ) -> Refused | GaveUp:
        """What becomes of a lane's first call, whose deadline is spent now."""
        to_send = sum(not is_suspect(each) for each in others.lanes)
        if to_send:
            accepted = self._accepted.total - lane.taken_before
        else:
            accepted = self._accepted.since(lane.began - RECENT_SECONDS, now)
        waiting = to_send + others.more_come
        evidence = Evidence(lane.broke, lane.failed_otherwise, accepted, waiting, self._broken)
        if not breaks_endpoint(evidence):
            return gave_up
        self._broken += 1
        detail = f"{gave_up.trouble} {_WHILE_OTHERS}"
        why = Refusal.BREAKS_ENDPOINT
        return Refused(gave_up.attempts, gave_up.status, detail, why, lane.doubts)
