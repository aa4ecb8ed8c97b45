"""Writes: what becomes of a batch of contacts, from being sent until each of its emails is settled.

A batch that was taken has a transaction; an email is delivered when the transaction says so. What
it does not confirm is sent once more. A batch that is refused as a whole is halved until the bad
contact stands alone, and so is one that the endpoint fails on (`dividing`). No thread is in here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.addresses import Addresses
from destination_inflection.delivery.contacts.answers import data_of, error_codes
from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.calls import Ask, poll, upsert
from destination_inflection.delivery.contacts.dividing import After, Dividing
from destination_inflection.delivery.contacts.odd_answers import OddAnswers
from destination_inflection.delivery.contacts.remarks import reasons, remarks_in
from destination_inflection.delivery.contacts.transaction_words import (
    Stage,
    identity_in,
    stage_of,
)
from destination_inflection.delivery.contacts.transactions import Transaction, Transactions
from destination_inflection.delivery.contacts.verdicts import Verdict, read_verdict
from destination_inflection.delivery.contacts.window import Window
from destination_inflection.delivery.outcomes import (
    Change,
    Delivered,
    Failing,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
    is_a_no,
    leaves_doubt,
)
from destination_inflection.delivery.settings import Clock

_TOO_LARGE: Final = 413
_NOT_KNOWN: Final = "Inflection took it twice, and knows neither of the two transactions"
_ODD_STATUS: Final = "its status is not among those that are documented"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Who hears what became of a write; `settle` is called once for each email."""

    settle: Callable[[str, Outcome], None]
    odd: OddAnswers
    window: Window


class Writes(Generic[T]):
    """The batches of contacts that are on their way."""

    def __init__(
        self,
        ask: Ask,
        verdicts: Verdicts,
        addresses: Addresses[T],
        transactions: Transactions[T],
        clock: Clock,
    ) -> None:
        """`ask` sends a request and calls back."""
        self._ask = ask
        self._settle = verdicts.settle
        self._odd = verdicts.odd
        self._window = verdicts.window
        self._addresses = addresses
        self._transactions = transactions
        self._clock = clock
        self._dividing: Dividing[T] = Dividing(addresses.halves, lambda: addresses.not_taken)
        self._numbers = count(1)
        self._shut_down = False

    def send(self, batch: Batch[T]) -> None:
        """Sends a closed batch."""
        if self._shut_down:
            self._settle_all(batch, Interrupted(0))
            return
        effort = self._dividing.effort(batch, self._now())
        call = upsert(next(self._numbers), batch.body(), effort)
        self._ask(call, partial(self._upserted, batch))

    def ask_what_is_due(self, now: float) -> None:
        """Asks about the transactions whose time has come."""
        for transaction in self._transactions.due(now):
            self._ask(poll(transaction.identity), partial(self._polled, transaction))

    def shut_down(self, now: float) -> None:
        """Sends nothing more; what was taken is asked about at short intervals."""
        self._shut_down = True
        self._transactions.hurry(now)
        self._send_all(self._dividing.give_up_waiting())

    def _now(self) -> float:
        return self._clock.monotonic()

    def _send_all(self, batches: Iterable[Batch[T]]) -> None:
        for batch in batches:
            self.send(batch)

    def _upserted(self, batch: Batch[T], outcome: Outcome) -> None:
        if leaves_doubt(outcome):
            self._addresses.doubt(batch.rows)
        match outcome:
            case Delivered():
                self._taken(batch, outcome)
            case Failing():
                self._follow(batch, outcome, self._dividing.failing(batch, outcome, self._now()))
            case GaveUp():
                self._follow(batch, outcome, self._dividing.gave_up(batch, outcome, self._now()))
            case _:
                self._send_all(self._dividing.ended(batch))
                if is_a_no(outcome) and len(batch.rows) > 1:
                    if isinstance(outcome, Refused) and outcome.status == _TOO_LARGE:
                        self._addresses.too_large(batch)
                    self._send_all(self._addresses.halves(batch))
                else:
                    self._odd.ends(outcome)
                    self._settle_all(batch, outcome)

    def _follow(self, batch: Batch[T], outcome: Failing | GaveUp, after: After[T]) -> None:
        """Goes on after a batch that failed for too long."""
        if after.is_at_fault:
            detail = f"{outcome.trouble} each time, while other contacts were taken"
            why = Refusal.BREAKS_ENDPOINT
            self._settle_all(batch, Refused(outcome.attempts, outcome.status, detail, why))
        elif isinstance(outcome, GaveUp):
            self._settle_all(batch, outcome)
        self._send_all(after.due)

    def _taken(self, batch: Batch[T], outcome: Delivered) -> None:
        """Notes that a batch was taken; its verdict may be in the answer already."""
        now = self._now()
        waited = self._dividing.taken(batch, now)
        self._addresses.taken(batch)
        self._odd.comes_with_errors(len(error_codes(outcome.response)))
        batch.remarks = remarks_in(outcome.response)
        identity = identity_in(data_of(outcome.response), "transactionId")
        verdict = read_verdict(outcome.response, batch.rows.keys())
        if verdict is not None and (identity is None or len(verdict.delivered) == len(batch.rows)):
            self._judged(batch, verdict, outcome)
        elif identity is not None:
            self._transactions.begin(identity, batch, now)
        self._send_all(waited)

    def _polled(self, transaction: Transaction[T], outcome: Outcome) -> None:
        if not isinstance(outcome, Delivered):
            self._odd.ends(outcome)
            self._transactions.end(transaction)
            self._addresses.doubt(transaction.batch.rows)
            self._settle_all(transaction.batch, outcome)
            return
        verdict = read_verdict(outcome.response, transaction.batch.rows.keys())
        if verdict is None:
            self._pending(transaction, stage_of(data_of(outcome.response)))
            return
        now = self._now()
        self._transactions.settled(transaction, now)
        self._window.settled(now - transaction.began)
        self._addresses.rests.settled_in(now - transaction.began)
        self._judged(transaction.batch, verdict, outcome)

    def _judged(self, batch: Batch[T], verdict: Verdict, outcome: Delivered) -> None:
        """Takes in what a transaction says of each contact of its batch."""
        self._odd.names_strangers(verdict.unknown)
        told = {change: outcome._replace(change=change) for change in Change}
        for email, change in verdict.delivered.items():
            self._settle(email, told[change])
        open_ones = [*verdict.missing, *verdict.unclear]
        failed = list(verdict.failed)
        if not batch.sent_again:
            # No reason is given: perhaps it was bad luck. What was merged is divided instead.
            alone = [email for email in failed if len(batch.rows[email]) == 1]
            failed = [email for email in failed if len(batch.rows[email]) > 1]
            self._send_again(batch, [*alone, *open_ones])
            open_ones = []
        remarks = (*batch.remarks, *remarks_in(outcome.response))
        said = reasons(remarks, batch.rows, failed)
        for email in failed:
            reason = f": {said[email]}" if email in said else ""
            detail = f"its transaction says {verdict.failed[email]}{reason}"
            self._settle(email, Refused(1, 200, detail, Refusal.CONTACT_FAILED))
        if open_ones and verdict.oddity is not None:
            self._odd.has_form(verdict.oddity.value)
        for email in open_ones:
            word = verdict.unclear.get(email)
            detail = f"its transaction says {word}" if word else "two transactions left it out"
            self._settle(email, Refused(1, 200, detail, Refusal.NOT_CONFIRMED))

    def _pending(self, transaction: Transaction[T], stage: Stage | None) -> None:
        now = self._now()
        batch = transaction.batch
        is_lost = stage is Stage.NOT_EXIST and transaction.is_long_unknown(now)
        if is_lost and not self._shut_down:
            self._transactions.end(transaction)
            self._addresses.doubt(batch.rows)
            if batch.sent_again:
                self._settle_all(batch, Refused(1, 200, _NOT_KNOWN, Refusal.NOT_CONFIRMED))
            else:
                self._send_again(batch, list(batch.rows))
        elif not self._transactions.pending(transaction, now):
            self._transactions.end(transaction)
            age = now - transaction.began
            trouble = f"its transaction was not done after {age:.0f} seconds"
            if stage is not Stage.UNKNOWN:
                self._settle_all(batch, GaveUp(transaction.polls, trouble))
                return
            # It may be done all the same: to try for ever would hold all others.
            self._odd.has_form(_ODD_STATUS)
            self._addresses.doubt(batch.rows)
            doubt = Refused(transaction.polls, 200, trouble, Refusal.NOT_CONFIRMED)
            self._settle_all(batch, doubt)

    def _send_again(self, batch: Batch[T], emails: Sequence[str]) -> None:
        """Sends once more what a transaction did not confirm."""
        if emails:
            again = self._addresses.part(batch, emails)
            again.sent_again = True
            self.send(again)

    def _settle_all(self, batch: Batch[T], outcome: Outcome) -> None:
        for email in batch.rows:
            self._settle(email, outcome)
