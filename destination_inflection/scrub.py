"""Takes a record's values out of a text of Inflection's, so that it can be logged. Pure.

Every word goes of which a piece, a run of letters or of digits, occurs in the record, in any case,
escaped or not, or is the beginning, of eight characters or more, of a longer run there. That takes
a harmless word now and then, and leaves no value that is written as it came.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize

from destination_inflection.escapes import Span, readings, replaced
from destination_inflection.json_types import Json

GONE: Final = "[...]"
_ENOUGH: Final = 8
_WORD: Final = re.compile(r"[\w\u0300-\u036f@.+'%-]+")  # accents may stand on their own
_PIECE: Final = re.compile(r"[^\W\d_]+|\d+")


def scrubbed(text: str, record: Json) -> str:
    """The text with `[...]` for each word that has a piece of the record in it."""
    known = {
        piece
        for value in _leaves(record)
        for reading in readings(value)
        for piece in _PIECE.findall(_plain(reading.text))
    }
    in_order = sorted(known)

    def gives_away(piece: str) -> bool:
        if piece in known:
            return True
        at = bisect_left(in_order, piece)
        return len(piece) >= _ENOUGH and any(k.startswith(piece) for k in in_order[at : at + 1])

    def spans() -> Iterator[Span]:
        for reading in readings(text):
            for word in _WORD.finditer(reading.text):
                if any(map(gives_away, _PIECE.findall(_plain(word[0])))):
                    yield reading.span(word.start(), word.end())

    return replaced(text, spans(), GONE)


def _plain(text: str) -> str:
    """The text in one case, and in one of the forms that letters with accents have."""
    return normalize("NFKC", text).casefold()


def _leaves(value: Json) -> Iterator[str]:
    """Every value in it as text; names of columns are not values, inner keys are."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
            if isinstance(inner, dict):
                yield from inner
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield str(value)
