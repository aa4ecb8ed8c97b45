"""One sync: lines in, calls to delivery, outcomes to the ledger, states out.

Runs on one thread. The caller feeds lines while `has_room`, and calls `settle` whenever delivery
has news. Every record ends in one place: delivered, rejected, skipped, or the sync fails with an
error and the states that cover it are not released.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from destination_inflection.delivery.retry import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.ledger import Ledger, Ticket
from destination_inflection.mapping.calls import Call, Reject
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
from destination_inflection.report import Report

_MOST_HELD_STATES: Final = 10_000
_MOST_HELD_BYTES: Final = 32 * 1024 * 1024
_ALL_REFUSED: Final = 1_000
"""So many calls refused by Inflection before it took a single one mean that none will pass."""
_SHOWN_REJECTS: Final = 3
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
    """A record on its way: its place in the ledger, and the first reason it was refused for."""

    ticket: Ticket
    reason: Reason | None


class Delivery(Protocol):
    """Takes calls and tells what became of them (`delivery.lanes`, `delivery.contacts`)."""

    @property
    def pending_calls(self) -> int:
        """How many calls have been handed in and not ended."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now."""
        ...

    def submit(self, call: Call, ticket: Pending) -> None:
        """Takes a call on its way."""
        ...

    def outcomes(self) -> list[tuple[Pending, Outcome]]:
        """Takes out what has ended since the last time."""
        ...

    def flush(self) -> None:
        """Says that no call comes for a while."""
        ...


class Sync:
    """The state of one sync."""

    def __init__(
        self,
        plans: Plans,
        delivery: Delivery,
        *,
        release: Callable[[str], None],
        log: Callable[[str], None],
        overwriting: Collection[StreamKey] = (),
    ) -> None:
        """`release` gets each STATE line on its way back; `log` gets warnings for the user.

        `overwriting` are the streams in overwrite mode, of which only "Clear data" is expected.
        """
        self._plans = plans
        self._delivery = delivery
        self._release = release
        self._log = log
        self._overwriting = overwriting
        self._ledger = Ledger()
        self._shown: Counter[tuple[StreamKey | None, Reason]] = Counter()
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
        return self._delivery.has_room and (self.is_idle or not self._holds_too_much)

    def feed(self, line: bytes) -> None:
        """Takes one line of input.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        match parse(line):
            case Record() as record:
                self._record(record)
            case State() as state:
                self.report.states_read += 1
                self._ledger.state(state)
            case Unreadable() if line.strip():
                self.report.unreadable_lines += 1
                self._show(None, Reject(Reason.UNREADABLE_LINE))

    def settle(self) -> None:
        """Books what delivery has done and releases the states that may go.

        Raises:
            ConnectorError: the sync can't go on; other outcomes have been booked all the same.
        """
        failure: ConnectorError | None = None
        for pending, outcome in self._delivery.outcomes():
            failure = self._book(pending, outcome) or failure
        self._release_states()
        if failure is not None:
            raise failure

    def finish(self) -> None:
        """Judges a sync whose records are all settled.

        Raises:
            ConfigError: records were rejected and not one was delivered.
        """
        if self._none_accepted:
            raise self._nothing_accepted()

    def _record(self, record: Record) -> None:
        tally = self.report.stream(record.stream)
        tally.read += 1
        plan = self._plans.get(record.stream)
        if plan is None:
            self._settled(record.stream, Reject(Reason.UNKNOWN_STREAM))
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
        fault = None
        if len(calls) < len(results):
            fault = next((result for result in results if isinstance(result, Reject)), None)
        if calls:
            if fault is not None:
                self._show(record.stream, fault)
            ticket = self._ledger.open(record.stream, len(calls), rejected=fault is not None)
            pending = Pending(ticket, fault.reason if fault is not None else None)
            for call in calls:
                if call.unreadable:
                    tally.unreadable.update(call.unreadable)
                self._delivery.submit(call, pending)
        elif fault is not None:
            self._settled(record.stream, fault)
        else:
            self._ledger.settle(record.stream, rejected=False)
            tally.skipped.update(r.reason for r in results[:1] if not isinstance(r, Call | Reject))

    def _settled(self, stream: StreamKey, fault: Reject) -> None:
        self._ledger.settle(stream, rejected=True)
        self.report.stream(stream).rejected[fault.reason] += 1
        self._show(stream, fault)

    def _book(self, pending: Pending, outcome: Outcome) -> ConnectorError | None:
        """Books one outcome; returns the error it means for the sync, if it does."""
        match outcome:
            case Delivered():
                self._taken_by_inflection += 1
                self._close(pending, None)
            case Refused(status=status):
                self._close(pending, Reject(_REASONS[outcome.why]))
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

    def _close(self, pending: Pending, fault: Reject | None) -> None:
        if fault is not None:
            self._show(pending.ticket.stream, fault)
            pending.reason = pending.reason or fault.reason
        if self._ledger.close_call(pending.ticket, rejected=fault is not None):
            tally = self.report.stream(pending.ticket.stream)
            if pending.reason is None:
                tally.delivered += 1
            else:
                tally.rejected[pending.reason] += 1

    def _release_states(self) -> None:
        # While nothing was accepted and something refused, the mapping or the key may be wrong as
        # a whole: a state released now would make the refused records' loss permanent.
        if self._none_accepted:
            if self._holds_too_much and self.is_idle:
                raise self._nothing_accepted()
            return
        for released in self._ledger.release():
            self.report.states_released += 1
            self._release(
                with_stats(
                    released.state.text, settled=released.settled, rejected=released.rejected
                )
            )

    @property
    def _none_accepted(self) -> bool:
        rejected = self.report.rejected > self.report.unreadable_lines
        return rejected and self.report.delivered == 0

    @property
    def _holds_too_much(self) -> bool:
        return (
            self._ledger.held_states >= _MOST_HELD_STATES
            or self._ledger.held_bytes >= _MOST_HELD_BYTES
        )

    def _nothing_accepted(self) -> ConnectorError:
        reasons: Counter[Reason] = Counter()
        for tally in self.report.streams.values():
            reasons.update(tally.rejected)
        listed = ", ".join(f"{reason.value} {count}" for reason, count in reasons.most_common())
        return ConfigError(
            f"Not one of the {self.report.read} records read was accepted ({listed}), so no state "
            f"was released. {reasons.most_common(1)[0][0].help}"
        )

    def _show(self, stream: StreamKey | None, fault: Reject) -> None:
        """Logs the first few rejects of each reason: where and why, never a value."""
        self._shown[stream, fault.reason] += 1
        if self._shown[stream, fault.reason] <= _SHOWN_REJECTS:
            where = f"stream {stream}" if stream is not None else "a line of the input"
            at = f", column {fault.column}" if fault.column else ""
            self._log(f"Rejected, {where}: {fault.reason.value}{at}. {fault.reason.help}")
