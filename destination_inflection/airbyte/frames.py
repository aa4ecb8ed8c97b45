"""What a line says of itself, found in its text: all else in it is skipped, and never parsed.

So a message can be told by its type and its stream however large, deep or oddly written it is.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Final, TypeAlias

from destination_inflection.airbyte.json_text import as_written, members
from destination_inflection.json_reading import integer
from destination_inflection.json_types import JsonObject

_BLANKS: Final = b" \t\r\n"

Frame: TypeAlias = "Mapping[str, Frame | None]"
"""Which members are wanted of an object; None stands for a value that is not an object."""

STATE_FRAME: Final[Frame] = {
    "state": {
        "type": None,
        "stream": {"stream_descriptor": {"name": None, "namespace": None}},
        "sourceStats": {"recordCount": None},
    }
}
RECORD_FRAME: Final[Frame] = {"record": {"stream": None, "namespace": None}}


def picked(text: str, start: int, frame: Frame) -> JsonObject:
    """The members that `frame` wants of the object at `start`; all others are skipped unread.

    Raises:
        ValueError: the text does not hold a valid object there.
    """
    found: JsonObject = {}
    for member in members(text, start):
        if member.key not in frame:
            continue
        wanted = frame[member.key]
        found.pop(member.key, None)
        opening = text[member.value]
        if opening == "{" and wanted is not None:
            found[member.key] = picked(text, member.value, wanted)
        elif opening not in "{[":
            value = as_written(text[member.value : member.end])
            found[member.key] = json.loads(value, parse_int=integer)
    return found


def trimmed(line: bytes) -> bytes:
    """A line without what may stand around its JSON."""
    return line.strip(_BLANKS).removeprefix(BOM_UTF8).strip(_BLANKS)
