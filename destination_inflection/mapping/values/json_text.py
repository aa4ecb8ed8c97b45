"""Text that holds an object or a list as JSON, as warehouses store what has no columns. Pure."""

from contextlib import suppress
from typing import Final

from destination_inflection.json_reading import read_exactly, read_leniently
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.remembered import remembered

_BLANKS: Final = " \t\r\n"


# The paths of a rule reach into the same text one after the other. What is read is never changed.
@remembered(16, longest=64 * 1024)
def json_inside(text: str) -> JsonObject | list[Json] | None:
    """The object or list that a text holds as JSON; None where it holds something else.

    What Python writes by default is not always JSON: NaN in it is left out.
    """
    if text.lstrip(_BLANKS)[:1] not in ("{", "["):
        return None
    for read in (read_exactly, read_leniently):
        with suppress(ValueError, RecursionError):
            found = read(text)
            return found if isinstance(found, dict | list) else None
    return None
