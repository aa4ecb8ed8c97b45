"""Addresses: where the rows of each email are, from the moment they come until they end. Pure.

An email is in one batch at a time: rows that come while it is on its way wait until that batch is
settled, so what is newer is also written later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from destination_inflection.delivery.contacts.batches import CONTACTS, MOST_BYTES, Batch, Row
from destination_inflection.delivery.contacts.splitting import Splitting
from destination_inflection.delivery.outcomes import Outcome, Refused
from destination_inflection.delivery.settings import Clock

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Address(Generic[T]):
    """One email with rows that have not ended."""

    batch: Batch[T]
    """The one batch that it is in: still open, or on its way."""
    held: list[tuple[str, Row[T]]] = field(default_factory=list)
    """Rows, with their channels, that wait until the email is settled, the oldest first."""
    splitting: Splitting[T] | None = None
    """What was divided off after its contact was refused."""


class Settled(NamedTuple, Generic[T]):
    """What a verdict on an email leads to. A tuple, because one is made for each email."""

    ended: list[Row[T]]
    due: Batch[T] | None
    """A closed batch that has to be sent now."""


class Addresses(Generic[T]):
    """All emails with rows that have not ended, and the batches that are open.

    What always holds between two calls (`test_addresses.py` checks it in any order of things):

    - Each row that was added and has not ended is in exactly one place: in its address's batch, in
      its splitting, or among its held rows. An address without rows is forgotten.
    - An email is in no batch but its address's. (A closed batch that was divided keeps its rows,
      but is settled by nobody any more.)
    - Rows are held for a reason: the batch is closed, or the first of them is for another channel.
    - Rows are split off only while the email stands alone in a closed batch of contacts.
    - The open batch of a channel is neither empty nor full; a closed one never opens again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._addresses: dict[str, Address[T]] = {}
        self._open: dict[str, Batch[T]] = {}
        """The batch that is being collected for each channel."""
        self._most_bytes = MOST_BYTES

    @property
    def open_batches(self) -> list[Batch[T]]:
        """The batches that are being collected."""
        return list(self._open.values())

    @property
    def nothing_is_on_its_way(self) -> bool:
        """Whether every email is still in an open batch."""
        return sum(len(batch.rows) for batch in self._open.values()) == len(self._addresses)

    @property
    def not_taken(self) -> int:
        """How many emails are not in a batch that Inflection has taken."""
        return sum(not address.batch.is_taken for address in self._addresses.values())

    def add(self, email: str, channel: str, row: Row[T]) -> Batch[T] | None:
        """Puts a row where it belongs; returns the batch that it filled: closed, to be sent now."""
        address = self._addresses.get(email)
        if address is None:
            batch = self._open.get(channel)
            if batch is None:
                batch = self._open[channel] = Batch(channel, self._clock.monotonic())
            self._addresses[email] = Address(batch)
        else:
            batch = address.batch
            if address.held or not batch.is_open or batch.channel != channel:
                address.held.append((channel, row))
                return None
        batch.add(email, row)
        if not batch.is_full(self._most_bytes):
            return None
        self.close(batch)
        return batch

    def too_large(self, batch: Batch[T]) -> None:
        """Notes that Inflection does not take so many bytes; later batches hold half as many."""
        self._most_bytes = min(self._most_bytes, max(batch.size // 2, 1))

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

    def settle(self, email: str, outcome: Outcome) -> Settled[T]:
        """Takes the verdict on an email in a closed batch, and lets go on what waited for it."""
        address = self._addresses[email]
        batch = address.batch
        rows = batch.rows[email]
        divisible = batch.channel == CONTACTS and len(rows) > 1
        if address.splitting is None and divisible and isinstance(outcome, Refused):
            address.splitting = Splitting()
        if address.splitting is not None:
            rows, following = address.splitting.after(rows, outcome)
            if following:
                address.batch = self._alone(email, following)
                return Settled(rows, address.batch)
        del self._addresses[email]
        return Settled(rows, self._add_held(email, address.held))

    def give_up_held(self) -> list[Row[T]]:
        """Takes out all held rows: they will not be sent."""
        rows: list[Row[T]] = []
        for address in self._addresses.values():
            rows += [row for _, row in address.held]
            address.held = []
        return rows

    def _alone(self, email: str, rows: list[Row[T]]) -> Batch[T]:
        return Batch(CONTACTS, self._clock.monotonic(), {email: rows}, is_open=False)

    def _add_held(self, email: str, held: list[tuple[str, Row[T]]]) -> Batch[T] | None:
        """Puts held rows where they belong now. If one fills a batch, those after it are held."""
        due: Batch[T] | None = None
        for channel, row in held:
            due = self.add(email, channel, row) or due
        return due
