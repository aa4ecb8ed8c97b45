"""Lanes: calls of one identity go one after the other, those of others in parallel.

Each identity with calls to send has a lane, and a lane has one request in flight; whose turn it is,
`turns` says, and `orgs` which calls wait for those of others. A parked call gives its place up in
both, and is never sent again: the next call of its identity goes on, and the next of its org.

There is no thread in here and no clock but the one that is handed in.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.lanes.answers import (
    Meaning,
    refusal_detail,
    retry_after,
    trouble,
)
from destination_inflection.delivery.lanes.endpoint import Endpoint
from destination_inflection.delivery.lanes.failures import Failures
from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.lanes.pace import Pace
from destination_inflection.delivery.lanes.parked import ParkedCall, ParkingLot
from destination_inflection.delivery.lanes.retry import Again
from destination_inflection.delivery.lanes.suspects import Others, Suspects
from destination_inflection.delivery.lanes.turns import Turns
from destination_inflection.delivery.lanes.waits import held_up, under_way
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refused,
    Stopped,
)
from destination_inflection.delivery.seam import Sendable, Tell
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.delivery.transport.seam import Answer, Response, Transport

_TOO_MANY_REQUESTS: Final = 429
_LONGEST_REST_AT_THE_END: Final = 1.0
"""Seconds between attempts when there is little time left, unless the server asks for more."""

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


class Lanes(Generic[C, T]):
    """Delivers calls; each comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        endpoint: Endpoint[C],
        transport: Transport,
        settings: Settings,
        clock: Clock | None = None,
        suspects: Suspects[C, T] | None = None,
    ) -> None:
        """The transport has a slot for each of `settings.connections`.

        `suspects` judges the calls that fail until their deadline; without it they give up.
        """
        self._endpoint = endpoint
        self._transport = transport
        self._policy = settings.retry
        self._bounds = settings.bounds
        self._clock = clock or Clock()
        self._failures: Failures[C, T] = Failures(endpoint, settings.retry, self._clock)
        self.pace = Pace(settings.requests_per_second, self._clock.monotonic())
        self._lanes: dict[str, Lane[C, T]] = {}
        self._turns: Turns[C, T] = Turns(settings.connections)
        self._parked: ParkingLot[C, T] = ParkingLot()
        self._suspects = suspects
        self._ended: list[tuple[T, Outcome]] = []
        self._flushing = False
        self._more_come = True
        self._shut_down = False
        self._goes_on: Callable[[C], bool] = lambda _call: True
        self._pending_bytes = 0
        self.pending_calls = 0
        self.traffic = Traffic()

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this.

        Parked calls wait for later ones, so they alone never keep those out.
        """
        return self.pending_calls == len(self._parked) or (
            self.pending_calls < self._bounds.pending_calls
            and self._pending_bytes < self._bounds.pending_bytes
        )

    def submit(self, call: C, ticket: T) -> None:
        """Takes a call to be sent after all earlier calls of its identity, and of its org."""
        self._flushing = False
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        if not self._goes_on(call):
            self._finish(call, ticket, Interrupted(0))
            return
        lane = self._lanes.get(call.identity)
        if lane is None:
            lane = self._lanes[call.identity] = Lane(call.identity)
        lane.calls.append((call, ticket))
        if call.org is not None:
            self._turns.wait_for_org(call.org, lane)
        if len(lane.calls) == 1:
            self._turns.add(lane)

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, starts what may start, and takes out the calls that have ended."""
        answers = self._transport.finished()
        now = self._clock.monotonic()
        for connection, answer in answers:
            self._answered(connection, answer, now)
        if self._only_parked_calls_are_left:
            for decided in self._parked.end():
                self._finish(*decided)
        self._turns.wake(now)
        while self._turns.may_start and self.pace.take(now):
            self._start(now)
        ended, self._ended = self._ended, []
        return ended

    def wait(
        self, timeout: float, inputs: Sequence[int] = (), idle: Bottleneck | None = None
    ) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read. `idle` says what is waited
        for where no call is left to send, if the caller knows better.
        """
        now = self._clock.monotonic()
        if self._ended or self._only_parked_calls_are_left:
            timeout = 0.0
        if self._turns.may_start:
            timeout = min(timeout, self.pace.delay(now))
        if (next_wake := self._turns.next_wake) is not None:
            timeout = min(timeout, max(next_wake - now, 0.0))
        calls = self.pending_calls - len(self._parked)
        why = held_up(self.pace, self._turns, self.traffic)
        if why is None and inputs:
            why = Bottleneck.INPUT
        elif why is None:
            why = under_way(self.pace, self._turns, self.traffic, calls, idle)
        ready = self._transport.wait(timeout, inputs)
        self.traffic.waited[why] += self._clock.monotonic() - now
        return ready

    def flush(self) -> None:
        """Says that no call comes for a while: parked calls need not wait for one."""
        self._flushing = True

    def no_more_calls(self) -> None:
        """Says that no call comes any more: those that were handed in are all there are."""
        self._more_come = False
        self.flush()

    def read_back(self, _call: C, tell: Tell, /) -> None:
        """The event endpoint shows nothing of what it has taken."""
        tell(())

    def shut_down(self, goes_on: Callable[[C], bool] = lambda _call: False) -> None:
        """Sends nothing new but what `goes_on`: that is tried as before, with shorter waits.

        Requests in flight end as they end, all other calls as `Interrupted`. A call that has an org
        never goes on: it may wait for one that does not.
        """
        self._shut_down = True
        self._goes_on = lambda call: call.org is None and goes_on(call)
        self.pace.hurry(_LONGEST_REST_AT_THE_END)
        for left in self._parked.give_up():
            self._finish(*left)
        self._turns.keep(self._may_go_on, self._clock.monotonic())

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._transport.close()

    @property
    def _only_parked_calls_are_left(self) -> bool:
        return self._flushing and 0 < self.pending_calls == len(self._parked)

    def _start(self, now: float) -> None:
        connection, lane = self._turns.take()
        call, _ = lane.calls[0]
        if not lane.attempts:
            began = self._endpoint.effort(call).began
            lane.began = now if began is None else began
        lane.attempts += 1
        lane.sent = now
        self.traffic.requests += 1
        lane.request = self.traffic.requests
        timeout = self._policy.timeout(now - lane.began)
        self._transport.start(connection, self._endpoint.request(call, timeout))

    def _answered(self, connection: int, answer: Answer, now: float) -> None:
        lane = self._turns.served_by(connection)
        means = self._endpoint.meaning(lane.calls[0][0], answer)
        self._learn(lane, answer, means, now)
        outcome = self._judged(lane, answer, means, now)
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
            self._turns.add(lane)

    def _learn(self, lane: Lane[C, T], answer: Answer, means: Meaning, now: float) -> None:
        """Counts an answer, and lets the pace learn from it."""
        self.traffic.latencies.note(now - lane.sent)
        if means is not Meaning.TEMPORARY:
            self.pace.accepted(lane.request, now)
            self.traffic.failed_in_a_row = 0
            return
        asked = retry_after(answer, self._clock.now())
        if isinstance(answer, Response) and answer.status == _TOO_MANY_REQUESTS:
            self.traffic.rate_limit_hits += 1
            self.pace.limited(lane.request, now, asked)
        elif self._may_be_at_fault(lane):
            self.pace.failed_itself(lane.request, now, asked)
        else:
            self.pace.failed(lane.request, now, asked)

    def _may_be_at_fault(self, lane: Lane[C, T]) -> bool:
        """Whether a call that fails may be the reason, and not the endpoint.

        It may if it has failed before: in an outage, others fail for the first time. Where tries
        are counted, it always may.
        """
        return lane.attempts > 1 or self._failures.counts_tries(lane)

    def _judged(
        self, lane: Lane[C, T], answer: Answer, means: Meaning, now: float
    ) -> Outcome | Again | None:
        """What follows from an answer; None when the call is parked."""
        call, ticket = lane.calls[0]
        match means:
            case Meaning.TAKEN if isinstance(answer, Response):
                if self._suspects is not None:
                    self._suspects.taken(now)
                for decided in self._parked.success(lane.request):
                    self._finish(*decided)
                return Delivered(lane.attempts, answer, lane.doubts)
            case Meaning.STOP:
                return Stopped(lane.attempts, self._endpoint.stop_sentence(call, answer))
            case Meaning.PARKED if isinstance(answer, Response):
                if self._shut_down:
                    return Interrupted(lane.attempts)
                problem = self._endpoint.stop_sentence(call, answer)
                refused = Refused(lane.attempts, answer.status, refusal_detail(answer))
                parked = ParkedCall(call, ticket, refused, problem, self.traffic.requests)
                return None if self._parked.takes(parked) else Stopped(lane.attempts, problem)
            case Meaning.REFUSED if isinstance(answer, Response):
                detail = refusal_detail(answer)
                return Refused(lane.attempts, answer.status, detail, doubts=lane.doubts)
            case _:
                return self._failed(lane, answer, means, now)

    def _failed(
        self, lane: Lane[C, T], answer: Answer, means: Meaning, now: float
    ) -> Outcome | Again:
        """What follows from an answer that is neither a success nor a verdict."""
        self.traffic.failed += 1
        self.traffic.failed_in_a_row += 1
        self.traffic.trouble = trouble(answer)
        outcome = self._failures.after(lane, answer, means, now)
        if self._suspects is None:
            return outcome
        self._suspects.failed(lane, answer, self._turns.busy)
        # After a shut-down nobody is judged: what could be sent was given up then.
        if isinstance(outcome, GaveUp) and not self._shut_down:
            others = Others(self._turns.not_held_up(self._lanes.values()), self._more_come)
            return self._suspects.judged(lane, outcome, others, now)
        return outcome

    def _rest(self, lane: Lane[C, T], again: Again, now: float) -> None:
        """Lets a lane wait until its call may be tried again."""
        self.traffic.retries[again.trouble] += 1
        wait = again.wait
        if self._shut_down:
            wait = max(min(wait, _LONGEST_REST_AT_THE_END), again.asked)
        lane.asked_until = now + again.asked
        self._turns.rest(lane, now, wait)

    def _may_go_on(self, lane: Lane[C, T]) -> bool:
        """Ends what may not go on at the head of an idle lane; returns whether a call is left."""
        while lane.calls and not self._goes_on(lane.calls[0][0]):
            self._end(lane, Interrupted(lane.attempts))
        return bool(lane.calls)

    def _end(self, lane: Lane[C, T], outcome: Outcome) -> None:
        self._finish(*self._take_out(lane), outcome)

    def _take_out(self, lane: Lane[C, T]) -> tuple[C, T]:
        """Takes the first call out of its lane; it is still pending."""
        taken = lane.calls.popleft()
        self._turns.leave(lane)
        if taken[0].org is not None:
            self._turns.leave_org(taken[0].org)
        if lane.calls:
            lane.reset()
        else:
            del self._lanes[lane.identity]
        return taken

    def _finish(self, call: C, ticket: T, outcome: Outcome) -> None:
        self.pending_calls -= 1
        self._pending_bytes -= len(call.body)
        self._ended.append((ticket, outcome))
