"""Which checkpoints go back now: those whose records are settled, and whose rejects are stored.

A checkpoint waits for the rejects before it to be stored, and says so: they are collected until one
has waited long enough, or until no checkpoint should wait any more (`Holding.is_pressed`).
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from destination_inflection.rejects.parts import RejectStore
from destination_inflection.streams import StreamKey
from destination_inflection.sync.holding import Holding
from destination_inflection.sync.ledger import Ledger
from destination_inflection.sync.spans import Checkpoint, Held, Released

C = TypeVar("C", bound=Checkpoint)


class Releasing(Generic[C]):
    """Takes checkpoints out of the ledger."""

    def __init__(
        self,
        ledger: Ledger[C],
        holding: Holding,
        rejects: RejectStore,
        warn: Callable[[StreamKey, str], None],
    ) -> None:
        """`warn` is called for each stream whose checkpoint is released in doubt."""
        self._ledger = ledger
        self._holding = holding
        self._rejects = rejects
        self._warn = warn
        self._awaited = 0
        """The number of the last reject that some checkpoint waits or has waited for."""

    def due(self) -> list[Released[C]]:
        """The checkpoints that may go back now.

        Raises:
            ConnectorError: rejected records could not be stored.
        """
        self._stored_what_is_awaited()
        released = self._released()
        # Storing may fail, and then what is released already would be lost: it goes first.
        if not released and self._stored_what_is_awaited():
            released = self._released()
        return released

    def _stored_what_is_awaited(self) -> bool:
        """Whether rejects that a checkpoint waits for were stored now, since it is time for it."""
        if self._awaited <= self._rejects.stored:
            return False
        if not (self._rejects.is_due or self._holding.is_pressed):
            return False
        self._rejects.seal()
        return True

    def _released(self) -> list[Released[C]]:
        if self._ledger.is_refused and self._holding.look_for_changes(self._rejects.stored):
            self._ledger.reconsider()
        if not self._ledger.is_due or self._holding.stops_all:
            return []
        return list(self._ledger.release(self._goes))

    def _goes(self, held: Held[Checkpoint]) -> bool:
        """Whether a settled checkpoint goes: the rejects before it have to be stored."""
        if not self._holding.may_go(held):
            return False
        self._awaited = max(self._awaited, held.reject)
        if held.reject > self._rejects.stored:
            return False
        for stream, doubt in self._holding.doubts(held).items():
            self._warn(stream, doubt)
        return True
