"""A line of input as the origin of a record: what is kept of it if the record is rejected."""

from dataclasses import dataclass

from destination_inflection.airbyte.changes import changes_of
from destination_inflection.json_reading import is_spoilt, read_as_it_is
from destination_inflection.json_types import JsonObject
from destination_inflection.rejects.entry import raw


@dataclass(frozen=True, slots=True)
class Line:
    """The bytes of a line, without its newline."""

    content: bytes

    @property
    def size(self) -> int:
        """The line's length."""
        return len(self.content)

    def entry(self) -> JsonObject:
        """The RECORD in it, with numbers of any size, or the line itself if there is none.

        It is the line, too, where the record is nested too deeply for the standard library, or
        holds NaN or Infinity, which JSON has no way to write.
        """
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
