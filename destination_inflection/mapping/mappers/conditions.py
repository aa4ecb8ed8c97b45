"""A rule's condition: rows for which it does not hold are skipped.

Values are compared as trimmed text: 1, 1.0, "1" and "1.0" are equal, and so are true, "true" and
"TRUE". Null and blank are the same. A null differs from every text, and not from another null.
"""

import re
from collections.abc import Callable
from typing import Final

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.calls import Mapped, Skip
from destination_inflection.mapping.mappers.messages import Mapper
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Comparison
from destination_inflection.mapping.tables.columns import Getter
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.transforms import to_text
from destination_inflection.mapping.values.visible import trimmed

_WHOLE: Final = re.compile(r"(-?\d+)\.0+")
_SKIPPED: Final = Skip(SkipReason.NOT_WANTED)


def only_if(mapper: Mapper, holds: Callable[[Row], bool]) -> Mapper:
    """The same mapper for rows of which `holds` is true; all others are skipped."""

    def map_row(row: Row, read_at: int | None) -> Mapped:
        return mapper(row, read_at) if holds(row) else _SKIPPED

    return map_row


def either(holds: Callable[[Row], bool], other: Callable[[Row], bool]) -> Callable[[Row], bool]:
    """Whether one of the two is true of a row."""
    return lambda row: holds(row) or other(row)


def condition(read: Getter, comparison: Comparison, other: Getter) -> Callable[[Row], bool]:
    """Whether what `read` finds in a row compares so with what `other` finds."""
    match comparison:
        case Comparison.IS_NULL:
            return lambda row: not _text(read(row))
        case Comparison.NOT_NULL:
            return lambda row: bool(_text(read(row)))
        case Comparison.EQUALS:
            return lambda row: _text(read(row)) == _text(other(row))
    return lambda row: _text(read(row)) != _text(other(row))


def _text(value: Json) -> str:
    if value is None:
        return ""
    text = trimmed(to_text(value))
    if (word := lowered(text)) in ("true", "false"):
        return word
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text
