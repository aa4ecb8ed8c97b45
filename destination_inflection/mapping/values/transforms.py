"""Transforms of a rule's fields: one value in, one value out, or `UNREADABLE`.

Null stays null. A value that a transform can't read is left out of the message and counted.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from hashlib import sha256
from math import isfinite
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from destination_inflection.json_reading import read_exactly
from destination_inflection.json_types import Json
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.lengths import LONGEST_READ, lowered
from destination_inflection.mapping.values.timestamps import ReadTime, to_utc
from destination_inflection.mapping.values.visible import trimmed


class Unreadable(Enum):
    """The one value that stands for a value a transform can't read."""

    UNREADABLE = "unreadable"


UNREADABLE: Final = Unreadable.UNREADABLE
Transformed: TypeAlias = "Json | Unreadable"
Transform: TypeAlias = Callable[[Json], Transformed]
TransformName: TypeAlias = Literal[
    "string", "number", "boolean", "date", "json", "lower", "trim", "sha256", "omit"
]

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "on"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "off"})
_WHOLE: Final = re.compile(r"([01])\.0*")


def to_text(value: Json) -> str:
    """Text as it is; anything else as JSON."""
    return value if isinstance(value, str) else to_json(value).decode()


def to_boolean(value: Json) -> bool | Unreadable:
    """`true t yes y 1 on` and their opposites, in any case; 1 and 0 also as 1.0 and 0.00."""
    if isinstance(value, int | float):
        return value == 1 if value in (0, 1) else UNREADABLE
    text = lowered(trimmed(to_text(value)))
    if whole := _WHOLE.fullmatch(text):
        text = whole[1]
    if text in _TRUE:
        return True
    return False if text in _FALSE else UNREADABLE


def _number(value: Json) -> Transformed:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or "_" in value:
        return UNREADABLE
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        return UNREADABLE
    return number if isfinite(number) else UNREADABLE


def to_date(read_time: ReadTime) -> Transform:
    """The transform `date`: an instant, as it is read with `read_time`."""

    def date(value: Json) -> Transformed:
        moment = read_time(value)
        return UNREADABLE if moment is None else moment

    return date


def _json(value: Json) -> Transformed:
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST_READ:
        return UNREADABLE
    try:
        return read_exactly(value)
    except (ValueError, RecursionError):
        return UNREADABLE


TRANSFORMS: Final[Mapping[TransformName, Transform]] = MappingProxyType(
    {
        "string": to_text,
        "number": _number,
        "boolean": to_boolean,
        "date": to_date(to_utc),
        "json": _json,
        "lower": lambda value: lowered(value) if isinstance(value, str) else value,
        "trim": lambda value: value.strip() if isinstance(value, str) else value,
        "sha256": lambda value: sha256(to_text(value).encode()).hexdigest(),
    }
)
"""All but `omit`, which leaves the column out. `date` is in UTC; see `to_date` for other zones."""
