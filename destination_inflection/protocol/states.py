"""A STATE line goes back as it came, plus `destinationStats`.

The state is spliced as text, never rebuilt: the platform's `state.id`, unknown keys, their order
and numbers of any size or precision survive, because nothing re-writes them. (Airbyte's platform
1.7 and later fails the sync when `state.id` is missing from the echo.)
"""

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_VALUE: Final = json.JSONDecoder()
_STATS: Final = "destinationStats"


class _Member(NamedTuple):
    """One `"key": value` of an object, as positions in the text."""

    key: str
    begin: int
    value: int
    end: int


def with_stats(text: str, *, settled: int, rejected: int) -> str:
    """Returns the STATE line `text` with `destinationStats` in its state object.

    `settled` counts the records that were delivered or skipped, `rejected` those refused; both go
    out as floats, as the protocol types them. A line whose `state` is no object, or nests deeper
    than Python can follow, has no place for counts and is returned as it is.
    """
    try:
        return _spliced(
            text, f'"recordCount":{float(settled)},"rejectedRecordCount":{float(rejected)}'
        )
    except RecursionError:
        return text


def _spliced(text: str, counts: str) -> str:
    span = next((m for m in reversed(list(_members(text, 0))) if m.key == "state"), None)
    if span is None or text[span.value] != "{":
        return text
    body = _without_stats(text, span.value)
    rest = text[span.end :]
    separator = "" if _skip(body, 1) == len(body) - 1 else ","
    return f'{text[: span.value]}{{"{_STATS}":{{{counts}}}{separator}{body[1:]}{rest}'


def _without_stats(text: str, start: int) -> str:
    """The object at `start`, as text, without a `destinationStats` it may have brought along."""
    members = list(_members(text, start))
    end = _VALUE.raw_decode(text, start)[1]
    if all(member.key != _STATS for member in members):
        return text[start:end]
    kept = [text[m.begin : m.end] for m in members if m.key != _STATS]
    return "{" + ",".join(kept) + "}"


def _members(text: str, start: int) -> Iterator[_Member]:
    """The members of the object that begins at `start`; the text is known to be valid JSON."""
    at = _skip(text, start)
    at = _skip(text, at + 1)
    while text[at] != "}":
        begin = at
        key, at = _VALUE.raw_decode(text, begin)
        value = _skip(text, _skip(text, at) + 1)
        end = _VALUE.raw_decode(text, value)[1]
        yield _Member(key, begin, value, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
