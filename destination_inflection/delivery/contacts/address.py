"""The address of one email: in which places its rows are. Pure.

What holds of them together, `addresses` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.batches import CONTACTS, IF_KNOWN, Batch, Row
from destination_inflection.delivery.contacts.splitting import Splitting

_WRITING: Final = (CONTACTS, IF_KNOWN)
"""The channels of rows that write the contact: they keep their order among themselves."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Address(Generic[T]):
    """One email with rows that have not ended."""

    batch: Batch[T] | None = None
    """The one batch that it is in: still open, or on its way. None while it waits."""
    held: list[tuple[str, Row[T]]] = field(default_factory=list)
    """Rows, with their channels, that wait until the email is settled, the oldest first."""
    splitting: Splitting[T] | None = None
    """What was divided off after its contact was refused."""
    missed: Sequence[tuple[str, Row[T]]] = ()
    """Rows of one list that wait for their person to be found. They are before those held."""
    first_missed: float | None = None
    """When the person was first not found, since there were rows or the contact was written."""
    was_written: bool = False
    """Whether the contact was written while rows missed it: they are given time once more."""
    look_at: float = 0.0
    """When to look up again what missed."""
    doubted: float | None = None
    """When the last write that is in doubt was answered."""

    def batch_it_is_in(self) -> Batch[T]:
        """The batch of an email that is in one.

        Raises:
            ValueError: it waits.
        """
        if self.batch is None:
            raise ValueError("an email that waits without a batch can't be settled")
        return self.batch

    def makes_wait(self, channel: str) -> bool:
        """Whether a row for a channel may not be collected now, if the email does not rest."""
        batch = self.batch
        if batch is not None and (not batch.is_open or batch.channel != channel):
            return True
        if self.missed:
            return channel not in _WRITING or any(each in _WRITING for each, _ in self.held)
        return bool(self.held)
