"""Lanes: calls of one identity go one after the other, those of others in parallel.

Each identity with calls to send has a lane, and a lane has one request in flight. The connections
serve the lanes in turn: a free one takes the next lane's first call. Lanes are not tied to
connections: with a fixed share of the users each, the one with the largest share would set the
pace. A call that waits to be tried again gives its connection up, but only as many calls as there
are connections may wait so: in an outage, the others are not even begun. A parked call gives its
place in its lane up as well, and is never sent again: the next call of its identity goes on.

There is no thread in here and no clock but the one that is handed in.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.lanes.answers import Meaning, refusal_detail
from destination_inflection.delivery.lanes.endpoint import Endpoint
from destination_inflection.delivery.lanes.pace import Pace
from destination_inflection.delivery.lanes.parked import ParkedCall, ParkingLot
from destination_inflection.delivery.lanes.retry import Again, Attempt, after_failure
from destination_inflection.delivery.outcomes import (
    Delivered,
    Interrupted,
    Outcome,
    Refused,
    Stopped,
)
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport.seam import Answer, Response, Transport

_MOST_PENDING_CALLS: Final = 5_000
_MOST_PENDING_BYTES: Final = 16 * 1024 * 1024
_TOO_MANY_REQUESTS: Final = 429
_LONGEST_REST_AT_THE_END: Final = 1.0
"""Seconds between attempts when there is little time left, unless the server asks for more."""

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


@dataclass(slots=True)
class _Lane(Generic[C, T]):
    """The calls of one identity; the first is the one a connection works on, if one does."""

    identity: str
    calls: deque[tuple[C, T]] = field(default_factory=deque)
    connection: int | None = None
    attempts: int = 0
    began: float = 0.0
    sent: float = 0.0
    request: int = 0
    """The number of its latest request, from 1."""
    asked_until: float = 0.0
    """Until when the server asked to wait."""


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
        self._parked: ParkingLot[C, T] = ParkingLot()
        self._ended: list[tuple[T, Outcome]] = []
        self._flushing = False
        self._shut_down = False
        self._goes_on: Callable[[C], bool] = lambda _call: True
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
        self._flushing = False
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        if not self._goes_on(call):
            self._finish(call, ticket, Interrupted(0))
            return
        lane = self._lanes.get(call.identity)
        if lane is None:
            lane = self._lanes[call.identity] = _Lane(call.identity)
            self._waiting.append(lane)
        lane.calls.append((call, ticket))

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, starts what may start, and takes out the calls that have ended."""
        for connection, answer in self._transport.finished():
            self._answered(connection, answer)
        if self._only_parked_calls_are_left:
            for decided in self._parked.end():
                self._finish(*decided)
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
        if self._ended or self._only_parked_calls_are_left:
            timeout = 0.0
        if self._may_start:
            timeout = min(timeout, self.pace.delay(now))
        if self._resting:
            timeout = min(timeout, max(self._resting[0][0] - now, 0.0))
        return self._transport.wait(timeout, inputs)

    def flush(self) -> None:
        """Says that no call comes for a while: parked calls need not wait for one."""
        self._flushing = True

    def shut_down(self, goes_on: Callable[[C], bool] = lambda _call: False) -> None:
        """Sends nothing new but what `goes_on`: that is tried as before, with shorter waits.

        Requests in flight end as they end, all other calls as `Interrupted`.
        """
        self._shut_down = True
        self._goes_on = goes_on
        for left in self._parked.give_up():
            self._finish(*left)
        now = self._clock.monotonic()
        self._again = deque(lane for lane in self._again if self._may_go_on(lane))
        self._waiting = deque(lane for lane in self._waiting if self._may_go_on(lane))
        self._resting = [
            (min(due, max(lane.asked_until, now)), number, lane)
            for due, number, lane in self._resting
            if self._may_go_on(lane)
        ]
        heapq.heapify(self._resting)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._transport.close()

    @property
    def _only_parked_calls_are_left(self) -> bool:
        return self._flushing and 0 < self.pending_calls == len(self._parked)

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
        lane.request = self.traffic.requests
        timeout = self._policy.timeout(now - lane.began)
        self._transport.start(lane.connection, self._endpoint.request(call, timeout))

    def _answered(self, connection: int, answer: Answer) -> None:
        lane = self._serving[connection]
        now = self._clock.monotonic()
        limited = isinstance(answer, Response) and answer.status == _TOO_MANY_REQUESTS
        self.pace.answered(now, limited=limited)
        self.traffic.rate_limit_hits += limited
        self.traffic.latencies.note(now - lane.sent)
        outcome = self._judged(lane, answer, now)
        if isinstance(outcome, Again):
            if self._goes_on(lane.calls[0][0]):
                self._rest(lane, outcome, now)
                return
            outcome = Interrupted(lane.attempts)
        if outcome is None:
            self._take_out(lane)
        else:
            self._end(lane, outcome)
        if lane.calls and self._may_go_on(lane):
            self._waiting.append(lane)

    def _judged(self, lane: _Lane[C, T], answer: Answer, now: float) -> Outcome | Again | None:
        """What follows from an answer; None when the call is parked."""
        call, ticket = lane.calls[0]
        match self._endpoint.meaning(call, answer):
            case Meaning.TAKEN if isinstance(answer, Response):
                for decided in self._parked.success(lane.request):
                    self._finish(*decided)
                return Delivered(lane.attempts, answer)
            case Meaning.STOP:
                return Stopped(lane.attempts, self._endpoint.stop_sentence(call, answer))
            case Meaning.PARKED if isinstance(answer, Response):
                if self._shut_down:
                    return Interrupted(lane.attempts)
                problem = self._endpoint.stop_sentence(call, answer)
                refused = Refused(lane.attempts, answer.status, refusal_detail(answer))
                parked = ParkedCall(call, ticket, refused, problem, self.traffic.requests)
                return None if self._parked.takes(parked) else Stopped(lane.attempts, problem)
            case means:
                elapsed = now - lane.began
                attempt = Attempt(lane.attempts, elapsed, self._clock.now(), self._clock.jitter())
                return after_failure(answer, means, attempt, self._policy)

    def _rest(self, lane: _Lane[C, T], again: Again, now: float) -> None:
        """Lets a lane wait until its call may be tried again."""
        self.traffic.retries[again.trouble] += 1
        wait = again.wait
        if self._shut_down:
            wait = max(min(wait, _LONGEST_REST_AT_THE_END), again.asked)
        if wait and len(self._resting) < self._connections:
            self._give_up_connection(lane)
        lane.asked_until = now + again.asked
        self._rests += 1
        heapq.heappush(self._resting, (now + wait, self._rests, lane))

    def _may_go_on(self, lane: _Lane[C, T]) -> bool:
        """Ends what may not go on at the head of an idle lane; returns whether a call is left."""
        while lane.calls and not self._goes_on(lane.calls[0][0]):
            self._end(lane, Interrupted(lane.attempts))
        return bool(lane.calls)

    def _end(self, lane: _Lane[C, T], outcome: Outcome) -> None:
        self._finish(*self._take_out(lane), outcome)

    def _take_out(self, lane: _Lane[C, T]) -> tuple[C, T]:
        """Takes the first call out of its lane; it is still pending."""
        taken = lane.calls.popleft()
        lane.attempts = 0
        self._give_up_connection(lane)
        if not lane.calls:
            del self._lanes[lane.identity]
        return taken

    def _finish(self, call: C, ticket: T, outcome: Outcome) -> None:
        self.pending_calls -= 1
        self._pending_bytes -= len(call.body)
        self._ended.append((ticket, outcome))

    def _give_up_connection(self, lane: _Lane[C, T]) -> None:
        if lane.connection is not None:
            del self._serving[lane.connection]
            self._free.append(lane.connection)
            lane.connection = None
