"""What no option may hold: characters that can't be written, and numbers that are not ones.

JSON can say both, and the form's schema can't refuse them.
"""

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

from destination_inflection.config.places import place
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json

_NUL: Final = "\x00"

_Path: TypeAlias = tuple[str | int, ...]


def check_characters(document: Json) -> None:
    """Makes sure that every option can be written.

    Raises:
        ConfigError: one can't; the message names it.
    """
    for path, value in _options(document, ()):
        if isinstance(value, str) and (_NUL in value or not _is_sound(value)):
            raise ConfigError(
                f"{place(path, document)} holds a character that can't be written (NUL, or "
                "half of a surrogate pair): type it again."
            )
        if isinstance(value, float) and math.isnan(value):
            raise ConfigError(f"{place(path, document)} must be a number.")


def _is_sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _options(value: Json, path: _Path) -> Iterator[tuple[_Path, Json]]:
    """Each value with where it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            known = name if _is_sound(name) else "(unreadable)"
            yield from _options(inner, (*path, known))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _options(inner, (*path, number))
    else:
        yield path, value
