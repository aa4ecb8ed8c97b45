"""Cursors: by what a source knows which of two rows is the newer one, in a form to be compared."""

import re
from decimal import Decimal
from typing import Final, TypeAlias

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.timestamps import ReadTime

Cursor: TypeAlias = tuple[str, "float | Decimal | str"]
"""A kind and a value: of two of one kind, the greater is the newer. Two kinds can't be compared."""

_NUMBER: Final = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?", re.ASCII)


def to_cursor(value: Json, read_time: ReadTime) -> Cursor | None:
    """Numbers, also those in text, as numbers; times as instants; other text as it is.

    None for what has no order: null, blanks, booleans, objects and lists.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", value)
    if not isinstance(value, str) or not (text := value.strip()):
        return None
    if _NUMBER.fullmatch(text):
        return ("number", Decimal(text))
    if (instant := read_time(text)) is None:
        return ("text", value)
    # Without the Z, and the zeros before it, text is in the order of time.
    instant = instant[:-1]
    return ("time", instant.rstrip("0").rstrip(".") if "." in instant else instant)
