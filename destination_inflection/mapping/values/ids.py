"""Ids and the names of events: what counts as one, and in which form it is sent.

Sources: ids that must not be used are those Segment suggests blocking (`^[0-]*$`, `-1`, `null`,
`anonymous`) and the placeholders of other tools; a lone `0` is an id. A float is exact only below
2^53, so a larger one would be a rounded id, and so is a number in a spreadsheet's notation
(`1.57963E+17`). A character that can't be seen is not part of an id: two that look alike would be
two people.
"""

import re
from enum import Enum
from typing import Final

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.lengths import LONGEST_SENT
from destination_inflection.mapping.values.placeholders import is_placeholder
from destination_inflection.mapping.values.visible import has_invisible, trimmed

# What nearly all ids are: a digit but 0 among letters, digits and harmless signs. No placeholder is
# like that (but -1 and a spreadsheet's Err:502), nothing of it is invisible or a blank.
_ORDINARY: Final = re.compile(r"(?!-|[Ee]rr:)[A-Za-z0_.@/|:=~-]*[1-9][\w.@/|:=~-]*", re.ASCII)
_EXACT_FLOATS: Final = float(2**53)
# A spreadsheet writes 1.57963E+17, Java 1.57963E17.
_ROUNDED: Final = re.compile(r"[+-]?(?:(?:\d|\d{1,3}[.,]\d+)[eE]\+\d+|\d\.\d{3,}E\d{2})")
_OPENINGS: Final = ("{", "[")


class NoId(Enum):
    """Why a value is not an id."""

    ABSENT = "absent"
    """Null or blank: nothing was given."""
    BLOCKED = "blocked"
    """A word that stands for "nobody": it would merge unrelated people into one."""
    WRONG = "wrong"
    """A value that cannot be written as an id without changing it, or that was changed before."""


def clean_id(value: Json) -> str | NoId:
    """The id as it is sent (trimmed text), or why the value is not an id."""
    if type(value) is int:
        return NoId.BLOCKED if value == -1 else str(value)
    if isinstance(value, str):
        if value.isdigit() and value.isascii() and value[0] != "0":
            return value
        if _ORDINARY.fullmatch(value):
            return NoId.WRONG if "E" in value and _ROUNDED.fullmatch(value) else value
        text = trimmed(value)
        if not text:
            return NoId.ABSENT
        if is_placeholder(text):
            return NoId.BLOCKED
        return NoId.WRONG if _is_wrong(text) else text
    if value is None:
        return NoId.ABSENT
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_FLOATS:
        return clean_id(int(value))
    return NoId.WRONG


def _is_wrong(text: str) -> bool:
    """Whether a text can't be sent as an id; one that is longer than any message is not read."""
    if len(text) > LONGEST_SENT or has_invisible(text) or _ROUNDED.fullmatch(text):
        return True
    return _is_several(text)


def _is_several(text: str) -> bool:
    """Whether a text is an object or a list: as JSON, or as Postgres writes it (`{1,2}`)."""
    if text[0] not in _OPENINGS:
        return False
    return bool(json_inside(text)) or (text[-1] in "]}" and "," in text)


def is_blank(value: Json) -> bool:
    """Whether nothing was given: null, or text of nothing but blanks and invisible characters."""
    return value is None or (isinstance(value, str) and not trimmed(value))


def clean_event(value: Json) -> str | None:
    """The event's name, trimmed; None when the value names none. A whole number is a name too."""
    if isinstance(value, str):
        return trimmed(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
