"""Reads JSON as generously as it is written: what its grammar allows, and NaN besides. Pure.

The fast reader refuses some of what sources write. This one is for the rest: an escaped lone
surrogate, which can't be sent as UTF-8, becomes U+FFFD, the replacement character; a number beyond
a double's range, or an integer beyond 64 bits, which most readers round, keeps its digits as text;
NaN and Infinity, which are not JSON, are left out.
"""

import json
import math
import re
from typing import Final, cast

import orjson

from destination_inflection.json_types import Json


class _NotFinite:
    """Stands for NaN, Infinity or -Infinity until it is taken out."""


_NOT_FINITE: Final = _NotFinite()

_LEAST: Final = -(2**63)
_MOST: Final = 2**64 - 1
# A byte that is a digit becomes 0, a minus stays: an integer that is too long is easy to find then.
_DIGITS: Final = bytes(
    byte if byte == ord("-") else ord("0") if chr(byte).isdecimal() else ord(" ")
    for byte in range(256)
)
_4_DIGITS: Final = b"0" * 4
_19_DIGITS: Final = b"0" * 19
_20_DIGITS: Final = b"0" * 20
_LARGE: Final = re.compile(rb"(?:^|[:,\[\s])(?:\d{20,}|-\d{19,})(?:$|[,\]}\s])")


def read_exactly(text: str | bytes) -> Json:
    """Reads strict JSON; an integer beyond 64 bits is text with its digits.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    value: Json = orjson.loads(text)
    content = text if isinstance(text, bytes) else text.encode()
    return read_leniently(content.decode()) if may_be_rounded(content) else value


def may_be_rounded(content: bytes) -> bool:
    """Whether orjson may round an integer of this JSON: one that does not fit in 64 bits.

    Half a microsecond a kilobyte, for lines without long runs of digits. True too for a text in it
    that looks like such an integer.
    """
    # Of 19 digits in a row at least four are seen when only every fourth byte is looked at.
    if _4_DIGITS not in content[::4].translate(_DIGITS):
        return False
    digits = content.translate(_DIGITS)
    if _19_DIGITS not in digits:
        return False
    if _20_DIGITS not in digits and b"-" + _19_DIGITS not in digits:
        return False
    return _LARGE.search(content) is not None


def read_leniently(text: str) -> Json:
    """Reads a JSON text without NaN and Infinity, which are null in a list, as `sound` says.

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
    """The value as it can be sent, at any depth.

    NaN and Infinity are gone (null in a list), lone surrogates are replaced, and integers beyond 64
    bits are text.
    """
    return cast(Json, _sound(value))


def _sound(value: object) -> object:
    if isinstance(value, dict):
        inside = value.items()
        return {_sound(name): _sound(v) for name, v in inside if v is not _NOT_FINITE}
    if isinstance(value, list):
        return [_sound(inner) for inner in value]
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if type(value) is int and not _LEAST <= value <= _MOST:
        return str(value)
    return None if value is _NOT_FINITE else value
