"""What to do after each answer: the call has ended, or it is tried again after a wait. Pure.

Retries (source: Segment's own library, 2.4.0): the first at once, for a kept-alive connection that
had gone stale; then 0.5 s doubling up to 60 s, with jitter. `Retry-After` is a minimum. All
attempts of a call share one deadline, and a wait that does not fit into it ends the call.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from destination_inflection.delivery.lanes.answers import (
    retry_after,
    trouble,
)
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer

_FIRST_BACKOFF_SECONDS: Final = 0.5
_LONGEST_BACKOFF_SECONDS: Final = 60.0


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

    `elapsed` is in seconds since the first attempt began; `jitter` is a number from 0 to 1.
    """

    number: int
    elapsed: float
    now: datetime
    jitter: float


def backoff(retry: int, jitter: float) -> float:
    """Seconds before the `retry`-th retry (1 is the first); `jitter` is a number from 0 to 1."""
    if retry <= 1:
        return 0.0
    doubled = _FIRST_BACKOFF_SECONDS * 2.0 ** min(retry - 2, 16)
    return min(doubled, _LONGEST_BACKOFF_SECONDS) * (0.5 + jitter / 2)


def after_failure(answer: Answer, attempt: Attempt, policy: RetryPolicy) -> Again | None:
    """When to try again after temporary trouble; None when it does not fit into the deadline."""
    asked = retry_after(answer, attempt.now)
    wait = max(backoff(attempt.number, attempt.jitter), asked)
    if attempt.elapsed + wait >= policy.deadline:
        return None
    return Again(wait, trouble(answer), asked)
