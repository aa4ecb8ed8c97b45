"""Suspects: calls that the event endpoint fails on until their deadline. Pure.

At its deadline a call is judged (`delivery.breaking`): either it breaks the endpoint, and is
refused, or the endpoint is at fault, and the call gave up. Here only a 5xx says that the endpoint
broke on the call. A time-out, a broken connection, a 429 or a server that says when to come back
acquits it; a time-out that was cut short by the deadline says nothing.

Which other calls speak against it depends on whether others could be sent. While some can, those
count that were sent after it failed first: in an outage, not one of them is taken. If all that are
left wait for it or are suspects as well, nothing can be taken any more; then those count that were
taken since its first attempt or in the minute before it. After a hundred calls or more, one of
several suspects must have failed before a call was taken that was sent later: an outage at the end
of a run would make all that is left look bad. Five others are enough if they are all there is, so
only once no call comes any more.

If more calls fail at a time than may be judged in a run, the endpoint is at fault, or a part of it.
"""

from collections.abc import Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from destination_inflection.delivery.breaking import (
    FEWEST_FAULTS,
    MANY_OTHERS,
    MOST_BROKEN,
    RECENT_SECONDS,
    Accepted,
    Evidence,
    breaks_endpoint,
)
from destination_inflection.delivery.lanes.answers import has_broken
from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.outcomes import GaveUp, Refusal, Refused
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind

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

    def __init__(self, policy: RetryPolicy) -> None:
        """`policy` says how long a call is tried."""
        self._policy = policy
        self._accepted = Accepted(policy.deadline + RECENT_SECONDS)
        self._broken = 0
        self._is_over = False

    def taken(self, now: float) -> None:
        """Notes that a call was taken."""
        self._accepted.note(1, now)

    def failed(self, lane: Lane[C, T], answer: Answer, in_flight: int) -> None:
        """Notes an attempt that failed while so many requests, at most, were in flight."""
        if has_broken(answer):
            lane.broke += 1
        elif not self._was_cut_short(lane, answer):
            lane.failed_otherwise += 1
        if lane.attempts == 1:
            # What is in flight was sent before: all of it may still be taken when nothing else is.
            lane.taken_before = self._accepted.total + in_flight

    def judged(
        self, lane: Lane[C, T], gave_up: GaveUp, others: Others[C, T], now: float
    ) -> Refused | GaveUp:
        """What becomes of a lane's first call, whose deadline is spent now.

        Once a call gave up the sync fails, so nobody is judged any more.
        """
        if self._is_over or not self._is_at_fault(lane, others, now):
            self._is_over = True
            return gave_up
        self._broken += 1
        detail = f"{gave_up.trouble} {_WHILE_OTHERS}"
        why = Refusal.BREAKS_ENDPOINT
        return Refused(gave_up.attempts, gave_up.status, detail, why, lane.doubts)

    def _is_at_fault(self, lane: Lane[C, T], others: Others[C, T], now: float) -> bool:
        failing = sum(each.broke > 0 for each in others.lanes)
        if self._broken + failing > MOST_BROKEN:
            return False
        waiting = sum(not is_suspect(each) for each in others.lanes) + others.more_come
        accepted = self._taken_meanwhile(lane, others, now)
        return breaks_endpoint(
            Evidence(lane.broke, lane.failed_otherwise, accepted, waiting, self._broken)
        )

    def _taken_meanwhile(self, lane: Lane[C, T], others: Others[C, T], now: float) -> int:
        """How many other calls speak against the one that is judged."""
        total = self._accepted.total
        if not all(is_suspect(each) for each in others.lanes):
            return total - lane.taken_before
        is_alone_or_small = len(others.lanes) == 1 or total < MANY_OTHERS
        if is_alone_or_small or total > min(each.taken_before for each in others.lanes):
            return self._accepted.since(lane.began - RECENT_SECONDS, now)
        return 0

    def _was_cut_short(self, lane: Lane[C, T], answer: Answer) -> bool:
        """Whether an attempt had less time than usual, because the deadline was near."""
        if not isinstance(answer, Failure) or answer.kind is not FailureKind.TIMEOUT:
            return False
        return self._policy.timeout(lane.sent - lane.began) < self._policy.request_timeout
