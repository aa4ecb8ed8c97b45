"""A sender that never runs out of calls, and what its endpoint makes of them, second by second.

The sender is the connector's own `Lanes`; the endpoint, its answer times and its faults are made
up. All times are in seconds of a clock that jumps from event to event.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from random import Random
from typing import Final

from destination_inflection.delivery.lanes.answers import Meaning, meaning
from destination_inflection.delivery.lanes.endpoint import UNTIL_THE_DEADLINE, Effort
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import Delivered, GaveUp
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from inflection_sandbox.limits import Limiter

_TODAY: Final = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
_WAITING_CALLS: Final = 64
"""More calls than connections are at hand, as from a quick source."""
_TAKEN: Final = Response(200)


@dataclass(frozen=True, slots=True)
class Stray:
    """The shares of requests that are refused or fail whatever their rate."""

    limited: float = 0.0
    failing: float = 0.0
    broken: float = 0.0
    refused: float = 0.0
    lost: float = 0.0

    def answer(self, draw: float) -> Answer | None:
        """What befalls a request for which this number from 0 to 1 was drawn."""
        for share, answer in (
            (self.limited, Response(429)),
            (self.failing, Response(500)),
            (self.broken, Failure(FailureKind.BROKEN)),
            (self.refused, Response(400)),
            (self.lost, Failure(FailureKind.TIMEOUT)),
        ):
            if draw < share:
                return answer
            draw -= share
        return None


@dataclass(frozen=True, slots=True)
class Phase:
    """From a time on, there is this limit, or none."""

    begins: float
    limiter: Limiter | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """All that is fixed about such a world. An outage is a time from which to which all is 503."""

    seed: int = 1
    connections: int = 64
    ceiling: float = 500.0
    trip: tuple[float, float] = (0.025, 0.075)
    phases: Sequence[Phase] = (Phase(0.0),)
    stray: Stray = field(default_factory=Stray)
    outage: tuple[float, float] = (0.0, 0.0)
    retry_after: str | None = None
    calls: int | None = None
    """None: they never end."""


@dataclass(slots=True)
class Seen:
    """What came of it; the counters are by the second in which requests arrived."""

    accepted: Counter[int] = field(default_factory=Counter)
    limited: Counter[int] = field(default_factory=Counter)
    arrived: Counter[int] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    """Delivered calls, by how many attempts they needed."""
    ends: list[float] = field(default_factory=list)
    """When each call ended."""
    gave_up: int = 0
    seconds: float = 0.0

    def taken_between(self, begins: int, ends: int) -> int:
        """How many requests were accepted in these seconds."""
        return sum(self.accepted[second] for second in range(begins, ends))

    def refused_share(self, begins: int, ends: int) -> float:
        """The share of requests that got a 429 in these seconds."""
        limited = sum(self.limited[second] for second in range(begins, ends))
        return limited / max(sum(self.arrived[second] for second in range(begins, ends)), 1)


@dataclass(frozen=True, slots=True)
class _Call:
    identity: str
    body: bytes = b"{}"
    org: str | None = None


class _Endpoint:
    def request(self, call: _Call, timeout: float) -> Request:
        return Request("https://in.inflection.example", {}, call.body, timeout)

    def meaning(self, _call: _Call, answer: Answer) -> Meaning:
        return meaning(answer)

    def stop_sentence(self, _call: _Call, answer: Answer) -> str:
        return str(answer)

    def effort(self, _call: _Call) -> Effort:
        return UNTIL_THE_DEADLINE


class _Transport:
    """Answers come after a while; the clock moves on while somebody waits."""

    def __init__(self, setup: Setup, seen: Seen) -> None:
        self.now = 0.0
        self._setup = setup
        self._seen = seen
        self._chance = Random(setup.seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._landed: list[tuple[int, Answer]] = []

    def start(self, slot: int, request: Request) -> None:
        """The answer is decided when the request has arrived, half way."""
        trip = self._chance.uniform(*self._setup.trip)
        ends = self.now + request.timeout

        def arrive() -> None:
            answer = self._answer()
            lost = isinstance(answer, Failure) and answer.kind is FailureKind.TIMEOUT
            lands = ends if lost else min(self.now + trip / 2, ends)
            self._at(lands, lambda: self._landed.append((slot, answer)))

        self._at(self.now + trip / 2, arrive)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out what has landed."""
        landed, self._landed = self._landed, []
        return landed

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:  # noqa: ARG002
        """Moves the clock on to the next answer, or by the time-out."""
        until = self.now + timeout
        while not self._landed:
            if not self._events or self._events[0][0] > until:
                self.now = until
                break
            self.now, _, happens = heapq.heappop(self._events)
            happens()
        return []

    def close(self) -> None:
        """Nothing has to be closed."""

    def _at(self, when: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._numbers), happens))

    def _answer(self) -> Answer:
        setup, second = self._setup, int(self.now)
        self._seen.arrived[second] += 1
        answer = setup.stray.answer(self._chance.random())
        begins, ends = setup.outage
        if begins <= self.now < ends:
            answer = Response(503)
        if answer is None:
            limiter = [phase.limiter for phase in setup.phases if phase.begins <= self.now][-1]
            is_taken = limiter is None or limiter.lets_in(self.now)
            answer = _TAKEN if is_taken else Response(429)
        if isinstance(answer, Response) and answer.status == 429:
            self._seen.limited[second] += 1
            if setup.retry_after is not None:
                return Response(429, {"retry-after": setup.retry_after})
        elif answer == _TAKEN:
            self._seen.accepted[second] += 1
        return answer


def play(setup: Setup, seconds: float) -> Seen:
    """Sends for so many seconds, or until all calls have ended."""
    seen = Seen()
    transport = _Transport(setup, seen)
    rng = Random(setup.seed + 1)
    clock = Clock(
        lambda: transport.now, lambda: _TODAY + timedelta(seconds=transport.now), rng.random
    )
    settings = Settings(setup.connections, setup.ceiling)
    lanes: Lanes[_Call, int] = Lanes(_Endpoint(), transport, settings, clock)
    at_hand = setup.connections + _WAITING_CALLS
    numbers = count() if setup.calls is None else iter(range(setup.calls))
    lanes.flush()
    while transport.now < seconds:
        while lanes.pending_calls < at_hand and (number := next(numbers, None)) is not None:
            lanes.submit(_Call(str(number)), number)
        for _, outcome in lanes.outcomes():
            seen.ends.append(transport.now)
            if isinstance(outcome, Delivered):
                seen.attempts[outcome.attempts] += 1
            seen.gave_up += isinstance(outcome, GaveUp)
        if not lanes.pending_calls and setup.calls is not None:
            break
        lanes.wait(1.0)
    seen.seconds = min(transport.now, ceil(seconds))
    return seen
