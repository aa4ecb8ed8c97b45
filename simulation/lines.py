"""A line of the input, and what should become of it. Shared by who writes lines and who judges."""

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What becomes of a line if the world takes all that it is sent."""

    SENT = "sent"
    SKIPPED = "skipped by a rule"
    REJECTED = "rejected before it is sent"
    UNREADABLE = "not a record at all"


@dataclass(frozen=True, slots=True)
class InputLine:
    """One line: a record, or something that nobody can read."""

    text: bytes
    """Without its newline."""
    stream: str
    """The stream it is of; of a line that nobody can read, the one it stands among."""
    position: int
    """Its place in its stream, from 1. States name the last position before them."""
    mark: str
    """A text that stands in this record alone, as the value of a column of its own (`column`)."""
    fate: Fate
    calls: tuple[str, ...] = ()
    """The kinds of calls that it becomes if it is sent: `identify`, `contact`, `member`, ..."""
    person: str = ""
    """Whom it is about: the user id on the event endpoint, the email in lower case on the other."""
    org: str = ""
    """The org it is about; empty if it has none."""

    @property
    def column(self) -> str:
        """The name of the column that holds its mark; no other record has it."""
        return f"m{self.stream}{self.position}"
