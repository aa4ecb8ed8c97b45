"""A transport and a clock that do what a test says, and lanes between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from destination_inflection.delivery.bounds import BOUNDS, Bounds
from destination_inflection.delivery.lanes.answers import (
    Meaning,
    meaning_for_one_of_many,
    stop_sentence,
)
from destination_inflection.delivery.lanes.endpoint import UNTIL_THE_DEADLINE, Effort
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.lanes.suspects import Suspects
from destination_inflection.delivery.outcomes import Outcome
from destination_inflection.delivery.seam import Cursor
from destination_inflection.delivery.settings import Clock, RetryPolicy, Settings
from destination_inflection.delivery.transport.seam import Answer, Request, Response

BEGINNING = 1000.0


@dataclass
class FakeNet:
    """Time passes only in `wait`, and while a request takes its `takes` seconds."""

    takes: float = 0.0
    answer: Callable[[int, Request], Answer] = lambda _number, _request: Response(200)
    time: float = BEGINNING
    started: list[tuple[float, Request]] = field(default_factory=list)
    in_flight: dict[int, tuple[float, Answer]] = field(default_factory=dict)
    most_in_flight: int = 0
    used_slots: set[int] = field(default_factory=set)

    @property
    def clock(self) -> Clock:
        return Clock(
            monotonic=lambda: self.time,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time - BEGINNING),
            jitter=lambda: 1.0,
        )

    def start(self, slot: int, request: Request) -> None:
        assert slot not in self.in_flight
        self.started.append((round(self.time, 6), request))
        self.used_slots.add(slot)
        ends = self.time + min(self.takes, request.timeout)
        self.in_flight[slot] = (ends, self.answer(len(self.started), request))
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))

    def finished(self) -> list[tuple[int, Answer]]:
        ended = [slot for slot, (ends, _) in self.in_flight.items() if ends <= self.time]
        return [(slot, self.in_flight.pop(slot)[1]) for slot in ended]

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        ends = [moment - self.time for moment, _ in self.in_flight.values()]
        self.time += max(min([timeout, *ends]), 0.0)
        return list(inputs)

    def close(self) -> None:
        self.in_flight.clear()

    @property
    def bodies(self) -> list[str]:
        return [request.body.decode() for _, request in self.started]


@dataclass(frozen=True)
class FakeCall:
    identity: str
    body: bytes
    kind: str = "track"
    cursor: Cursor | None = None
    org: str | None = None


class FakeEndpoint:
    origin = "https://in.example"

    def __init__(self) -> None:
        self._sent: set[FakeCall] = set()

    def request(self, call: FakeCall, timeout: float) -> Request:
        self._sent.add(call)
        return Request(f"{self.origin}/{call.kind}", {}, call.body, timeout)

    def meaning(self, call: FakeCall, answer: Answer) -> Meaning:
        assert call in self._sent, "an answer is to a call that was sent"
        return meaning_for_one_of_many(answer)

    def stop_sentence(self, _call: FakeCall, answer: Answer) -> str:
        return stop_sentence(answer, self.origin, "endpoint_url")

    def effort(self, _call: FakeCall) -> Effort:
        return UNTIL_THE_DEADLINE


@dataclass
class Bench(FakeNet):
    """Lanes over a fake net."""

    connections: int = 4
    requests_per_second: float = 1e9
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    bounds: Bounds = BOUNDS
    suspects: Suspects[FakeCall, str] | None = None

    def __post_init__(self) -> None:
        settings = Settings(self.connections, self.requests_per_second, self.retry, self.bounds)
        self.lanes: Lanes[FakeCall, str] = Lanes(
            FakeEndpoint(), self, settings, self.clock, self.suspects
        )

    def submit(self, identity: str, ticket: str, org: str | None = None) -> None:
        self.lanes.submit(FakeCall(identity, ticket.encode(), org=org), ticket)

    def open_up(self) -> None:
        """As after many answers: all connections may be used at once."""
        self.lanes.pace._opening.accepted = 1_000_000

    def run(self, at_most: float = 10_000.0) -> list[tuple[str, Outcome]]:
        """Lets the lanes work until nothing is pending; returns what ended, in order."""
        ended = self.lanes.outcomes()
        until = self.time + at_most
        while self.lanes.pending_calls and self.time < until:
            self.lanes.wait(until - self.time)
            ended += self.lanes.outcomes()
        return ended

    @property
    def waits(self) -> list[float]:
        """Seconds between the ends and starts of one lane's requests, when they take no time."""
        times = [moment for moment, _ in self.started]
        return [after - before for before, after in pairwise(times)]
