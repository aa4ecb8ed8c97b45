"""One sync: rows in, calls to delivery, outcomes to the ledger, checkpoints out.

Runs on one thread, and knows no front: rows, calls, outcomes and counts, but not lines or STATEs.
The caller hands rows in while there is room (`has_room`), and calls `settle` whenever delivery has
news. Every record ends in one place: delivered, rejected, skipped, or the sync fails with an error
and the checkpoints that cover it do not go back.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.outcomes import Delivered
from destination_inflection.delivery.seam import Delivery
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import StreamPlan
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import Fault, Origin
from destination_inflection.streams import StreamKey
from destination_inflection.sync.booking import Booking
from destination_inflection.sync.holding import Holding
from destination_inflection.sync.ledger import Ledger
from destination_inflection.sync.plans import Plans, Unmapped
from destination_inflection.sync.records import Records, Sent
from destination_inflection.sync.releasing import Releasing
from destination_inflection.sync.spans import Checkpoint, Released
from destination_inflection.sync.stored_check import StoredCheck
from destination_inflection.sync.strangers import Strangers
from destination_inflection.sync.tally import Report, count
from destination_inflection.sync.terms import DEFAULT_TERMS, Outlets, Terms

_MOST_COLUMNS_TOLD: Final = 50
"""Of a stream, in a warning each; a row may have any number of them. The summary counts them."""

C = TypeVar("C", bound=Checkpoint)


class Sync(Generic[C]):
    """The state of one sync."""

    def __init__(
        self,
        plans: Plans,
        delivery: Delivery[Call, Sent[C]],
        outlets: Outlets,
        terms: Terms = DEFAULT_TERMS,
    ) -> None:
        """`plans` says what each stream becomes; a stream that has none is unknown."""
        self._plans = plans
        self._delivery = delivery
        self._log = outlets.log
        self._rejects = outlets.rejects
        self._terms = terms
        self._ledger: Ledger[C] = Ledger()
        self._told: set[tuple[StreamKey | None, str]] = set()
        self._ending = False
        self.report = Report()
        self._records = Records(self._ledger, self.report, outlets)
        self._stored_check: StoredCheck[C] = StoredCheck(delivery, self.report, outlets.log)
        self._strangers = Strangers(plans.keys())
        self._booking = Booking(self._records, outlets.mask)
        self._holding = Holding(self.report, terms.max_rejected_percent, terms.clock)
        self._releasing = Releasing(
            self._ledger,
            self._holding,
            outlets.rejects,
            lambda stream, text: self.warn_once(stream, "doubt", text),
        )

    @property
    def is_idle(self) -> bool:
        """Whether every record read so far is settled."""
        return not self._delivery.pending_calls

    @property
    def is_reading_back(self) -> bool:
        """Whether the end should wait, some seconds at most, for what was not stored."""
        return self._stored_check.is_under_way

    @property
    def has_room(self) -> bool:
        """Whether more should be read now; memory is bounded by this."""
        held = self._ledger.held_bytes + self._records.origin_bytes
        full = self._holds_too_much or held >= self._terms.bounds.input_bytes
        return self._delivery.has_room and (self.is_idle or not full)

    @property
    def failure(self) -> ConfigError | None:
        """What the sync fails with when no more input comes."""
        return self._holding.failure

    def record(self, stream: StreamKey, row: Row, read_at: int | None, origin: Origin) -> None:
        """Takes one record; `read_at` is when the source read it, in epoch milliseconds.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        plan = self._take(stream)
        if plan is None:
            self._reject(stream, Fault(Reason.UNKNOWN_STREAM, stream), origin)
            return
        results = plan.map(row, read_at)
        calls = [result for result in results if isinstance(result, Call)]
        fault = _local_fault(stream, plan, results) if len(calls) < len(results) else None
        if calls:
            self._send(stream, calls, origin, fault)
        elif fault is not None:
            self._records.rejected(stream, fault, origin)
        else:
            self._records.skipped(stream, [r for r in results if isinstance(r, Skip)])

    def reject(self, fault: Fault, origin: Origin) -> None:
        """Takes input that is not a record which can be mapped, as the front says why.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        if fault.stream is None:
            self._records.unplaced(fault, origin)
            return
        plan = self._take(fault.stream)
        if plan is not None and plan.skips:
            # Whatever comes of this stream is left out, broken or not.
            self._records.skipped(fault.stream, plan.skips)
        else:
            self._reject(fault.stream, fault, origin)

    def left_out(self, stream: StreamKey, columns: Collection[str]) -> None:
        """Notes the columns of a record whose NaN or Infinity the front has left out."""
        counted = self.counted_as(stream)
        known = self.report.stream(counted).not_finite
        for column in columns:
            name = count(known, column)
            if known[name] == 1 and len(known) <= _MOST_COLUMNS_TOLD:
                self._log(
                    f"Stream {counted}, column {name}: NaN or Infinity can't be sent, so the "
                    "value is left out and the rest of the record is sent."
                )

    def checkpoint(self, at: C) -> None:
        """Takes a checkpoint: all records read so far of what it covers come before it."""
        self.report.states_read += 1
        covers = at.covers
        if covers is not None:
            covers = frozenset(map(self.counted_as, covers))
        self._ledger.checkpoint(at, covers, self._terms.clock())

    def counted_as(self, stream: StreamKey) -> StreamKey:
        """The stream under whose name the books count it: itself, unless there are too many."""
        return self._strangers.counted_as(stream)

    def settle(self) -> list[Released[C]]:
        """Books what delivery has done; returns the checkpoints that may go back now.

        Raises:
            ConnectorError: the sync can't go on. Other outcomes have been booked all the same, and
                checkpoints that may go are returned by the next call.
        """
        failure: ConnectorError | None = None
        for sent, outcome in self._delivery.outcomes():
            try:
                failure = self._booking.book(sent, outcome) or failure
                if sent.sample is not None and isinstance(outcome, Delivered):
                    self._stored_check.delivered(sent.record.ticket.stream, sent.sample)
            except ConnectorError as error:
                failure = error
        if failure is not None:
            raise failure
        self._stored_check.ask()
        return self._release()

    def seal(self) -> list[Released[C]]:
        """Stores for good what was rejected; returns the checkpoints that waited for it.

        Raises:
            ConnectorError: it could not be stored.
        """
        self._rejects.seal()
        return self._release()

    def end(self) -> list[Released[C]]:
        """Says that the input is at its end, and settled; returns the last checkpoints that may go.

        Whether the sync is a good one is in `failure`.

        Raises:
            ConnectorError: rejected records could not be stored.
        """
        self._ending = True
        return self.seal()

    def warn_once(self, stream: StreamKey | None, about: str, text: str) -> None:
        """Logs a warning, unless this was told about the stream."""
        if (stream, about) not in self._told:
            self._told.add((stream, about))
            self._log(text)

    def _take(self, stream: StreamKey) -> StreamPlan | None:
        """Counts a record as read; returns what its stream becomes, None for an unknown stream."""
        plan = self._plans.get(stream)
        tally = self.report.stream(stream if plan is not None else self.counted_as(stream))
        tally.read += 1
        if isinstance(plan, Unmapped):
            raise plan.problem
        if tally.read == 1 and stream in self._terms.overwriting:
            self._log(
                f"Stream {stream} is in overwrite mode, but Inflection has nothing to overwrite: "
                "its records are added, as in append mode."
            )
        return plan

    def _reject(self, stream: StreamKey, fault: Fault, origin: Origin) -> None:
        """Rejects a record as it is read."""
        counted = self.counted_as(stream)
        if counted != stream:
            fault = replace(fault, counted_as=counted)
        self._records.rejected(counted, fault, origin)

    def _send(
        self, stream: StreamKey, calls: Sequence[Call], origin: Origin, fault: Fault | None
    ) -> None:
        pending = self._records.opened(stream, len(calls), origin, fault)
        for call in calls:
            if call.unreadable or call.withheld:
                tally = self.report.stream(stream)
                for column in call.unreadable:
                    count(tally.unreadable, column)
                for column in call.withheld:
                    count(tally.withheld, column)
            sample = self._stored_check.sample(stream, call)
            self._delivery.submit(call, Sent(pending, call.kind, sample))

    def _release(self) -> list[Released[C]]:
        self._holding.is_pressed = self._ending or self._holds_too_much
        released = self._releasing.due()
        if not released and self._holds_too_much and self.is_idle and self.failure is not None:
            raise self.failure
        return released

    @property
    def _holds_too_much(self) -> bool:
        bounds = self._terms.bounds
        return (
            self._ledger.held >= bounds.held_checkpoints
            or self._ledger.held_bytes >= bounds.held_bytes
        )


def _local_fault(stream: StreamKey, plan: StreamPlan, results: Sequence[Mapped]) -> Fault | None:
    """The first of a record's results that is a reject, with the call it was to become."""
    for part, result in zip(plan.parts, results, strict=False):
        if isinstance(result, Reject):
            return Fault(result.reason, stream, part.description.becomes, result.column)
    return None
