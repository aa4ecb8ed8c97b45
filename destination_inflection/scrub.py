"""Takes a record's values out of a text of Inflection's, so that it can be logged. Pure.

Every word goes of which a piece, a run of letters or of digits, occurs in the record, in any case.
That takes a harmless word now and then, and leaves no value that is written as it came.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from destination_inflection.json_types import Json

GONE: Final = "[...]"
_WORD: Final = re.compile(r"[\w@.+'%-]+")
_PIECE: Final = re.compile(r"[^\W\d_]+|\d+")


def scrubbed(text: str, record: Json) -> str:
    """The text with `[...]` for each word that has a piece of the record in it."""
    known = {piece for value in _leaves(record) for piece in _PIECE.findall(value)}

    def shown(match: re.Match[str]) -> str:
        pieces = _PIECE.findall(unquote(match[0]).casefold())
        return GONE if known.intersection(pieces) else match[0]

    return _WORD.sub(shown, text)


def _leaves(value: Json) -> Iterator[str]:
    """Every value in it as case-folded text; the names of columns are no values, inner keys are."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
            if isinstance(inner, dict):
                yield from (key.casefold() for key in inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield str(value).casefold()
