"""Lanes: calls of one identity go one after the other, those of others in parallel.

Each identity with calls to send has a lane, and a lane has one request in flight. The connections
serve the lanes in turn: a free one takes the next lane's first call. Lanes are not tied to
connections: with a fixed share of the users each, the one with the largest share would set the
pace. A call that waits to be tried again gives its connection up, but only as many calls as there
are connections may wait so: in an outage, the others are not even begun.

There is no thread in here and no clock but the one that is handed in.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from destination_inflection.delivery.answers import Meaning
from destination_inflection.delivery.pace import Pace
from destination_inflection.delivery.retry import (
    Again,
    Attempt,
    Delivered,
    Interrupted,
    Outcome,
    RetryPolicy,
    Stopped,
    after_failure,
)
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport import Answer, Request, Response, Transport

_MOST_PENDING_CALLS: Final = 5_000
_MOST_PENDING_BYTES: Final = 16 * 1024 * 1024
_TOO_MANY_REQUESTS: Final = 429

T = TypeVar("T")


class Sendable(Protocol):
    """What a lane needs to know of a call."""

    @property
    def identity(self) -> str:
        """Whom it is about; calls of one identity keep their order."""
        ...

    @property
    def body(self) -> bytes:
        """What is sent."""
        ...


C = TypeVar("C", bound=Sendable)
C_contra = TypeVar("C_contra", bound=Sendable, contravariant=True)


class Endpoint(Protocol[C_contra]):
    """Where calls go, and what is answered there."""

    def request(self, call: C_contra, timeout: float) -> Request:
        """The request that delivers a call."""
        ...

    def meaning(self, call: C_contra, answer: Answer) -> Meaning:
        """What an answer means for the call; only a `Response` can mean that it was taken."""
        ...

    def stop_sentence(self, call: C_contra, answer: Answer) -> str:
        """What the user has to change after an answer that means STOP."""
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
class _Lane(Generic[C, T]):
    """The calls of one identity; the first is the one a connection works on, if one does."""

    identity: str
    calls: deque[tuple[C, T]] = field(default_factory=deque)
    connection: int | None = None
    attempts: int = 0
    began: float = 0.0
    sent: float = 0.0


class Lanes(Generic[C, T]):
    """Delivers calls; each comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        endpoint: Endpoint[C],
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
        self._lanes: dict[str, _Lane[C, T]] = {}
        self._waiting: deque[_Lane[C, T]] = deque()
        """Lanes without a connection, in turn."""
        self._connections = settings.connections
        self._free = list(range(settings.connections))
        self._serving: dict[int, _Lane[C, T]] = {}
        """The lane that each busy connection serves."""
        self._again: deque[_Lane[C, T]] = deque()
        """Lanes whose call may be tried again now."""
        self._resting: list[tuple[float, int, _Lane[C, T]]] = []
        """When a lane's call may be tried again; the number keeps equal times apart."""
        self._rests = 0
        self._ended: list[tuple[T, Outcome]] = []
        self._shut_down = False
        self._pending_bytes = 0
        self.pending_calls = 0
        self.traffic = Traffic()

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        return (
            self.pending_calls < _MOST_PENDING_CALLS and self._pending_bytes < _MOST_PENDING_BYTES
        )

    def submit(self, call: C, ticket: T) -> None:
        """Takes a call to be sent after all earlier calls of its identity."""
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        lane = self._lanes.get(call.identity)
        if lane is None:
            lane = self._lanes[call.identity] = _Lane(call.identity)
            self._waiting.append(lane)
        lane.calls.append((call, ticket))

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, starts what may start, and takes out the calls that have ended."""
        for connection, answer in self._transport.finished():
            self._answered(connection, answer)
        now = self._clock.monotonic()
        while self._resting and self._resting[0][0] <= now:
            _, _, lane = heapq.heappop(self._resting)
            # Those that have kept their connection go first: they need not wait for one.
            (self._again.append if lane.connection is None else self._again.appendleft)(lane)
        while self._may_start and not self.pace.delay(now):
            self._start((self._again or self._waiting).popleft(), now)
        ended, self._ended = self._ended, []
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        now = self._clock.monotonic()
        if self._may_start:
            timeout = min(timeout, self.pace.delay(now))
        if self._resting:
            timeout = min(timeout, max(self._resting[0][0] - now, 0.0))
        return self._transport.wait(timeout, inputs)

    def flush(self) -> None:
        """Says that no call comes for a while. There is nothing that waits for company here."""

    def shut_down(self) -> None:
        """Sends nothing new: requests in flight end as they end, all others as `Interrupted`."""
        self._shut_down = True
        self._again.extend(lane for _, _, lane in self._resting)
        idle = [*self._again, *self._waiting]
        self._resting.clear()
        self._again.clear()
        self._waiting.clear()
        for lane in idle:
            self._interrupt(lane)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._transport.close()

    @property
    def _may_start(self) -> bool:
        if self._again and self._again[0].connection is not None:
            return True
        return bool(self._free and (self._again or self._waiting))

    def _start(self, lane: _Lane[C, T], now: float) -> None:
        if lane.connection is None:
            lane.connection = self._free.pop()
            self._serving[lane.connection] = lane
        call, _ = lane.calls[0]
        if not lane.attempts:
            lane.began = now
        lane.attempts += 1
        lane.sent = now
        self.pace.started(now)
        self.traffic.requests += 1
        timeout = self._policy.timeout(now - lane.began)
        self._transport.start(lane.connection, self._endpoint.request(call, timeout))

    def _answered(self, connection: int, answer: Answer) -> None:
        lane = self._serving[connection]
        now = self._clock.monotonic()
        limited = isinstance(answer, Response) and answer.status == _TOO_MANY_REQUESTS
        self.pace.answered(now, limited=limited)
        self.traffic.rate_limit_hits += limited
        self.traffic.latencies.note(now - lane.sent)
        call, _ = lane.calls[0]
        means = self._endpoint.meaning(call, answer)
        outcome: Outcome | Again
        if means is Meaning.TAKEN and isinstance(answer, Response):
            outcome = Delivered(lane.attempts, answer)
        elif means is Meaning.STOP:
            outcome = Stopped(lane.attempts, self._endpoint.stop_sentence(call, answer))
        else:
            attempt = Attempt(
                lane.attempts, now - lane.began, self._clock.now(), self._clock.jitter()
            )
            outcome = after_failure(answer, means, attempt, self._policy)
        if isinstance(outcome, Again):
            if self._shut_down:
                self._interrupt(lane)
                return
            self.traffic.retries[outcome.trouble] += 1
            if outcome.wait and len(self._resting) < self._connections:
                self._give_up_connection(lane)
            self._rests += 1
            heapq.heappush(self._resting, (now + outcome.wait, self._rests, lane))
            return
        self._end(lane, outcome)
        if lane.calls and self._shut_down:
            self._interrupt(lane)
        elif lane.calls:
            self._waiting.append(lane)

    def _interrupt(self, lane: _Lane[C, T]) -> None:
        while lane.calls:
            self._end(lane, Interrupted(lane.attempts))

    def _end(self, lane: _Lane[C, T], outcome: Outcome) -> None:
        call, ticket = lane.calls.popleft()
        lane.attempts = 0
        self._give_up_connection(lane)
        if not lane.calls:
            del self._lanes[lane.identity]
        self.pending_calls -= 1
        self._pending_bytes -= len(call.body)
        self._ended.append((ticket, outcome))

    def _give_up_connection(self, lane: _Lane[C, T]) -> None:
        if lane.connection is not None:
            del self._serving[lane.connection]
            self._free.append(lane.connection)
            lane.connection = None
