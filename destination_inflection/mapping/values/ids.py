"""Ids and the names of events: what counts as one, and in which form it is sent.

Sources: ids that must not be used are those Segment suggests blocking (`^[0-]*$`, `-1`, `null`,
`anonymous`) and their spellings in other systems; a lone `0` is an id. A float is exact only
below 2^53, so a larger one would be a rounded id.
"""

import re
from enum import Enum
from typing import Final

from destination_inflection.json_types import Json

_EXACT_FLOATS: Final = float(2**53)
_BLOCKED_WORDS: Final = frozenset({"null", "none", "undefined", "nan", "anonymous", "-1"})
_ZEROS_AND_DASHES: Final = re.compile(r"[0-]{2,}")


class NoId(Enum):
    """Why a value is not an id."""

    ABSENT = "absent"
    """Null or blank: nothing was given."""
    BLOCKED = "blocked"
    """A word that stands for "nobody": it would merge unrelated people into one."""
    WRONG = "wrong"
    """A value that cannot be written as an id without changing it."""


def clean_id(value: Json) -> str | NoId:
    """The id as it is sent (trimmed text), or why the value is none."""
    if type(value) is int:
        return NoId.BLOCKED if value == -1 else str(value)
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return NoId.ABSENT
        if text.lower() in _BLOCKED_WORDS or (
            text[0] in "0-" and _ZEROS_AND_DASHES.fullmatch(text)
        ):
            return NoId.BLOCKED
        return text
    if value is None:
        return NoId.ABSENT
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOATS:
        return clean_id(int(value))
    return NoId.WRONG


def is_blank(value: Json) -> bool:
    """Whether nothing was given: null, or text that is empty or spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def clean_event(value: Json) -> str | None:
    """The event's name, trimmed; None when the value names none. A whole number is a name too."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
