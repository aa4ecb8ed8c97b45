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
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.addresses import Addresses
from destination_inflection.delivery.contacts.answers import data_of, error_codes
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.batches import CONTACTS, Batch, Row
from destination_inflection.delivery.contacts.calls import ApiCall, Operation, poll, upsert
from destination_inflection.delivery.contacts.list_members import ListMembers, list_of
from destination_inflection.delivery.contacts.transactions import Transaction, Transactions
from destination_inflection.delivery.contacts.verdicts import read_verdict
from destination_inflection.delivery.contacts.window import Window
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
from destination_inflection.delivery.transport.seam import Response, Transport
from destination_inflection.plurals import plural

_MOST_WARNINGS: Final = 3
"""A run: enough to notice that Inflection answers oddly, too few to fill the log."""

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
        self._window = Window(settings.bounds.pending_contacts)
        self._most_bytes = settings.bounds.pending_bytes
        self._log = log
        self._warnings = 0
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
        return self.pending_calls < self._window.contacts and self._pending_bytes < self._most_bytes

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
            self._warn_of_errors(outcome.response)
            identity = str(data_of(outcome.response)["transactionId"])
            self._transactions.begin(identity, batch, self._clock.monotonic())
        elif is_a_no(outcome) and len(batch.rows) > 1:
            for half in self._addresses.halves(batch):
                self._send(half)
        else:
            self._settle_all(batch, outcome)

    def _polled(self, transaction: Transaction[T], outcome: Outcome) -> None:
        if not isinstance(outcome, Delivered):
            self._settle_all(transaction.batch, outcome)
            return
        verdict = read_verdict(outcome.response, transaction.batch.rows.keys())
        if verdict is None:
            self._pending(transaction)
            return
        now = self._clock.monotonic()
        self._transactions.settled(transaction, now)
        self._window.settled(now - transaction.began)
        if verdict.unknown:
            self._warn(
                f"A transaction named {verdict.unknown} {plural(verdict.unknown, 'contact')} that "
                "it was not sent: ignored."
            )
        for email in verdict.delivered:
            self._settle(email, outcome)
        for email, word in verdict.failed.items():
            self._fail(email, f"its transaction says {word}")
        self._not_mentioned(transaction.batch, verdict.missing)

    def _pending(self, transaction: Transaction[T]) -> None:
        now = self._clock.monotonic()
        if not self._transactions.pending(transaction, now):
            age = now - transaction.began
            trouble = f"its transaction was not done after {age:.0f} seconds"
            self._settle_all(transaction.batch, GaveUp(transaction.polls, trouble))

    def _not_mentioned(self, batch: Batch[T], emails: Sequence[str]) -> None:
        """Sends once more what a transaction did not mention; the second time it has failed."""
        if emails and not batch.sent_again:
            again = self._addresses.part(batch, emails)
            again.sent_again = True
            self._send(again)
            return
        for email in emails:
            self._fail(email, "two transactions did not mention it")

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

    def _warn_of_errors(self, response: Response) -> None:
        if codes := error_codes(response):
            self._warn(
                f"Inflection took a batch but named {len(codes)} {plural(len(codes), 'error')} "
                "with it; what its transaction says of each contact counts."
            )

    def _warn(self, text: str) -> None:
        self._warnings += 1
        if self._warnings <= _MOST_WARNINGS:
            self._log(text)
