"""A text as it is, and as it reads once its escapes are undone. Pure.

Servers repeat what they were sent in many spellings: percent-encoded, HTML-escaped, as JSON text,
or several of these on top of each other. Whoever looks for something in a text looks in each of its
readings, and finds there at which place of the text it stands.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

_MOST_READINGS: Final = 16
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BACKSLASH: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[^ux])", re.DOTALL)
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Piece: TypeAlias = "tuple[str, int]"
"""A character, and how many characters of the text it stands for."""


class Span(NamedTuple):
    """A part of a text."""

    begin: int
    end: int


class Reading(NamedTuple):
    """What a text says; character `i` of it stands for `begins[i]` to `ends[i]` of the text."""

    text: str
    begins: Sequence[int]
    ends: Sequence[int]

    def span(self, begin: int, end: int) -> Span:
        """Where a part of the reading, of one character at least, stands in the text."""
        return Span(self.begins[begin], self.ends[end - 1])


def as_it_is(text: str) -> Reading:
    """The reading in which every character stands for itself."""
    return Reading(text, range(len(text)), range(1, len(text) + 1))


def readings(text: str) -> list[Reading]:
    """The text itself, then what it reads with escapes undone, each reading once."""
    found = [as_it_is(text)]
    known = {text}
    for reading in found:
        for pattern, pieces in _KINDS:
            if len(found) >= _MOST_READINGS:
                return found
            undone = _undone(reading, pattern, pieces)
            if undone is not None and undone.text not in known:
                known.add(undone.text)
                found.append(undone)
    return found


def without(reading: Reading, left_out: re.Pattern[str]) -> Reading:
    """The reading without what a pattern finds in it."""
    kept = [True] * len(reading.text)
    for match in left_out.finditer(reading.text):
        kept[match.start() : match.end()] = [False] * len(match[0])
    places = [position for position, keeps in enumerate(kept) if keeps]
    return Reading(
        "".join(reading.text[place] for place in places),
        [reading.begins[place] for place in places],
        [reading.ends[place] for place in places],
    )


def replaced(text: str, spans: Iterable[Span], by: str) -> str:
    """The text with `by` in the place of each span; spans that overlap or touch become one."""
    kept: list[str] = []
    end = 0
    for span in sorted(spans):
        if span.begin > end or not kept:
            kept += [text[end : span.begin], by]
        end = max(end, span.end)
    return "".join([*kept, text[end:]])


def _undone(
    reading: Reading, pattern: re.Pattern[str], pieces: Callable[[str], Iterator[Piece]]
) -> Reading | None:
    parts: list[str] = []
    widths: list[int] = []
    end = 0
    for match in pattern.finditer(reading.text):
        parts.append(reading.text[end : match.start()])
        widths += [1] * (match.start() - end)
        for character, width in pieces(match[0]):
            parts.append(character)
            widths.append(width)
        end = match.end()
    if not end:
        return None
    parts.append(reading.text[end:])
    widths += [1] * (len(reading.text) - end)
    places = list(accumulate(widths, initial=0))
    return Reading(
        "".join(parts),
        [reading.begins[place] for place in places[:-1]],
        [reading.ends[place - 1] for place in places[1:]],
    )


def _of_percent(escaped: str) -> Iterator[Piece]:
    raw = bytes.fromhex(escaped.replace("%", ""))
    try:
        yield from ((character, 3 * len(character.encode())) for character in raw.decode())
    except UnicodeDecodeError:
        yield from ((character, 3) for character in raw.decode("latin-1"))


def _of_entity(escaped: str) -> Iterator[Piece]:
    characters = html.unescape(escaped) or " "
    yield characters[0], len(escaped) - len(characters) + 1
    yield from ((character, 1) for character in characters[1:])


def _of_backslash(escaped: str) -> Iterator[Piece]:
    code = escaped[1:]
    character = chr(int(code[1:], 16)) if code[0] in "ux" else _LETTERS.get(code, code)
    yield character, len(escaped)


_KINDS: Final = (
    (_PERCENT, _of_percent),
    (_ENTITY, _of_entity),
    (_BACKSLASH, _of_backslash),
)
