"""Delivers contacts through the Developer API: in batches, each row reconciled.

Calls are collected into batches. What becomes of each email in one, `writes` finds out; the rows
that were merged into a refused contact are then divided, so that one bad row costs one row
(`splitting`). Where each row is meanwhile, `addresses` knows.

Calls of the kind `member` go to static lists (`list_members`); of those that are to create nobody,
only those about known contacts are sent (`known_contacts`). A member whose person is not a contact
yet may wait for it (`newcomers`). There is no thread in here.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.addresses import Addresses, Settled
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.batches import CONTACTS, IF_KNOWN, Batch, Row
from destination_inflection.delivery.contacts.calls import ApiCall, Operation
from destination_inflection.delivery.contacts.known_contacts import KnownContacts
from destination_inflection.delivery.contacts.list_members import Ends, ListMembers, list_of
from destination_inflection.delivery.contacts.lookups import LookUps
from destination_inflection.delivery.contacts.newcomers import Newcomers, Person
from destination_inflection.delivery.contacts.odd_answers import OddAnswers
from destination_inflection.delivery.contacts.read_backs import ReadBacks
from destination_inflection.delivery.contacts.rests import LONGEST_REST_SECONDS
from destination_inflection.delivery.contacts.transactions import Transactions
from destination_inflection.delivery.contacts.window import Window
from destination_inflection.delivery.contacts.writes import Verdicts, Writes
from destination_inflection.delivery.contacts.written import Written
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import (
    Delivered,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
)
from destination_inflection.delivery.seam import CONTACT_IF_KNOWN, MEMBER, Call, Tell
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.delivery.transport.seam import Transport

_UNKNOWN: Final = Refused(1, 200, "no contact has this email", Refusal.UNKNOWN_CONTACT)

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
        self._written = Written()
        look_ups = LookUps(self._lanes.submit)
        self._known: KnownContacts[T] = KnownContacts(
            look_ups, self._settle, self._send_known, self._written
        )
        self._read_backs = ReadBacks(self._lanes.submit, settings.retry.deadline)
        self._addresses: Addresses[T] = Addresses(self._clock)
        self._newcomers = Newcomers(settings.kinds, self._written)
        ends = Ends(self._settle, self._missed, self._addresses.doubt)
        self._members: ListMembers[T] = ListMembers(self._lanes.submit, look_ups, ends)
        self._transactions: Transactions[T] = Transactions(settings.retry.deadline)
        self._window = Window(settings.bounds.pending_contacts)
        self._writes: Writes[T] = Writes(
            self._lanes.submit,
            Verdicts(self._settle, OddAnswers(log), self._window),
            self._addresses,
            self._transactions,
            self._clock,
        )
        self._most_bytes = settings.bounds.pending_bytes
        self._ended: list[tuple[T, Outcome]] = []
        self._flushing = False
        self._shut_down = False
        self._pending_bytes = 0
        self.pending_calls = 0

    @property
    def traffic(self) -> Traffic:
        """What went over the wire, and the transactions that are open now."""
        return replace(
            self._lanes.traffic,
            transactions=self._transactions.open(self._clock.monotonic()),
            settled=self._transactions.ended,
        )

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
        filled = self._addresses.add(call.identity, _channel_of(call), row)
        if filled is not None:
            self._send(filled)

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes in the answers, sends what is due, and takes out the calls that have ended."""
        for then, outcome in self._lanes.outcomes():
            then(outcome)
        now = self._clock.monotonic()
        self._writes.ask_what_is_due(now)
        self._read_backs.look_again(now)
        for batch in self._addresses.wake(now):
            self._send(batch)
        self._send_collected(now)
        ended, self._ended = self._ended, []
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done, at most `timeout` seconds.

        Returns those of the file descriptors `inputs` that can be read.
        """
        now = self._clock.monotonic()
        dues = [batch.due for batch in self._addresses.open_batches]
        questions = (self._transactions.next_at, self._read_backs.next_at)
        dues += [due for due in (*questions, self._addresses.next_wake) if due is not None]
        timeout = min([timeout, *(max(due - now, 0.0) for due in dues)])
        return self._lanes.wait(timeout, inputs, self._bottleneck)

    def flush(self) -> None:
        """Says that no call comes for a while: what is collected goes out as it is.

        Nobody waits any more for a person who may still come.
        """
        self._flushing = True

    def no_more_calls(self) -> None:
        """Says that no call comes any more."""
        self.flush()

    def read_back(self, call: Call, tell: Tell, /) -> None:
        """Asks which properties of a delivered contact are not stored; takes some seconds."""
        self._read_backs.begin(call.body, tell, self._clock.monotonic())

    def shut_down(self) -> None:
        """Writes nothing more: what Inflection has taken is asked about, until it is settled.

        All else ends as `Interrupted`.
        """
        self._shut_down = True
        self._read_backs.drop()
        for row in self._addresses.give_up_held():
            self._end(row, Interrupted(0))
        self._writes.shut_down(self._clock.monotonic())
        for batch in self._addresses.open_batches:
            self._close_and_send(batch)
        self._lanes.shut_down(lambda call: call.operation is Operation.POLL)

    def close(self) -> None:
        """Ends it; what is still in flight is given up."""
        self._lanes.close()

    @property
    def _bottleneck(self) -> Bottleneck | None:
        """What keeps contacts waiting that no request is to be sent for; None if none do."""
        if self._addresses.held > self.pending_calls / 2:
            return Bottleneck.IDENTITY
        return Bottleneck.TRANSACTIONS if self._transactions.are_open else None

    def _send_collected(self, now: float) -> None:
        """Sends the open batches that need not or may not wait for more rows."""
        is_stuck = not self.has_room and self._addresses.nothing_is_on_its_way
        at_once = self._flushing or is_stuck
        wake = self._addresses.next_wake
        ends_by_itself = wake is not None and wake <= now + LONGEST_REST_SECONDS
        is_stuck = is_stuck and not self._addresses.open_batches and not ends_by_itself
        if self._flushing or is_stuck:
            self._give_up_awaited()
        for batch in self._addresses.open_batches:
            if at_once or batch.due <= now:
                self._close_and_send(batch)

    def _close_and_send(self, batch: Batch[T]) -> None:
        self._addresses.close(batch)
        self._send(batch)

    def _send(self, batch: Batch[T]) -> None:
        """Sends a closed batch."""
        if batch.channel == CONTACTS:
            self._writes.send(batch)
        elif self._shut_down:
            for email in batch.rows:
                self._settle(email, Interrupted(0))
        elif batch.channel == IF_KNOWN:
            self._known.sort(batch)
        else:
            self._members.send(batch)

    def _send_known(self, batch: Batch[T], emails: Sequence[str]) -> None:
        """Sends those emails of a batch that Inflection has as it sends all others."""
        known = self._addresses.part(batch, emails)
        known.channel = CONTACTS
        self._send(known)

    def _missed(self, email: str) -> None:
        """Lets a member who is not found wait, if its contact may be found later."""
        if self._shut_down:
            self._settle(email, Interrupted(0))
            return
        person = Person.WONT_COME if self._flushing else Person.MAY_COME
        if self._addresses.has_contact_in_hand(email):
            person = Person.IN_HAND
        missed, now = self._addresses.first_missed(email), self._clock.monotonic()
        look_at = self._newcomers.look_at(email, missed, now, person)
        if look_at is None:
            self._settle(email, _UNKNOWN)
        elif (due := self._addresses.postpone(email, look_at)) is not None:
            self._send(due)

    def _give_up_awaited(self) -> None:
        """Ends the members whose person can't come any more."""
        for email in self._newcomers.awaited:
            settled = self._addresses.give_up_missed(email)
            if settled is not None:
                self._take_in(email, settled, _UNKNOWN)

    def _settle(self, email: str, outcome: Outcome) -> None:
        """Ends an email's rows, and lets those go on that waited for it."""
        settled = self._addresses.settle(email, outcome)
        if settled.channel == CONTACTS and isinstance(outcome, Delivered):
            self._written.add(email)
            self._addresses.person_is_written(email)
        self._take_in(email, settled, outcome)

    def _take_in(self, email: str, settled: Settled[T], outcome: Outcome) -> None:
        self._newcomers.settled(email)
        for row in settled.ended:
            self._end(row, outcome)
        if settled.due is not None:
            self._send(settled.due)

    def _end(self, row: Row[T], outcome: Outcome) -> None:
        self.pending_calls -= 1
        self._pending_bytes -= len(row.body)
        self._ended.append((row.ticket, outcome))


def _channel_of(call: Call) -> str:
    if call.kind == MEMBER:
        return list_of(call.body)
    return IF_KNOWN if call.kind == CONTACT_IF_KNOWN else CONTACTS
