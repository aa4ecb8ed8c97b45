"""Failures: what follows from an answer that is neither a success nor a verdict. No I/O."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from destination_inflection.delivery.lanes.answers import (
    Meaning,
    is_fault,
    may_be_taken,
    trouble,
)
from destination_inflection.delivery.lanes.endpoint import Endpoint
from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.lanes.retry import (
    COUNTED_ROUND_TRIP_SECONDS,
    Again,
    Attempt,
    after_failure,
)
from destination_inflection.delivery.outcomes import Failing, GaveUp, Refused
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.settings import Clock, RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Response

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


@dataclass(frozen=True, slots=True)
class Failures(Generic[C, T]):
    """Says whether calls are tried again, and when."""

    endpoint: Endpoint[C]
    policy: RetryPolicy
    clock: Clock

    def counts_tries(self, lane: Lane[C, T]) -> bool:
        """Whether the first call of a lane is tried so many times at most."""
        return self.endpoint.effort(lane.calls[0][0]).most_faults is not None

    def after(
        self, lane: Lane[C, T], answer: Answer, means: Meaning, now: float
    ) -> Again | Failing | GaveUp | Refused:
        """What follows for the first call of a lane."""
        lane.faults += is_fault(answer)
        lane.doubts += may_be_taken(answer)
        if means is Meaning.UNREADABLE and isinstance(answer, Response):
            refused = lane.not_understood(answer)
            if refused is not None:
                return refused
        most = self.endpoint.effort(lane.calls[0][0]).most_faults
        said = trouble(answer)
        status = answer.status if isinstance(answer, Response) else None
        if most is not None and lane.faults >= most:
            return Failing(lane.attempts, lane.faults, said, status, lane.began)
        elapsed = now - lane.began
        took = max(now - lane.sent, 0.0 if most is None else COUNTED_ROUND_TRIP_SECONDS)
        attempt = Attempt(lane.attempts, elapsed, took, self.clock.now(), self.clock.jitter())
        again = after_failure(answer, attempt, self.policy)
        return GaveUp(lane.attempts, said, lane.faults, status) if again is None else again
