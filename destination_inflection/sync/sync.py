"""One sync: lines in, calls to delivery, outcomes to the ledger, states out.

Runs on one thread. The caller feeds lines while `has_room`, and calls `settle` whenever delivery
has news. Every record ends in one place: delivered, rejected, skipped, or the sync fails with an
error and the states that cover it are not released.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.airbyte.messages import Record, State, TooDeep, Unreadable, parse
from destination_inflection.airbyte.states import with_stats
from destination_inflection.delivery.lanes.retry import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.seam import Delivery
from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.log import RejectLog
from destination_inflection.rejects.parts import Fault, OnlyLogged, RejectStore
from destination_inflection.streams import StreamKey
from destination_inflection.sync.ledger import HeldState, Ledger, Released, Ticket
from destination_inflection.sync.tally import Report
from destination_inflection.sync.verdict import (
    LONGEST_HOLD_SECONDS,
    Standing,
    doubt,
    failing_streams,
    run_problem,
    standing,
)

_MOST_HELD_STATES: Final = 10_000
_MOST_HELD_BYTES: Final = 32 * 1024 * 1024
_ALL_REFUSED: Final = 1_000
"""So many requests refused by Inflection before it took a single one mean that none will pass."""
_MOST_LINE_BYTES: Final = 32 * 1024 * 1024
_REASONS: Final = MappingProxyType(
    {
        Refusal.REFUSED: Reason.REFUSED,
        Refusal.CONTACT_FAILED: Reason.CONTACT_FAILED,
        Refusal.UNKNOWN_CONTACT: Reason.UNKNOWN_CONTACT,
    }
)


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A stream that can't be mapped, but may pass as long as no record of it comes."""

    problem: ConfigError


Plans: TypeAlias = Mapping[StreamKey, StreamPlan | Unmapped]


@dataclass(slots=True)
class Pending:
    """A record on its way: its place in the ledger, its line, and its first fault, if it has one.

    The line is kept to be stored if the record is rejected after all.
    """

    ticket: Ticket
    line: bytes
    fault: Fault | None


class Sent(NamedTuple):
    """One call of a record. A tuple, because one is made for each call."""

    record: Pending
    call: str


_ONLY_LOGGED: Final = OnlyLogged()


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a sync puts things: STATE lines on their way back, warnings, rejected records.

    `mask` takes the key out of Inflection's words, should it stand there.
    """

    release: Callable[[str], None]
    log: Callable[[str], None]
    rejects: RejectStore = _ONLY_LOGGED
    mask: Callable[[str], str] = str


class Sync:
    """The state of one sync."""

    def __init__(  # noqa: PLR0913 - its seams, and what it may tolerate
        self,
        plans: Plans,
        delivery: Delivery[Call, Sent],
        outlets: Outlets,
        *,
        max_rejected_percent: float = 100.0,
        overwriting: Collection[StreamKey] = (),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`overwriting` are the streams in overwrite mode: only "Clear data" is expected there.

        `clock` is in seconds and never goes back.
        """
        self._plans = plans
        self._delivery = delivery
        self._release = outlets.release
        self._log = outlets.log
        self._rejects = outlets.rejects
        self._mask = outlets.mask
        self._overwriting = overwriting
        self._clock = clock
        self._ledger = Ledger()
        self._ending = False
        self._warned: set[tuple[StreamKey | None, str]] = set()
        self._reject_log = RejectLog(outlets.log)
        self._max_rejected_percent = max_rejected_percent
        self._line_bytes = 0
        self._refused_by_inflection = 0
        self._taken_by_inflection = 0
        self.report = Report()

    @property
    def is_idle(self) -> bool:
        """Whether every record read so far is settled."""
        return not self._delivery.pending_calls

    @property
    def has_room(self) -> bool:
        """Whether to go on reading. Memory is bounded by this."""
        return self._delivery.has_room and (
            self.is_idle or not (self._holds_too_much or self._line_bytes >= _MOST_LINE_BYTES)
        )

    def feed(self, line: bytes) -> None:
        """Takes one line of input.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        match parse(line):
            case Record() as record:
                self._record(record, line)
            case TooDeep(stream):
                self._take(stream)
                self._settled(stream, Fault(Reason.TOO_DEEP), line)
            case State() as state:
                self.report.states_read += 1
                self._ledger.state(state, self._clock())
            case Unreadable() if line.strip():
                self.report.unreadable_lines += 1
                self._reject(None, Fault(Reason.UNREADABLE_LINE), line)

    def settle(self) -> None:
        """Books what delivery has done and releases the states that may go.

        Raises:
            ConnectorError: the sync can't go on; other outcomes have been booked all the same.
        """
        failure: ConnectorError | None = None
        for sent, outcome in self._delivery.outcomes():
            try:
                failure = self._book(sent, outcome) or failure
            except ConnectorError as error:
                failure = error
        self._release_states()
        if failure is not None:
            raise failure

    def finish(self) -> None:
        """Judges a sync whose records are all settled, and lets the last states go that may.

        Raises:
            ConfigError: too much was rejected.
            ConnectorError: rejected records could not be stored.
        """
        self._ending = True
        self.seal()
        if (failure := self._failure) is not None:
            raise failure

    def seal(self) -> None:
        """Stores for good what was rejected, and releases the states that waited for it.

        Raises:
            ConnectorError: it could not be stored.
        """
        self._rejects.seal()
        self._release_states()

    def _take(self, stream: StreamKey) -> StreamPlan | None:
        """Counts a record as read; returns what its stream becomes, None for an unknown stream.

        Raises:
            ConfigError: the stream can't be mapped.
        """
        tally = self.report.stream(stream)
        tally.read += 1
        plan = self._plans.get(stream)
        if isinstance(plan, Unmapped):
            raise plan.problem
        if tally.read == 1 and stream in self._overwriting:
            self._log(
                f"Stream {stream} is in overwrite mode, but Inflection has nothing to overwrite: "
                "its records are added, as in append mode."
            )
        return plan

    def _record(self, record: Record, line: bytes) -> None:
        plan = self._take(record.stream)
        if plan is None:
            self._settled(record.stream, Fault(Reason.UNKNOWN_STREAM), line)
            return
        tally = self.report.stream(record.stream)
        if record.not_finite:
            self._note_not_finite(record)
        results = plan.map(record.data, record.emitted_at)
        calls = [result for result in results if isinstance(result, Call)]
        fault = _local_fault(plan, results) if len(calls) < len(results) else None
        if calls:
            ticket = self._ledger.open(record.stream, len(calls), rejected=fault is not None)
            pending = Pending(ticket, line, fault)
            self._line_bytes += len(line)
            for call in calls:
                if call.unreadable:
                    tally.unreadable.update(call.unreadable)
                if call.withheld:
                    tally.withheld.update(call.withheld)
                self._delivery.submit(call, Sent(pending, call.kind))
        elif fault is not None:
            self._settled(record.stream, fault, line)
        else:
            self._ledger.settle(record.stream, rejected=False)
            tally.skipped.update(r.reason for r in results[:1] if isinstance(r, Skip))

    def _note_not_finite(self, record: Record) -> None:
        self.report.stream(record.stream).not_finite.update(record.not_finite)
        for column in record.not_finite:
            self._warn_once(
                record.stream,
                column,
                f"Stream {record.stream}, column {column}: NaN or Infinity can't be sent, so the "
                "value is left out and the rest of the record is sent.",
            )

    def _warn_once(self, stream: StreamKey | None, about: str, text: str) -> None:
        if (stream, about) not in self._warned:
            self._warned.add((stream, about))
            self._log(text)

    def _settled(self, stream: StreamKey, fault: Fault, line: bytes) -> None:
        self._reject(stream, fault, line)
        self._ledger.settle(stream, rejected=True)
        self.report.stream(stream).rejected[fault.reason] += 1

    def _reject(self, stream: StreamKey | None, fault: Fault, line: bytes) -> None:
        self._reject_log.show(stream, fault, line)
        self._rejects.put(stream, fault, line)

    def _book(self, sent: Sent, outcome: Outcome) -> ConnectorError | None:
        """Books one outcome; returns the error it means for the sync, if it does."""
        match outcome:
            case Delivered():
                self._taken_by_inflection += 1
                self._close(sent.record, None)
            case Refused(status=status):
                if outcome.why is not Refusal.REFUSED:
                    # The request was taken; this is what Inflection said of the contact.
                    self._taken_by_inflection += 1
                fault = Fault(
                    _REASONS[outcome.why],
                    call=sent.call,
                    detail=self._mask(outcome.detail),
                    http_status=status,
                    attempts=outcome.attempts,
                )
                self._close(sent.record, fault)
                return self._all_refused(status) if outcome.why is Refusal.REFUSED else None
            case GaveUp():
                return TransientError(
                    f"Inflection did not take a call in {outcome.attempts} attempts "
                    f"({outcome.trouble}): nothing is lost, the sync can be started again later."
                )
            case Stopped():
                return ConfigError(outcome.problem)
        return None

    def _all_refused(self, status: int) -> ConfigError | None:
        """Counts a refused request; an error when so many came before any was taken."""
        self._refused_by_inflection += 1
        if self._refused_by_inflection < _ALL_REFUSED or self._taken_by_inflection:
            return None
        return ConfigError(
            f"Inflection refused the first {self._refused_by_inflection} calls (the last with HTTP "
            f"{status}) and took none: check the route's address and the rules."
        )

    def _close(self, pending: Pending, fault: Fault | None) -> None:
        if fault is not None:
            pending.fault = pending.fault or fault
        if pending.fault is not None and pending.ticket.calls == 1:
            # Before it is booked: a reject that can't be kept must hold its state.
            self._reject(pending.ticket.stream, pending.fault, pending.line)
        if not self._ledger.close_call(pending.ticket, rejected=fault is not None):
            return
        self._line_bytes -= len(pending.line)
        stream = pending.ticket.stream
        tally = self.report.stream(stream)
        if pending.fault is None:
            tally.delivered += 1
        else:
            tally.rejected[pending.fault.reason] += 1

    def _release_states(self) -> None:
        if not self._ledger.is_due:
            return
        if run_problem(self.report, self._max_rejected_percent) is None:
            if self._rejects.is_behind:
                # What was rejected must be stored before a state says that it need not come again.
                # A state may wait for that a little, so that not each of them makes a file.
                if not (self._rejects.is_due or self._holds_too_much):
                    return
                self._rejects.seal()
            for released in self._ledger.release(self._may_go):
                self._let_go(released)
        if self._holds_too_much and self.is_idle and (failure := self._failure) is not None:
            raise failure

    def _may_go(self, held: HeldState) -> bool:
        """Whether a state may go whose records are settled: not while its stream fails."""
        speaks_of = [held.state.stream] if held.state.stream else list(self.report.streams)
        doubtful: list[StreamKey] = []
        for stream in speaks_of:
            match standing(self.report.stream(stream)):
                case Standing.FAILING:
                    return False
                case Standing.DOUBTFUL:
                    doubtful.append(stream)
        if doubtful and not (
            self._ending
            or self._holds_too_much
            or self._clock() - held.read_at >= LONGEST_HOLD_SECONDS
        ):
            return False
        for stream in doubtful:
            self._warn_once(stream, "doubt", doubt(stream, self.report.stream(stream)))
        return True

    def _let_go(self, released: Released) -> None:
        """Sends a state back, and compares what the source counted with what was read."""
        state, counted = released.state, released.settled + released.rejected
        if state.source_count is not None and state.source_count > counted:
            missing = int(state.source_count) - counted
            self.report.missing[state.stream] += missing
            of = f"Stream {state.stream}" if state.stream else "All streams"
            self._warn_once(
                state.stream,
                "missing",
                f"{of}: the source counts {int(state.source_count)} records before a state, but "
                f"{counted} were read.",
            )
        self.report.states_released += 1
        text = with_stats(state.text, settled=released.settled, rejected=released.rejected)
        self._release(text)

    @property
    def _failure(self) -> ConfigError | None:
        """What the sync fails with when no more input comes."""
        return failing_streams(self.report.streams) or run_problem(
            self.report, self._max_rejected_percent
        )

    @property
    def _holds_too_much(self) -> bool:
        return (
            self._ledger.held_states >= _MOST_HELD_STATES
            or self._ledger.held_bytes >= _MOST_HELD_BYTES
        )


def _local_fault(plan: StreamPlan, results: Sequence[Mapped]) -> Fault | None:
    """The first of a record's results that is a reject, with the call it was to become."""
    for part, result in zip(plan.parts, results, strict=False):
        if isinstance(result, Reject):
            return Fault(result.reason, call=part.description.becomes, column=result.column)
    return None
