"""Delivers contacts through the Developer API: in batches, each row reconciled.

Calls are collected into batches. A batch that was taken has a transaction; a row is delivered when
the transaction says so of its email. A batch that is refused as a whole is halved until the bad
contact stands alone, and so are the rows that were merged into a refused contact: one bad row costs
one row (`splitting`). Where each row is meanwhile, `addresses` knows.

Calls of the kind `member` go to static lists (`list_members`). There is no thread in here.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Generic, TypeVar

from destination_inflection.delivery.contacts.addresses import Addresses
from destination_inflection.delivery.contacts.answers import data_of, error_codes
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.batches import CONTACTS, Batch, Row
from destination_inflection.delivery.contacts.calls import ApiCall, Operation, poll, upsert
from destination_inflection.delivery.contacts.list_members import ListMembers, list_of
from destination_inflection.delivery.contacts.odd_answers import OddAnswers
from destination_inflection.delivery.contacts.remarks import reasons, remarks_in
from destination_inflection.delivery.contacts.transaction_words import (
    Stage,
    identity_in,
    stage_of,
)
from destination_inflection.delivery.contacts.transactions import Transaction, Transactions
from destination_inflection.delivery.contacts.verdicts import Verdict, read_verdict
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
    is_a_no,
)
from destination_inflection.delivery.seam import MEMBER, Call
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport.seam import Transport

T = TypeVar("T")
Then = Callable[[Outcome], None]


class Contacts(Generic[T]):
    """Each call comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        api: ContactsApi,
        transport: Transport,
        settings: Settings,
        log: Callable[[str], None],
        clock: Clock | None = None,
    ) -> None:
        """`log` gets a warning, a few times, when Inflection answers oddly."""
        self._clock = clock or Clock()
        self._lanes: Lanes[ApiCall, Then] = Lanes(api, transport, settings, self._clock)
        self._members: ListMembers[T] = ListMembers(self._lanes.submit, self._settle)
        self._addresses: Addresses[T] = Addresses(self._clock)
        self._transactions: Transactions[T] = Transactions(settings.retry.deadline)
        self._bounds = settings.bounds
        self._odd = OddAnswers(log)
        self._batches = count(1)
        self._ended: list[tuple[T, Outcome]] = []
        self._flushing = False
        self._shut_down = False
        self._pending_bytes = 0
        self.pending_calls = 0

    @property
    def traffic(self) -> Traffic:
        """What went over the wire."""
        return self._lanes.traffic

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        return (
            self.pending_calls < self._bounds.pending_contacts
            and self._pending_bytes < self._bounds.pending_bytes
        )

    def submit(self, call: Call, ticket: T) -> None:
        """Takes a call, to be sent after all earlier calls of its email."""
        self._flushing = False
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        row = Row(call.body, ticket, call.cursor)
        if self._shut_down:
            self._end(row, Interrupted(0))
            return
        channel = list_of(call.body) if call.kind == MEMBER else CONTACTS
        filled = self._addresses.add(call.identity, channel, row)
        if filled is not None:
            self._send(filled)

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, sends what is due, and takes out the calls that have ended."""
        for then, outcome in self._lanes.outcomes():
            then(outcome)
        now = self._clock.monotonic()
        for transaction in self._transactions.due(now):
            self._lanes.submit(poll(transaction.identity), partial(self._polled, transaction))
        self._send_collected(now)
        ended, self._ended = self._ended, []
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        now = self._clock.monotonic()
        dues = [batch.due for batch in self._addresses.open_batches]
        if (next_question := self._transactions.next_at) is not None:
            dues.append(next_question)
        return self._lanes.wait(min([timeout, *(max(due - now, 0.0) for due in dues)]), inputs)

    def flush(self) -> None:
        """Says that no call comes for a while: what is collected goes out as it is."""
        self._flushing = True

    def shut_down(self) -> None:
        """Writes nothing more: what Inflection has taken is asked about, until it is settled.

        All else ends as `Interrupted`.
        """
        self._shut_down = True
        for row in self._addresses.give_up_held():
            self._end(row, Interrupted(0))
        self._transactions.hurry(self._clock.monotonic())
        for batch in self._addresses.open_batches:
            self._close_and_send(batch)
        self._lanes.shut_down(lambda call: call.operation is Operation.POLL)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._lanes.close()

    def _send_collected(self, now: float) -> None:
        """Sends the open batches that need not or may not wait for more rows."""
        at_once = self._flushing or (not self.has_room and self._addresses.nothing_is_on_its_way)
        for batch in self._addresses.open_batches:
            if at_once or batch.due <= now:
                self._close_and_send(batch)

    def _close_and_send(self, batch: Batch[T]) -> None:
        self._addresses.close(batch)
        self._send(batch)

    def _send(self, batch: Batch[T]) -> None:
        """Sends a closed batch."""
        if self._shut_down:
            self._settle_all(batch, Interrupted(0))
        elif batch.channel == CONTACTS:
            call = upsert(next(self._batches), batch.body())
            self._lanes.submit(call, partial(self._upserted, batch))
        else:
            self._members.send(batch)

    def _upserted(self, batch: Batch[T], outcome: Outcome) -> None:
        if isinstance(outcome, Delivered):
            self._taken(batch, outcome)
        elif is_a_no(outcome) and len(batch.rows) > 1:
            for half in self._addresses.halves(batch):
                self._send(half)
        else:
            self._odd.ends(outcome)
            self._settle_all(batch, outcome)

    def _taken(self, batch: Batch[T], outcome: Delivered) -> None:
        """Notes that a batch was taken; its verdict may be in the answer already."""
        self._odd.comes_with_errors(len(error_codes(outcome.response)))
        batch.remarks = remarks_in(outcome.response)
        identity = identity_in(data_of(outcome.response), "transactionId")
        verdict = read_verdict(outcome.response, batch.rows.keys())
        if verdict is not None and (identity is None or len(verdict.delivered) == len(batch.rows)):
            self._judged(batch, verdict, outcome)
        elif identity is not None:
            self._transactions.begin(identity, batch, self._clock.monotonic())

    def _polled(self, transaction: Transaction[T], outcome: Outcome) -> None:
        if not isinstance(outcome, Delivered):
            self._odd.ends(outcome)
            self._settle_all(transaction.batch, outcome)
            return
        verdict = read_verdict(outcome.response, transaction.batch.rows.keys())
        if verdict is None:
            self._pending(transaction, outcome)
            return
        self._transactions.done(transaction)
        self._judged(transaction.batch, verdict, outcome)

    def _judged(self, batch: Batch[T], verdict: Verdict, outcome: Delivered) -> None:
        """Takes in what a transaction says of each contact of its batch."""
        self._odd.names_strangers(verdict.unknown)
        for email in verdict.delivered:
            self._settle(email, outcome)
        remarks = (*batch.remarks, *remarks_in(outcome.response))
        said = reasons(remarks, batch.rows, verdict.failed.keys())
        for email, word in verdict.failed.items():
            reason = f": {said[email]}" if email in said else ""
            self._fail(email, f"its transaction says {word}{reason}")
        self._not_confirmed(batch, verdict)

    def _pending(self, transaction: Transaction[T], outcome: Delivered) -> None:
        now = self._clock.monotonic()
        if not self._transactions.pending(transaction, now):
            age = now - transaction.began
            trouble = f"its transaction was not done after {age:.0f} seconds"
            if stage_of(data_of(outcome.response)) is not Stage.UNKNOWN:
                self._settle_all(transaction.batch, GaveUp(transaction.polls, trouble))
                return
            # It may be done all the same: to try for ever would hold all others.
            self._odd.has_form("its status is not among those that are documented")
            doubt = Refused(transaction.polls, 200, trouble, Refusal.NOT_CONFIRMED)
            self._settle_all(transaction.batch, doubt)

    def _not_confirmed(self, batch: Batch[T], verdict: Verdict) -> None:
        """Sends once more what a transaction leaves open; the second time nobody knows."""
        emails = [*verdict.missing, *verdict.unclear]
        if emails and not batch.sent_again:
            again = self._addresses.part(batch, emails)
            again.sent_again = True
            self._send(again)
            return
        if verdict.oddity is not None:
            self._odd.has_form(verdict.oddity.value)
        for email in emails:
            word = verdict.unclear.get(email)
            detail = f"its transaction says {word}" if word else "two transactions left it out"
            self._settle(email, Refused(1, 200, detail, Refusal.NOT_CONFIRMED))

    def _fail(self, email: str, detail: str) -> None:
        self._settle(email, Refused(1, 200, detail, Refusal.CONTACT_FAILED))

    def _settle_all(self, batch: Batch[T], outcome: Outcome) -> None:
        for email in batch.rows:
            self._settle(email, outcome)

    def _settle(self, email: str, outcome: Outcome) -> None:
        """Ends an email's rows, and lets those go on that waited for it."""
        settled = self._addresses.settle(email, outcome)
        for row in settled.ended:
            self._end(row, outcome)
        if settled.due is not None:
            self._send(settled.due)

    def _end(self, row: Row[T], outcome: Outcome) -> None:
        self.pending_calls -= 1
        self._pending_bytes -= len(row.body)
        self._ended.append((row.ticket, outcome))
