"""Takes a record's values out of a text of Inflection's, so that it can be logged. Pure.

Every word that occurs in the record goes, in any case: a long one also where it is part of a value
or a value is part of it. That takes a harmless word now and then, and leaves no value.
"""

import re
from collections.abc import Iterator
from typing import Final

from destination_inflection.json_types import Json

GONE: Final = "[...]"
_WORD: Final = re.compile(r"[\w@.+'%-]+")
_LONG: Final = 4


def scrubbed(text: str, record: Json) -> str:
    """The text with `[...]` for each word that occurs in the record."""
    values = [value for value in _leaves(record) if value]
    words = {word.strip(".'-") for value in values for word in _WORD.findall(value)}
    everything = "\n".join(values)
    long_words = [word for word in words if len(word) >= _LONG]

    def shown(match: re.Match[str]) -> str:
        word = match[0].casefold()
        core = word.strip(".'-")
        known = core in words or (len(core) >= _LONG and core in everything)
        return GONE if known or any(value in word for value in long_words) else match[0]

    return _WORD.sub(shown, text)


def _leaves(value: Json) -> Iterator[str]:
    """Every value in it as case-folded text; the names of columns are not values."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, bool) or value is None:
        return
    else:
        yield str(value).casefold()
