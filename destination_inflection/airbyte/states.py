"""A STATE line goes back as it came, plus `destinationStats`.

The state is spliced as text, never rebuilt: the platform's `state.id`, unknown keys, their order,
and numbers and objects of any size and depth survive, because nothing re-writes them. (Airbyte's
platform 1.7 and later fails the sync when `state.id` is missing from the echo.)
"""

from typing import Final

from destination_inflection.airbyte.json_text import (
    as_bytes,
    as_scanned,
    end_of,
    members,
    skip_space,
)

_STATS: Final = "destinationStats"


def with_stats(line: bytes, *, settled: int, rejected: int) -> bytes:
    """Returns the STATE line `line` with `destinationStats` in its state object.

    `settled` counts the records that were delivered or skipped, `rejected` those refused; both go
    out as floats, as the protocol types them. A line whose `state` is not an object, or is broken,
    has no place for counts and is returned as it is.
    """
    try:
        return as_bytes(_spliced(as_scanned(line), settled, rejected))
    except ValueError:
        return line


def _spliced(text: str, settled: int, rejected: int) -> str:
    counts = f'"recordCount":{float(settled)},"rejectedRecordCount":{float(rejected)}'
    span = next((m for m in reversed(members(text)) if m.key == "state"), None)
    if span is None or text[span.value] != "{":
        return text
    body = _without_stats(text, span.value)
    rest = text[span.end :]
    separator = "" if skip_space(body, 1) == len(body) - 1 else ","
    return f'{text[: span.value]}{{"{_STATS}":{{{counts}}}{separator}{body[1:]}{rest}'


def _without_stats(text: str, start: int) -> str:
    """The object at `start`, as text, without a `destinationStats` it may have brought along."""
    found = members(text, start)
    if all(member.key != _STATS for member in found):
        return text[start : end_of(text, start)]
    kept = [text[m.begin : m.end] for m in found if m.key != _STATS]
    return "{" + ",".join(kept) + "}"
