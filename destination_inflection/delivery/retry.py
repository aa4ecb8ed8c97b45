"""Sending one call until it is taken, refused, or out of time. No thread, no real clock in here.

Retries (source: Segment's own library, 2.4.0): the first at once, for a kept-alive connection that
had gone stale; then 0.5 s doubling up to 60 s, with jitter. `Retry-After` is a minimum. All
attempts of a call share one deadline, and a wait that does not fit into it ends the call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from destination_inflection.delivery.answers import (
    Meaning,
    meaning,
    refusal_detail,
    retry_after,
    stop_sentence,
    trouble,
)
from destination_inflection.delivery.transport import Answer, Response

_FIRST_BACKOFF_SECONDS: Final = 0.5
_LONGEST_BACKOFF_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """Inflection has it."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Inflection does not want this one; `detail` is its answer in words."""

    attempts: int
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A fault lasted longer than the call's deadline."""

    attempts: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """No call can succeed until the user changes something; `problem` is one sentence."""

    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The connector is shutting down; whether the call was taken is not known."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A defect of the connector."""

    attempts: int
    error: Exception


Outcome: TypeAlias = Delivered | Refused | GaveUp | Stopped | Interrupted | Broken


class Clock(Protocol):
    """Time, and waiting."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def now(self) -> datetime:
        """The date and time, with its zone."""
        ...

    def wait(self, seconds: float) -> bool:
        """Waits; returns True, at once, when the connector is shutting down."""
        ...


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to try: seconds a request, and seconds a call with all its attempts."""

    request_timeout: float = 30.0
    # Airbyte wants a checkpoint at least each 15 minutes: a call may take most of that, not more.
    deadline: float = 600.0


def backoff(retry: int, jitter: float) -> float:
    """Seconds before the `retry`-th retry (1 is the first); `jitter` is a number from 0 to 1."""
    if retry <= 1:
        return 0.0
    doubled = _FIRST_BACKOFF_SECONDS * 2.0 ** min(retry - 2, 16)
    return min(doubled, _LONGEST_BACKOFF_SECONDS) * (0.5 + jitter / 2)


def send(
    post: Callable[[float], Answer],
    *,
    origin: str,
    policy: RetryPolicy,
    clock: Clock,
    jitter: Callable[[], float],
) -> Outcome:
    """Sends with `post(timeout)` until there is an outcome; `origin` names the server in words."""
    started = clock.monotonic()
    attempt = 0
    while True:
        attempt += 1
        remaining = policy.deadline - (clock.monotonic() - started)
        answer = post(max(min(policy.request_timeout, remaining), 0.001))
        match meaning(answer):
            case Meaning.TAKEN:
                return Delivered(attempt)
            case Meaning.STOP:
                return Stopped(attempt, stop_sentence(answer, origin))
            case Meaning.REFUSED if isinstance(answer, Response):
                return Refused(attempt, answer.status, refusal_detail(answer))
        wait = max(backoff(attempt, jitter()), retry_after(answer, clock.now()))
        if clock.monotonic() - started + wait >= policy.deadline:
            return GaveUp(attempt, trouble(answer))
        if clock.wait(wait):
            return Interrupted(attempt)
