"""A line that is not a message, and why: in words that hold nothing of the line. Pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that is not a message; it may have been a record. `why` is the end of a sentence."""

    why: str


NOT_JSON: Final = Unreadable("it is not JSON")
NOT_UTF_8: Final = Unreadable("it is not UTF-8")
NO_MESSAGE: Final = Unreadable("it is JSON, but not an Airbyte message")
NO_STREAM: Final = Unreadable("it is a RECORD that names no stream")
MORE_THAN_ONE: Final = Unreadable("its JSON is followed by something else, such as a message")
