"""Addresses: where the rows of each email are, from the moment they come until they end. Pure.

An email is in one batch at a time: rows that come while it is on its way wait until that batch is
settled, so what is newer is also written later. An email may also wait without being in a batch:

- It rests after a write in doubt (`rests`): its rows wait until that is over.
- Some rows of it missed: they are for a list, and the person is not a contact yet (`newcomers`).
  They wait to be looked up again, and rows for other lists wait behind them. But rows that write
  the contact pass them, for they are what may be missing; once such a row is settled, what missed
  is looked up again at once.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from destination_inflection.delivery.contacts.address import Address
from destination_inflection.delivery.contacts.batches import CONTACTS, MOST_BYTES, Batch, Row
from destination_inflection.delivery.contacts.rests import Rests
from destination_inflection.delivery.contacts.splitting import Splitting
from destination_inflection.delivery.outcomes import Outcome, Refused
from destination_inflection.delivery.settings import Clock

T = TypeVar("T")


class Settled(NamedTuple, Generic[T]):
    """What a verdict on an email leads to. A tuple, because one is made for each email."""

    ended: list[Row[T]]
    due: Batch[T] | None
    """A closed batch that has to be sent now."""
    channel: str
    """What the ended rows were for."""


class Addresses(Generic[T]):
    """All emails with rows that have not ended, and the batches that are open.

    What always holds between two calls (`test_addresses.py` checks it in any order of things):

    - Each row that was added and has not ended is in exactly one place: in its address's batch, in
      its splitting, among those that missed, or among its held rows. An address without rows is
      forgotten.
    - An email is in no batch but its address's. (A closed batch that was divided keeps its rows,
      but is settled by nobody any more.) It is in no batch if it rests, or if rows of it missed and
      no row that writes the contact is there.
    - Rows are held for a reason: the email rests, the batch is closed, the first of them is for
      another channel, or what missed is before them. No row that writes the contact is held behind
      what missed, unless the email rests or a batch of it is on its way.
    - Rows are split off only while the email stands alone in a closed batch of contacts, or rests.
    - The open batch of a channel is neither empty nor full; a closed one never opens again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses: dict[str, Address[T]] = {}
        self._open: dict[str, Batch[T]] = {}
        """The batch that is being collected for each channel."""
        self._most_bytes = MOST_BYTES
        self._largest_taken = 0
        self._waiting: set[str] = set()
        """The emails with rows and without a batch."""
        self._looks: list[tuple[float, str]] = []
        """When to look up whom again: a heap. Of an email that was looked up sooner, it is old."""
        self._ending = False
        self.rests = Rests()
        self.held = 0
        """How many rows wait behind others of their email, or while it rests."""

    @property
    def open_batches(self) -> list[Batch[T]]:
        """The batches that are being collected."""
        return list(self._open.values())

    @property
    def nothing_is_on_its_way(self) -> bool:
        """Whether every email is still in an open batch, or waits without one."""
        collected = sum(len(batch.rows) for batch in self._open.values())
        return collected + len(self._waiting) == len(self._addresses)

    @property
    def next_wake(self) -> float | None:
        """When `wake` may have something to do; None if no row waits without a batch."""
        if not self._waiting:
            return None
        ends = [self._looks[0][0]] if self._looks else []
        if self.rests.next_end is not None:
            ends.append(self.rests.next_end)
        return min(ends, default=None)

    @property
    def not_taken(self) -> int:
        """How many emails are in a batch of contacts that was not taken yet."""
        batches = (address.batch for address in self._addresses.values())
        return sum(
            batch is not None and batch.channel == CONTACTS and not batch.is_taken
            for batch in batches
        )

    def add(self, email: str, channel: str, row: Row[T]) -> Batch[T] | None:
        """Puts a row where it belongs; returns the batch that it filled: closed, to be sent now."""
        address = self._addresses.get(email)
        if address is None:  # as nearly always
            address = self._addresses[email] = Address()
            waits = email in self.rests
        else:
            waits = (address.batch is None and email in self.rests) or address.makes_wait(channel)
        if waits:
            address.held.append((channel, row))
            self.held += 1
            if address.batch is None:
                self._waiting.add(email)
            return None
        batch = address.batch
        if batch is None:
            batch = self._open.get(channel)
            if batch is None:
                batch = self._open[channel] = Batch(channel, self._clock.monotonic())
            address.batch = batch
            self._waiting.discard(email)
        batch.add(email, row)
        if not batch.is_full(self._most_bytes):
            return None
        self.close(batch)
        return batch

    def too_large(self, batch: Batch[T]) -> None:
        """Notes that Inflection does not take so many bytes; later batches hold half as many."""
        self._most_bytes = max(min(self._most_bytes, batch.size // 2), self._largest_taken, 1)

    def taken(self, batch: Batch[T]) -> None:
        """Notes that a batch was taken: one of its size is not too large."""
        batch.is_taken = True
        self._largest_taken = max(self._largest_taken, batch.size)

    def close(self, batch: Batch[T]) -> None:
        """Ends the collecting of an open batch, to send it."""
        batch.close()
        del self._open[batch.channel]

    def part(self, batch: Batch[T], emails: Sequence[str]) -> Batch[T]:
        """Moves some emails of a closed batch into one of their own, closed too."""
        part = batch.part(emails)
        for email in emails:
            self._addresses[email].batch = part
        return part

    def halves(self, batch: Batch[T]) -> tuple[Batch[T], Batch[T]]:
        """Divides a closed batch of several emails."""
        emails = list(batch.rows)
        middle = (len(emails) + 1) // 2
        return self.part(batch, emails[:middle]), self.part(batch, emails[middle:])

    def doubt(self, emails: Iterable[str]) -> None:
        """Notes that a write of these emails was answered now, and is in doubt.

        Each rests once its batch is settled, or whatever part of it the email is in then.
        """
        now = self._clock.monotonic()
        for email in emails:
            self._addresses[email].doubted = now

    def settle(self, email: str, outcome: Outcome) -> Settled[T]:
        """Takes the verdict on an email in a closed batch, and lets go on what waited for it."""
        address = self._addresses[email]
        batch = address.batch_it_is_in()
        rows = batch.rows[email]
        divisible = batch.channel == CONTACTS and len(rows) > 1
        if address.splitting is None and divisible and isinstance(outcome, Refused):
            address.splitting = Splitting()
        if address.splitting is not None:
            rows, following = address.splitting.after(rows, outcome)
            if following:
                address.splitting.put_back(following)
            else:
                address.splitting = None
        address.batch = None
        if address.doubted is not None:
            if not self._ending:
                self.rests.begin(email, address.doubted, self._clock.monotonic())
            address.doubted = None
        return Settled(rows, self._go_on(email, address), batch.channel)

    def first_missed(self, email: str) -> float:
        """When the person of an email, who is not found now, was first not found.

        Or, where the contact was written since, the first time after that.
        """
        address = self._addresses[email]
        if address.first_missed is None:
            address.first_missed = self._clock.monotonic()
        return address.first_missed

    def person_is_written(self, email: str) -> None:
        """Notes that the contact was written: rows that missed it get their time once more.

        Only the first time, for a contact may be written again and again and never be found.
        """
        address = self._addresses.get(email)
        if address is not None and address.first_missed is not None and not address.was_written:
            address.first_missed, address.was_written = None, True

    def has_contact_in_hand(self, email: str) -> bool:
        """Whether a row that writes the contact is held behind the batch of an email."""
        return any(channel == CONTACTS for channel, _ in self._addresses[email].held)

    def postpone(self, email: str, at: float) -> Batch[T] | None:
        """Takes an email out of its closed batch for a list: its rows are to wait until `at`.

        Returns the batch that was filled by what may pass them, as `add` does.
        """
        address = self._addresses[email]
        batch = address.batch_it_is_in()
        address.missed = [(batch.channel, row) for row in batch.rows[email]]
        address.batch, address.look_at = None, at
        self._waiting.add(email)
        heapq.heappush(self._looks, (at, email))
        held, address.held = address.held, []
        self.held -= len(held)
        return self._add_all(email, held)

    def give_up_missed(self, email: str) -> Settled[T] | None:
        """Ends the rows of an email that missed, if it waits for nothing else."""
        address = self._addresses.get(email)
        if address is None or not address.missed or address.batch is not None:
            return None
        if email in self.rests:
            return None
        rows = [row for _, row in address.missed]
        channel, address.missed = address.missed[0][0], ()
        return Settled(rows, self._go_on(email, address), channel)

    def wake(self, now: float) -> list[Batch[T]]:
        """Lets go on what has waited long enough; returns the batches that were filled by it."""
        due: list[Batch[T] | None] = []
        for email in self.rests.over(now):
            address = self._addresses.get(email)
            if address is not None:
                due.append(self._go_on(email, address))
        while self._looks and self._looks[0][0] <= now:
            at, email = heapq.heappop(self._looks)
            address = self._addresses.get(email)
            if address is None or not address.missed or address.look_at != at:
                continue
            if address.batch is None and email not in self.rests:
                due.append(self._go_on(email, address))
        return [batch for batch in due if batch is not None]

    def give_up_held(self) -> list[Row[T]]:
        """Takes out all rows that wait: they will not be sent. From now on, none waits."""
        self._ending = True
        rows: list[Row[T]] = []
        for email, address in list(self._addresses.items()):
            rows += [row for _, row in (*address.missed, *address.held)]
            address.missed, address.held = (), []
            if address.batch is None:
                rows += address.splitting.waiting if address.splitting is not None else []
                del self._addresses[email]
        self._waiting.clear()
        self.held = 0
        return rows

    def _go_on(self, email: str, address: Address[T]) -> Batch[T] | None:
        """Puts the rows of an email that is in no batch where they belong now.

        Returns the batch that has to be sent now, if there is one.
        """
        if not (address.held or address.missed or address.splitting is not None):
            del self._addresses[email]
            self._waiting.discard(email)
            return None
        if email in self.rests:
            self._waiting.add(email)
            return None
        if address.splitting is not None:
            self._waiting.discard(email)
            rows = address.splitting.take()
            address.batch = Batch(CONTACTS, self._clock.monotonic(), {email: rows}, is_open=False)
            return address.batch
        is_looked_up_again = bool(address.missed)
        rows_in_order = [*address.missed, *address.held]
        self.held -= len(address.held)
        address.missed, address.held = (), []
        due = self._add_all(email, rows_in_order)
        if is_looked_up_again and address.batch is not None and address.batch.is_open:
            address.batch.hurry()
        return due

    def _add_all(self, email: str, rows: Sequence[tuple[str, Row[T]]]) -> Batch[T] | None:
        """Adds rows in their order. If one fills a batch, those after it are held."""
        due: Batch[T] | None = None
        for channel, row in rows:
            due = self.add(email, channel, row) or due
        return due
