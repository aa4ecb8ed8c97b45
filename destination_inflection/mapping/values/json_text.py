"""Text that holds JSON, most often an object or a list, which warehouses store so. Pure.

A text above `LONGEST_READ` is not read: it stays a text, as one that is not JSON.
"""

from contextlib import suppress
from typing import Final

from destination_inflection.json_reading import read_exactly, read_leniently
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.lengths import LONGEST_READ
from destination_inflection.mapping.values.remembered import remembered

_BLANKS: Final = " \t\r\n"


# The paths of a rule reach into the same text one after the other. What is read is never changed.
@remembered(16, longest=64 * 1024)
def json_inside(text: str) -> JsonObject | list[Json] | None:
    """The object or list that a text holds as JSON; None where it holds something else.

    What Python writes by default is not always JSON: NaN in it is left out.
    """
    if len(text) > LONGEST_READ or text.lstrip(_BLANKS)[:1] not in ("{", "["):
        return None
    with suppress(ValueError, RecursionError):
        found = read_json(text)
        return found if isinstance(found, dict | list) else None
    return None


def read_json(text: str) -> Json:
    """What a text says as JSON. NaN in it, which Python writes by default, is left out.

    Raises:
        ValueError: it is not JSON, or is too long to be read.
        RecursionError: it is nested too deeply.
    """
    if len(text) > LONGEST_READ:
        raise ValueError("too long")
    try:
        return read_exactly(text)
    except (ValueError, RecursionError):
        return read_leniently(text)
