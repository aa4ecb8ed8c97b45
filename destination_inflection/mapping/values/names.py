"""Names: Segment's snake_case, and column names compared without regard to their spelling."""

import re
import unicodedata
from typing import Final, TypeAlias

from destination_inflection.mapping.values.lengths import LONGEST_SENT
from destination_inflection.mapping.values.remembered import remembered

Path: TypeAlias = tuple[str, ...]
"""Names from the outermost object inwards."""

# A word is a run of capitals and digits followed by a run of small letters and digits; what is
# neither (spaces, punctuation) only separates. So CStringRef is two words, 30days is one.
_WORD: Final = re.compile(r"[A-Z0-9]+[a-z0-9]*|[a-z0-9]+")


@remembered(4096)
def snake_case(name: str) -> str:
    """`Order Completed Last 30days` -> `order_completed_last_30days`, as Segment does it.

    Segment's own function knows ASCII alone. Letters of other scripts count here as capitals or
    small letters by what they are, and as small letters where a script has no such thing. A name
    that is longer than any message stays as it is.
    """
    if len(name) > LONGEST_SENT:
        return name
    if name.isascii():
        return "_".join(_WORD.findall(name)).lower()
    classes = "".join(_class_of(char) for char in name)
    return "_".join(name[m.start() : m.end()] for m in _WORD.finditer(classes)).lower()


def camel_case(name: str) -> str:
    """`order_completed` -> `orderCompleted`; what is in camelCase stays so."""
    first, *others = snake_case(name).split("_")
    return first + "".join(word.capitalize() for word in others)


def _class_of(char: str) -> str:
    if char.isupper() or char.istitle():
        return "A"
    if char.isdigit():
        return "0"
    # Marks combine with the letter before them, as in Devanagari or decomposed accents.
    return "a" if unicodedata.category(char)[0] in "LM" else " "
