"""Points in time: ISO-8601 or epoch in, UTC with `Z` out, the instant preserved to the microsecond.

A time without a zone is taken as UTC (as Segment's own library does), a bare date as midnight UTC.
Numbers, and text of 10 to 13 digits, are epoch seconds from 1973 (1e8) to the year 5138 (1e11) and
milliseconds beyond that; a smaller number is no timestamp: it would be a guess.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from destination_inflection.json_types import Json

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = 1e8
_FIRST_MILLISECOND: Final = 1e11
_LAST_MILLISECOND: Final = 1e14
_EPOCH_DIGITS: Final = range(10, 14)
_SETTLED_LENGTHS: Final = frozenset(
    map(len, ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00.123456Z"))
)


def to_utc(value: Json) -> str | None:
    """The instant as `2026-01-31T12:00:00.123Z`; None when the value is no timestamp."""
    try:
        if isinstance(value, str):
            text = value.strip()
            if text[-1:] == "Z" and len(text) in _SETTLED_LENGTHS and _is_settled(text):
                datetime.fromisoformat(text)
                return text
            if text.isascii() and text.isdigit() and len(text) in _EPOCH_DIGITS:
                return _from_number(int(text))
            return _written(datetime.fromisoformat(text))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _from_number(value)
    except (ValueError, OverflowError):
        return None
    return None


def from_milliseconds(emitted_at: int) -> str | None:
    """The instant of an Airbyte `emitted_at`; None when it is beyond what a date can hold."""
    try:
        return _written(_EPOCH + timedelta(milliseconds=emitted_at))
    except OverflowError:
        return None


def _is_settled(text: str) -> bool:
    """Whether text has the form we write, by far the commonest; its digits may be wrong."""
    return text[10] == "T" and text[7] == "-" and text[5] != "W" and text[19] in ".Z"


def _from_number(number: float) -> str | None:
    if _FIRST_SECOND <= number < _FIRST_MILLISECOND:
        return _written(_EPOCH + timedelta(seconds=number))
    if _FIRST_MILLISECOND <= number < _LAST_MILLISECOND:
        return _written(_EPOCH + timedelta(milliseconds=number))
    return None


def _written(moment: datetime) -> str:
    if moment.tzinfo is None:
        text = moment.isoformat()
    else:
        text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    # 2026-01-31T12:00:00.123000 -> .123: milliseconds are what the spec's own examples show.
    return f"{text.removesuffix('000')}Z" if "." in text else f"{text}Z"
