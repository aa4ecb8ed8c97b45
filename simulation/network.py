"""The network: a transport without sockets, over which requests take time, and get lost."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, NamedTuple, Protocol

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from simulation.doubts import WritesInDoubt
from simulation.forbidden import Forbidden
from simulation.life import Life
from simulation.pressure import Pressure
from simulation.scenario import Scenario, Trouble
from simulation.suspicion import Suspicion
from simulation.tables import Route
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.violation import Rule, Violation
from simulation.weather import Weather

_PAGE: Final = Response(200, {"content-type": "text/html"}, b"<!doctype html><html>Hello</html>")
_WALL: Final = Response(403, {}, b"<p>Request blocked</p>")
_TURNED_AWAY: Final = (403, 404)
_LOST_AFTER: Final = (Trouble.RESET_AFTER, Trouble.HALF, Trouble.LOST_AFTER)
_NO: Final = (400, *_TURNED_AWAY)
_SLOW_SECONDS: Final = 25.0
_BEFORE: Final = {
    Trouble.LIMITED: 429,
    Trouble.BUSY: 503,
    Trouble.BROKEN: 500,
    Trouble.WRONG_KEY: 401,
    Trouble.NOT_FOUND: 404,
}
"""What is answered in front of the endpoint, which never sees the request."""
_AFTER: Final = {Trouble.TAKEN_AND_BROKEN: 500, Trouble.GATEWAY: 504}
"""What is answered although the endpoint has taken the request."""


class Server(Protocol):
    """What is behind the network."""

    def serve(self, request: Request, now: float) -> Answer:
        """Takes a request that arrives now; returns the answer."""
        ...

    def is_not_heard(self, request: Request, now: float) -> None:
        """The answer to a request that has just been served does not arrive."""
        ...


class Nature(Protocol):
    """What the network needs to know of its world."""

    scenario: Scenario
    server: Server
    weather: Weather
    forbidden: Forbidden
    """Of the run that is going on."""


class Flight(NamedTuple):
    """A request on its way; `number` counts those of the run, from 1."""

    slot: int
    request: Request
    number: int


class Network:
    """A transport of one run; what is in flight when the run dies gets no further."""

    def __init__(
        self,
        nature: Nature,
        life: Life,
        rng: Random,
    ) -> None:
        self._forbidden = nature.forbidden
        self._scenario = nature.scenario
        self._server = nature.server
        self._weather = nature.weather
        self._life = life
        self._timeline: Timeline = life.timeline
        self._trace: Trace = life.trace
        self._rng = rng
        self._told_no: set[bytes] = set()
        self._flying: set[int] = set()
        self._finished: list[tuple[int, Answer]] = []
        self.input_is_ready: Callable[[], bool] = lambda: False
        """Whether there is something to read from the source."""
        self.started = 0
        self._pressure = Pressure(self._scenario, self._timeline.now)
        self.watch: WritesInDoubt | None = None
        self.suspicion: Suspicion | None = None
        self.is_shut = False
        """Whether the run is ending early: only questions are asked then."""

    def start(self, slot: int, request: Request) -> None:
        """Begins a request.

        Raises:
            Violation: it is a message that a no was said to, or one request too many.
        """
        self._life.touch()
        if slot in self._flying:
            raise Violation(Rule.DEFECT, "a slot is used twice at a time")
        if self.is_shut and request.method != "GET":
            raise Violation(Rule.ENDS, "something new was sent after the shut-down")
        if request.body in self._told_no and self._scenario.route is Route.EVENT_ENDPOINT:
            raise Violation(Rule.CALLS, "a message was sent again after a no")
        self._flying.add(slot)
        self.started += 1
        trouble = self._weather.trouble()
        self._pressure.starts(trouble, self._timeline.now)
        takes = self._rng.uniform(*self._scenario.round_trip)
        if trouble in (Trouble.SLOW, Trouble.GATEWAY):
            takes += self._rng.uniform(0, _SLOW_SECONDS)
        if self.watch is not None:
            self.watch.sends(request, self._timeline.now)
        if self.suspicion is not None:
            self.suspicion.begins(request, self._timeline.now)
        detail = request.url.encode() + request.body
        self._trace.note("request", f"{self.started} on {slot}", detail)
        self._send(Flight(slot, request, self.started), trouble, takes)

    def _send(self, flight: Flight, trouble: Trouble | None, takes: float) -> None:
        """Lets a request arrive, and its answer return, if they do."""
        now = self._timeline.now
        ends = now + flight.request.timeout
        returns = now + takes

        def land(answer: Answer) -> None:
            if not self._life.is_over:
                self._land(flight, answer)

        def arrive() -> None:
            if self._life.is_over:
                return
            answer = self._answer(flight.request, trouble)
            if returns > ends:
                answer = Failure(FailureKind.TIMEOUT)
            lost = trouble in (Trouble.LOST, Trouble.LOST_AFTER)
            self._timeline.at(ends if lost else min(returns, ends), lambda: land(answer))

        if trouble is Trouble.UNKNOWN_HOST:
            self._timeline.at(now, lambda: land(Failure(FailureKind.NAME)))
        elif trouble is Trouble.RESET:
            self._timeline.at(now + takes / 2, lambda: land(Failure(FailureKind.BROKEN)))
        else:
            self._timeline.at(min(now + takes / 2, ends), arrive)

    def _land(self, flight: Flight, answer: Answer) -> None:
        said = str(answer.status) if isinstance(answer, Response) else answer.kind.name
        self._trace.note("answer", f"{flight.number}: {said}")
        self._flying.discard(flight.slot)
        self._finished.append((flight.slot, answer))
        if self.watch is not None:
            self.watch.answered(flight.request, answer, self._timeline.now)
        if self.suspicion is not None:
            at = self._timeline.now
            self.suspicion.answered(flight.request, flight.number, self.started, answer, at)
        if not isinstance(answer, Response):
            return
        if answer.status in _NO:
            self._told_no.add(flight.request.body)
        if answer.status in _TURNED_AWAY:
            self._forbidden.note(flight.request, self.started)
        elif answer.status < 300:
            self._forbidden.succeeded(flight.number)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out the requests that have ended."""
        self._life.touch()
        finished, self._finished = self._finished, []
        if self.watch is not None:
            self.watch.heard(self._timeline.now)
        return finished

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Lets time pass until something has ended, or something can be read."""
        self._life.touch()

        def is_enough() -> bool:
            return bool(self._finished) or bool(inputs and self.input_is_ready())

        self._timeline.advance(self._timeline.now + max(timeout, 0.0), is_enough)
        self._life.touch()
        return list(inputs) if inputs and self.input_is_ready() else []

    def close(self) -> None:
        """Gives up what is in flight."""
        self._life.end()

    def _answer(self, request: Request, trouble: Trouble | None) -> Answer:
        if trouble in _BEFORE:
            return self._weather.answer(_BEFORE[trouble])
        match trouble:
            case Trouble.WEB_PAGE:
                return _PAGE
            case Trouble.FORBIDDEN:
                return _WALL
            case Trouble.LOST:
                return Failure(FailureKind.TIMEOUT)
        if self._weather.is_over_limit():
            self._pressure.refused()
            return self._weather.over_limit()
        self._pressure.served()
        answer = self._server.serve(request, self._timeline.now)
        if trouble in _AFTER or trouble in _LOST_AFTER:
            self._server.is_not_heard(request, self._timeline.now)
        if trouble in _AFTER:
            return self._weather.answer(_AFTER[trouble])
        match trouble:
            case Trouble.RESET_AFTER | Trouble.HALF:
                return Failure(FailureKind.BROKEN)
            case Trouble.LOST_AFTER:
                return Failure(FailureKind.TIMEOUT)
        return answer
