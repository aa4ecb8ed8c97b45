"""One sync: lines in, calls to delivery, outcomes to the ledger, states out.

Runs on one thread. The caller feeds lines while `has_room`, and calls `settle` whenever delivery
has news. Every record ends in one place: delivered, rejected, skipped, or the sync fails with an
error and the states that cover it are not released.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.delivery.retry import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.seam import Delivery
from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.ledger import Ledger, Ticket
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.reasons import Reason
from destination_inflection.protocol.messages import (
    Record,
    State,
    StreamKey,
    Unreadable,
    parse,
)
from destination_inflection.protocol.states import with_stats
from destination_inflection.reject_log import RejectLog
from destination_inflection.rejected import Fault, OnlyLogged, RejectStore
from destination_inflection.report import Report
from destination_inflection.verdict import problem

_MOST_HELD_STATES: Final = 10_000
_MOST_HELD_BYTES: Final = 32 * 1024 * 1024
_ALL_REFUSED: Final = 1_000
"""So many calls refused by Inflection before it took a single one mean that none will pass."""
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

    def __init__(
        self,
        plans: Plans,
        delivery: Delivery[Call, Sent],
        outlets: Outlets,
        *,
        max_rejected_percent: float = 100.0,
        overwriting: Collection[StreamKey] = (),
    ) -> None:
        """`overwriting` are the streams in overwrite mode: only "Clear data" is expected there."""
        self._plans = plans
        self._delivery = delivery
        self._release = outlets.release
        self._log = outlets.log
        self._rejects = outlets.rejects
        self._mask = outlets.mask
        self._overwriting = overwriting
        self._ledger = Ledger()
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
            case State() as state:
                self.report.states_read += 1
                self._ledger.state(state)
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
        """Judges a sync whose records are all settled, and lets its last states go.

        Raises:
            ConfigError: too much was rejected.
            ConnectorError: rejected records could not be stored.
        """
        failure = self._problem
        self.seal()
        if failure is not None:
            raise failure

    def seal(self) -> None:
        """Stores for good what was rejected, and releases the states that waited for it.

        Raises:
            ConnectorError: it could not be stored.
        """
        self._rejects.seal()
        self._release_states()

    def _record(self, record: Record, line: bytes) -> None:
        tally = self.report.stream(record.stream)
        tally.read += 1
        plan = self._plans.get(record.stream)
        if plan is None:
            self._settled(record.stream, Fault(Reason.UNKNOWN_STREAM), line)
            return
        if isinstance(plan, Unmapped):
            raise plan.problem
        if tally.read == 1 and record.stream in self._overwriting:
            self._log(
                f"Stream {record.stream} is in overwrite mode, but Inflection has nothing to "
                "overwrite: its records are added, as in append mode."
            )
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
                self._delivery.submit(call, Sent(pending, call.kind))
        elif fault is not None:
            self._settled(record.stream, fault, line)
        else:
            self._ledger.settle(record.stream, rejected=False)
            tally.skipped.update(r.reason for r in results[:1] if isinstance(r, Skip))

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
                fault = Fault(
                    _REASONS[outcome.why],
                    call=sent.call,
                    detail=self._mask(outcome.detail),
                    http_status=status,
                    attempts=outcome.attempts,
                )
                self._close(sent.record, fault)
                self._refused_by_inflection += 1
                if self._refused_by_inflection >= _ALL_REFUSED and not self._taken_by_inflection:
                    return ConfigError(
                        f"Inflection refused the first {self._refused_by_inflection} calls (the "
                        f"last with HTTP {status}) and took none: check the route's address and "
                        "the rules."
                    )
            case GaveUp():
                return TransientError(
                    f"Inflection did not take a call in {outcome.attempts} attempts "
                    f"({outcome.trouble}): nothing is lost, the sync can be started again later."
                )
            case Stopped():
                return ConfigError(outcome.problem)
        return None

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
        failure = self._problem
        if failure is not None:
            if self._holds_too_much and self.is_idle:
                raise failure
            return
        if self._rejects.is_behind:
            # What was rejected must be stored before a state says that it need not come again. A
            # state may wait for that a little, so that not each of them makes a file.
            if not (self._rejects.is_due or self._holds_too_much):
                return
            self._rejects.seal()
        for released in self._ledger.release():
            self.report.states_released += 1
            self._release(
                with_stats(
                    released.state.text, settled=released.settled, rejected=released.rejected
                )
            )

    @property
    def _problem(self) -> ConfigError | None:
        return problem(self.report, self._max_rejected_percent)

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
