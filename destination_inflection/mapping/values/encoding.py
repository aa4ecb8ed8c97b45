"""Writing JSON: fast, and whatever was read.

orjson reads objects nested deeper, and text with larger integers in it, than it writes; the
standard library takes over there, so that such a row costs a little time instead of an error.
"""

import json

import orjson

from destination_inflection.json_types import Json, JsonObject, Row


def to_json(value: "Json | Row") -> bytes:
    """A value as compact JSON.

    Raises:
        RecursionError: it is nested too deeply to be written at all.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def to_lasting_json(value: JsonObject) -> bytes:
    """The same for bytes that are kept by the thousand: orjson's own hold on to a buffer of 4 KiB.

    They are copied by cutting off a line break, in less than half the time that another copy takes.

    Raises:
        RecursionError: it is nested too deeply to be written at all.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)[:-1]
    except TypeError:
        return to_json(value)


def to_canonical_json(value: "Json | Row") -> bytes:
    """The same with sorted keys, so that equal values give equal bytes."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return text.encode()
