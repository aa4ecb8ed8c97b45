"""The records of one sync from when they are read until they are settled.

A record ends at once (skipped, or rejected here), or when the last of its calls has: rejected if
any of them was, delivered if any was, else skipped. A rejected one is kept before it is booked: a
reject that can't be kept leaves its record open, and so holds the checkpoint that covers it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from destination_inflection.delivery.outcomes import Change, larger
from destination_inflection.mapping.calls import Call, Skip
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.rejects.entry import Fault, Origin
from destination_inflection.rejects.log import RejectLog
from destination_inflection.rejects.words import Words
from destination_inflection.streams import StreamKey
from destination_inflection.sync.ledger import Ledger
from destination_inflection.sync.spans import Checkpoint, Ticket
from destination_inflection.sync.tally import Report
from destination_inflection.sync.terms import Outlets

C = TypeVar("C", bound=Checkpoint)


@dataclass(slots=True)
class Pending(Generic[C]):
    """A record on its way: its place in the ledger, its origin, its first fault if it has one.

    The origin is kept to be stored if the record is rejected after all. `change` is the most that
    its calls have changed so far, where Inflection says so.
    """

    ticket: Ticket[C]
    origin: Origin
    fault: Fault | None
    change: Change | None = None
    is_delivered: bool = False
    """Whether one of its calls was."""


class Sent(NamedTuple, Generic[C]):
    """One call of a record. A tuple, because one is made for each call."""

    record: Pending[C]
    call: str
    sample: Call | None = None
    """The call itself, where it may be read back."""


class Records(Generic[C]):
    """Books records in the ledger and in the report, and keeps the rejected ones."""

    def __init__(self, ledger: Ledger[C], report: Report, outlets: Outlets) -> None:
        self._ledger = ledger
        self._report = report
        self._rejects = outlets.rejects
        self._log = RejectLog(outlets.log)
        self._words = Words()
        self._delivered = outlets.delivered
        self.origin_bytes = 0
        """What the records that are on their way hold on to."""

    def opened(
        self, stream: StreamKey, calls: int, origin: Origin, fault: Fault | None
    ) -> Pending[C]:
        """A record that is settled when so many calls are; `fault` is one that it has already."""
        self.origin_bytes += origin.size
        ticket = self._ledger.open(stream, calls, rejected=fault is not None)
        return Pending(ticket, origin, fault)

    def close(self, pending: Pending[C], fault: Fault | None, change: Change | None = None) -> None:
        """Ends one call of a record, delivered, which made this change, or with a fault."""
        if fault is None:
            pending.is_delivered = True
        if change is not None:
            pending.change = larger(pending.change or change, change)
        self._close(pending, fault)

    def close_unneeded(self, pending: Pending[C]) -> None:
        """Ends one call of a record that was about nothing Inflection has."""
        self._close(pending, None)

    def _close(self, pending: Pending[C], fault: Fault | None) -> None:
        """Ends one call of a record; with the last of them, the record."""
        pending.fault = pending.fault or fault
        ticket = pending.ticket
        is_last = ticket.calls == 1
        if is_last and pending.fault is not None:
            self.keep(pending.fault, pending.origin)
        self._ledger.close_call(ticket, rejected=fault is not None)
        if not is_last:
            return
        self.origin_bytes -= pending.origin.size
        tally = self._report.stream(ticket.stream)
        if pending.fault is not None:
            tally.rejected[pending.fault.reason] += 1
        elif pending.is_delivered:
            tally.delivered += 1
            if pending.change is not None:
                tally.changes[pending.change] += 1
            if self._delivered is not None:
                self._delivered(pending.origin)
        else:
            tally.skipped[SkipReason.NOT_IN_INFLECTION] += 1

    def rejected(self, stream: StreamKey, fault: Fault, origin: Origin) -> None:
        """A record that is rejected as it is read."""
        self.keep(fault, origin)
        self._ledger.settle(stream, rejected=True)
        self._report.stream(stream).rejected[fault.reason] += 1

    def skipped(self, stream: StreamKey, why: Sequence[Skip]) -> None:
        """A record that is left out on purpose; of several reasons the first is counted."""
        self._ledger.settle(stream, rejected=False)
        self._report.stream(stream).skipped.update(skip.reason for skip in why[:1])

    def unplaced(self, fault: Fault, origin: Origin) -> None:
        """Input that is rejected and belongs to no stream."""
        self.keep(fault, origin)
        self._ledger.settle_unplaced()
        self._report.unreadable_lines += 1

    def keep(self, fault: Fault, origin: Origin) -> None:
        """Stores and tells what was rejected, without booking it."""
        self._rejects.put(fault, origin)
        self._ledger.last_reject = self._rejects.taken
        words = self._words.of(fault, origin)
        if words is not None and fault.place is not None:
            tally = self._report.stream(fault.place)
            tally.words.setdefault(fault.reason, Counter())[words] += 1
        self._log.show(fault, words)
