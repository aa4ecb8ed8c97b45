"""Reads JSON as generously as it is written: what its grammar allows, and NaN besides. Pure.

The fast reader refuses some of what sources write. This one is for the rest: an escaped lone
surrogate, which can't be sent as UTF-8, becomes U+FFFD, the replacement character; a number beyond
a double's range, or an integer of more digits than Python reads, keeps its digits as text; NaN and
Infinity, which are not JSON, are left out.
"""

import json
import math
from typing import Final, cast

from destination_inflection.json_types import Json


class _NotFinite:
    """Stands for NaN, Infinity or -Infinity until it is taken out."""


_NOT_FINITE: Final = _NotFinite()


def read_leniently(text: str) -> Json:
    """Reads a JSON text without NaN and Infinity, which are null in a list.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    return sound(read_as_it_is(text))


def read_as_it_is(text: str) -> object:
    """Reads a JSON text; `sound` and `is_spoilt` know what stands there for NaN and Infinity."""
    return json.loads(
        text, parse_constant=lambda _: _NOT_FINITE, parse_float=finite, parse_int=integer
    )


def finite(digits: str) -> float | str:
    """A number as JSON writes it; beyond a double's range, its digits as text."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def integer(digits: str) -> int | str:
    """An integer as JSON writes it; one of more digits than Python reads, as text."""
    try:
        return int(digits)
    except ValueError:
        return digits


def is_spoilt(value: object) -> bool:
    """Whether there is a NaN or Infinity in a value."""
    if isinstance(value, dict):
        return any(is_spoilt(inner) for inner in value.values())
    if isinstance(value, list):
        return any(is_spoilt(inner) for inner in value)
    return value is _NOT_FINITE


def sound(value: object) -> Json:
    """The value without NaN and Infinity, which are null in a list, and without lone surrogates."""
    return cast(Json, _sound(value))


def _sound(value: object) -> object:
    if isinstance(value, dict):
        inside = value.items()
        return {_sound(name): _sound(v) for name, v in inside if v is not _NOT_FINITE}
    if isinstance(value, list):
        return [_sound(inner) for inner in value]
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return None if value is _NOT_FINITE else value
