"""What to do after each answer: the call has ended, or it is tried again after a wait. Pure.

The first retry after a broken connection comes at once, for a kept-alive one that had gone stale.
Other waits are counted in the time that the attempt took, at most a quarter of a second: twice
that, doubling up to 60 s, with jitter. So one rule suits an endpoint that answers in half a
millisecond, and one that takes 50. `Retry-After` is a minimum. All attempts of a call share one
deadline, and a wait that does not fit into it ends the call.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from destination_inflection.delivery.lanes.answers import (
    retry_after,
    trouble,
)
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind

_SHORTEST_ROUND_TRIP_SECONDS: Final = 0.0005
"""So a wait is never nothing: a call that has to wait gives its connection to others."""
_LONGEST_ROUND_TRIP_SECONDS: Final = 0.25
"""After slower answers, waits do not grow any further."""
COUNTED_ROUND_TRIP_SECONDS: Final = 0.125
"""What an attempt counts for at least where attempts are counted: they are to show that a fault
lasts, and ten of them do so for two minutes then."""
_LONGEST_BACKOFF_SECONDS: Final = 60.0
_BROKEN: Final = Failure(FailureKind.BROKEN)


@dataclass(frozen=True, slots=True)
class Again:
    """Try again in so many seconds; `trouble` says in a few words what went wrong.

    The server asked for `asked` of these seconds; the rest is our own patience.
    """

    wait: float
    trouble: str
    asked: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """The circumstances of an answer: the number of the attempt, from 1, and the time.

    `elapsed` is in seconds since the first attempt began, `took` since this one did; `jitter` is a
    number from 0 to 1.
    """

    number: int
    elapsed: float
    took: float
    now: datetime
    jitter: float


def backoff(retry: int, took: float, jitter: float) -> float:
    """Seconds before the `retry`-th retry (1 is the first) of an attempt that took `took` seconds.

    `jitter` is a number from 0 to 1.
    """
    round_trip = min(max(took, _SHORTEST_ROUND_TRIP_SECONDS), _LONGEST_ROUND_TRIP_SECONDS)
    doubled = round_trip * 2.0 ** min(retry, 24)
    return min(doubled, _LONGEST_BACKOFF_SECONDS) * (0.5 + jitter / 2)


def after_failure(answer: Answer, attempt: Attempt, policy: RetryPolicy) -> Again | None:
    """When to try again after temporary trouble; None when it does not fit into the deadline."""
    asked = retry_after(answer, attempt.now)
    wait = max(backoff(attempt.number, attempt.took, attempt.jitter), asked)
    if attempt.number == 1 and answer == _BROKEN:
        wait = 0.0
    if attempt.elapsed + wait >= policy.deadline:
        return None
    return Again(wait, trouble(answer), asked)
