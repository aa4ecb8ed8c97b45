"""The input of a replay: stored rejects become rows again, or are rejected once more."""

from collections.abc import Iterator
from typing import Final

from destination_inflection.airbyte.bounds import ENTRY_BOUNDS
from destination_inflection.airbyte.changes import without_nulled
from destination_inflection.airbyte.intake import feed
from destination_inflection.airbyte.messages import State
from destination_inflection.commands.replay_parts import Entry
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import Fault, StoredBytes, StoredHead, StoredRecord
from destination_inflection.sync.sync import Sync

_STORED_LINE: Final = "a stored line"


class StoredInput:
    """The input of a session: stored rejects, taken one at a time."""

    fd = None

    def __init__(self, stored: Iterator[Entry | None], sync: Sync[State]) -> None:
        self._stored = stored
        self._sync = sync
        self.at_end = False

    def take(self) -> None:
        """Takes the next one."""
        try:
            entry = next(self._stored)
        except StopIteration:
            self.at_end = True
            return
        match entry:
            case None:
                return
            case StoredHead():
                cause = f"it is too long to be read: {ENTRY_BOUNDS}"
                fault = Fault(Reason.UNREADABLE_LINE, where=_STORED_LINE, cause=cause)
                self._sync.reject(fault, entry)
            case StoredBytes(content), origin:
                feed(self._sync, content, origin, where=_STORED_LINE)
            case StoredRecord(stream, dict() as row, read_at, changes=changes), origin:
                whole = without_nulled(row, changes if isinstance(changes, list) else [])
                self._sync.record(stream, whole, read_at, origin)
            case StoredRecord(stream), origin:
                self._sync.reject(Fault(Reason.NOT_AN_OBJECT, stream), origin)
