"""A line of input as the origin of a record: what is kept of it if the record is rejected."""

from dataclasses import dataclass

from destination_inflection.airbyte.bounds import LINE_BOUNDS
from destination_inflection.airbyte.changes import changes_of
from destination_inflection.json_reading import is_spoilt, read_as_it_is
from destination_inflection.json_types import JsonObject
from destination_inflection.rejects.entry import raw


@dataclass(frozen=True, slots=True)
class Line:
    """The bytes of a line, without its newline; a longer one than `longest_parsed` is kept raw."""

    content: bytes
    longest_parsed: int = LINE_BOUNDS.uncounted_bytes

    @property
    def size(self) -> int:
        """The line's length."""
        return len(self.content)

    def entry(self) -> JsonObject:
        """The RECORD in it, with numbers of any size, or the line itself if there is none.

        It is the line, too, where the record is nested too deeply for the standard library, where
        it holds NaN or Infinity, which JSON has no way to write, and where parsing it once more
        would take too much memory.
        """
        if len(self.content) > self.longest_parsed:
            return raw(self.content)
        try:
            text = self.content.decode("utf-8-sig", "surrogatepass")
            message = read_as_it_is(text)
            record = message["record"] if isinstance(message, dict) else None
            if not isinstance(record, dict) or is_spoilt(record):
                return raw(self.content)
        except (KeyError, RecursionError, ValueError):
            return raw(self.content)
        kept: JsonObject = {"emitted_at": record.get("emitted_at"), "record": record.get("data")}
        changes = changes_of(record.get("meta"))
        return {**kept, "changes": changes} if changes else kept


@dataclass(frozen=True, slots=True)
class Cut:
    """The head of a line that is not read as a message, and the length of the whole."""

    head: bytes
    length: int

    @property
    def size(self) -> int:
        """The head's length: the rest is not held."""
        return len(self.head)

    def entry(self) -> JsonObject:
        """The head, and the length where that is not all of it."""
        if self.length == len(self.head):
            return raw(self.head)
        return {**raw(self.head), "length": self.length}
