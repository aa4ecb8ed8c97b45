"""Lanes: calls of one identity go one after the other, those of others in parallel.

Calls are spread over the lanes by their identity, so two calls of one user share a lane. A lane has
one request in flight, and a call that is tried again keeps its place at the head of its lane. There
is no thread in here and no clock but the one that is handed in: `turn` takes in what has been
answered and starts what may start.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from destination_inflection.delivery.answers import Meaning, meaning
from destination_inflection.delivery.pace import Pace
from destination_inflection.delivery.retry import (
    Again,
    Attempt,
    Delivered,
    Interrupted,
    Outcome,
    RetryPolicy,
    decide,
)
from destination_inflection.delivery.transport import Answer, Request, Response, Transport

_MOST_PENDING_CALLS: Final = 5_000
_MOST_PENDING_BYTES: Final = 16 * 1024 * 1024
_TOO_MANY_REQUESTS: Final = 429

T = TypeVar("T")


class Sendable(Protocol):
    """What a lane needs to know of a call."""

    @property
    def kind(self) -> str:
        """The call's name: identify, track or group."""
        ...

    @property
    def identity(self) -> str:
        """Whom it is about; calls of one identity keep their order."""
        ...

    @property
    def body(self) -> bytes:
        """The message, as JSON."""
        ...


class Endpoint(Protocol):
    """Where calls go."""

    @property
    def origin(self) -> str:
        """The server, as it may be named to the user."""
        ...

    def request(self, kind: str, body: bytes, timeout: float) -> Request:
        """The request that delivers a call."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How many requests may be in flight and start in a second, and how long to try."""

    connections: int
    requests_per_second: float
    retry: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, and chance."""

    monotonic: Callable[[], float] = monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random


@dataclass(slots=True)
class _Lane(Generic[T]):
    """Its first call is the one in flight or waiting for its next attempt."""

    number: int
    calls: deque[tuple[Sendable, T]] = field(default_factory=deque)
    busy: bool = False
    attempts: int = 0
    began: float = 0.0


class Lanes(Generic[T]):
    """Delivers calls; each comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        endpoint: Endpoint,
        transport: Transport,
        settings: Settings,
        clock: Clock | None = None,
    ) -> None:
        """The transport has a slot for each of `settings.connections`."""
        self._endpoint = endpoint
        self._transport = transport
        self._policy = settings.retry
        self._clock = clock or Clock()
        self.pace = Pace(settings.requests_per_second, self._clock.monotonic())
        self._lanes: list[_Lane[T]] = [_Lane(number) for number in range(settings.connections)]
        self._ready: deque[_Lane[T]] = deque()
        self._resting: list[tuple[float, int]] = []
        self._ended: list[tuple[T, Outcome]] = []
        self._shut_down = False
        self._pending_bytes = 0
        self.pending_calls = 0
        self.retries: Counter[str] = Counter()
        """How often calls were tried again, by what went wrong."""

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        return (
            self.pending_calls < _MOST_PENDING_CALLS and self._pending_bytes < _MOST_PENDING_BYTES
        )

    def submit(self, call: Sendable, ticket: T) -> None:
        """Takes a call to be sent after all earlier calls of its identity."""
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        lane = self._lanes[hash(call.identity) % len(self._lanes)]
        lane.calls.append((call, ticket))
        if not lane.busy:
            lane.busy = True
            self._ready.append(lane)

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, starts what may start, and takes out the calls that have ended."""
        for slot, answer in self._transport.finished():
            self._answered(self._lanes[slot], answer)
        now = self._clock.monotonic()
        while self._resting and self._resting[0][0] <= now:
            self._ready.append(self._lanes[heapq.heappop(self._resting)[1]])
        while self._ready and not self.pace.delay(now):
            self._start(self._ready.popleft(), now)
        ended, self._ended = self._ended, []
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        now = self._clock.monotonic()
        if self._ready:
            timeout = min(timeout, self.pace.delay(now))
        if self._resting:
            timeout = min(timeout, max(self._resting[0][0] - now, 0.0))
        return self._transport.wait(timeout, inputs)

    def shut_down(self) -> None:
        """Sends nothing new: requests in flight end as they end, all others as `Interrupted`."""
        self._shut_down = True
        for _, number in self._resting:
            self._ready.append(self._lanes[number])
        self._resting.clear()
        waiting, self._ready = self._ready, deque()
        for lane in waiting:
            self._interrupt(lane)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._transport.close()

    def _start(self, lane: _Lane[T], now: float) -> None:
        call, _ = lane.calls[0]
        if not lane.attempts:
            lane.began = now
        lane.attempts += 1
        self.pace.started(now)
        timeout = self._policy.timeout(now - lane.began)
        self._transport.start(lane.number, self._endpoint.request(call.kind, call.body, timeout))

    def _answered(self, lane: _Lane[T], answer: Answer) -> None:
        now = self._clock.monotonic()
        limited = isinstance(answer, Response) and answer.status == _TOO_MANY_REQUESTS
        self.pace.answered(now, limited=limited)
        outcome: Outcome | Again
        if meaning(answer) is Meaning.TAKEN:  # by far the commonest: the rest need not be known
            outcome = Delivered(lane.attempts)
        else:
            attempt = Attempt(
                lane.attempts, now - lane.began, self._clock.now(), self._clock.jitter()
            )
            outcome = decide(answer, attempt, self._policy, self._endpoint.origin)
        if isinstance(outcome, Again):
            if self._shut_down:
                self._interrupt(lane)
                return
            self.retries[outcome.trouble] += 1
            heapq.heappush(self._resting, (now + outcome.wait, lane.number))
            return
        self._end(lane, outcome)
        if not lane.calls:
            lane.busy = False
        elif self._shut_down:
            self._interrupt(lane)
        else:
            self._ready.append(lane)

    def _interrupt(self, lane: _Lane[T]) -> None:
        while lane.calls:
            self._end(lane, Interrupted(lane.attempts))
        lane.busy = False

    def _end(self, lane: _Lane[T], outcome: Outcome) -> None:
        call, ticket = lane.calls.popleft()
        lane.attempts = 0
        self.pending_calls -= 1
        self._pending_bytes -= len(call.body)
        self._ended.append((ticket, outcome))
