"""Points in time: text or a number in, UTC with `Z` out, the instant kept to the microsecond.

Read are:

- ISO-8601 text. After its date (`2026-01-31`, `20260131`, `2026-W05-6`) comes `T`, `t` or a blank,
  or nothing. 24:00 is the next midnight.
- Digits that are a date from 1970 to 2100: 8 are a day, 14 a day and a time of day, as a number, as
  text, or as text with a zone.
- Other numbers, and text that is only a number: 9 to 11 digits before the point are epoch seconds,
  to 14 milliseconds, to 17 microseconds, to 20 nanoseconds. Smaller ones could be anything.
- RFC 2822 text, with a year of four digits.

A zone is `Z`, an offset, UTC or GMT. A time of day without one is in the zone the reader was made
for: UTC (as Segment's own library has it) unless the user names another. There, an hour that comes
twice is the first of the two, and one that the clocks leave out is counted on from the hour before
it. A bare date is midnight UTC in every zone. The year 1, the year 9999 and the instant 0 of the
epoch are what systems write where they have no time, and are not read.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final, TypeAlias

from destination_inflection.json_types import Json

ReadTime: TypeAlias = Callable[[Json], "str | None"]
"""The instant a value says, in the one form that is sent; None when it is not a time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # no zone: in UTC
_FEWEST_EPOCH_DIGITS: Final = 9  # 1e8 seconds: March 1973
_ALL_DIGITS_SHOWN: Final = 1e16  # from here on, a float is written with an exponent
_DAY_LENGTH: Final = len("2026-01-31")
_NO_END: Final = "99991231"  # as milliseconds it would be in the year 5138
_PLACEHOLDER_YEARS: Final = (1, 9999)
# Every third character from the fifth on: in the form we write, by its length; in its relatives.
_SETTLED_MARKS: Final = {
    len("2026-01-31T12:00:00Z"): "--T::Z",
    len("2026-01-31T12:00:00.123Z"): "--T::.",
    len("2026-01-31T12:00:00.123456Z"): "--T::.",
}
_USUAL_MARKS: Final = ("--T::", "-- ::", "--")
# Zeros and what stands between them, as MySQL's 0000-00-00; days in digits that are year 1 or 9999.
_NO_TIME: Final = re.compile(r"0[-0:. TZ]*|(?:0001|9999)\d{4}(?:\d{6})?", re.ASCII | re.IGNORECASE)
_read_iso: Final = datetime.fromisoformat  # looked up once: it runs for every record

_ZONE: Final = r"(?P<zone>[ ]?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d(?:{seconds})?)?))"
_ZONE_OF_ISO: Final = _ZONE.format(seconds=r":?\d\d(?:\.\d+)?")  # some were that odd once
_ZONE_OF_DIGITS: Final = _ZONE.format(seconds="")
_NUMBER: Final = re.compile(r"(?P<whole>[1-9]\d{7,19})(?:\.(?P<fraction>\d+))?", re.ASCII)
_DIGITS_AND_ZONE: Final = re.compile(
    rf"(?P<whole>\d{{8}}(?:\d{{6}})?)(?:\.(?P<fraction>\d+))?{_ZONE_OF_DIGITS}",
    re.ASCII | re.IGNORECASE,
)
_ISO: Final = re.compile(
    rf"""
    (?P<date> \d{{4}}-\d\d-\d\d | \d{{8}}(?=[T ]) | \d{{4}}-?W\d\d(?:-?\d)? )
    (?: [T ] (?P<hour> \d\d )
        (?P<rest> (?: :\d\d(?::\d\d(?:[.,]\d+)?)? | \d\d(?:\d\d(?:[.,]\d+)?)? )? )
        {_ZONE_OF_ISO}?
      | (?P<utc> [ ](?:UTC|GMT) )
    )?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_RFC_2822: Final = re.compile(
    r"""
    (?: (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s* )?
    \d\d? \s+ (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \s+ [1-9]\d{3}
    \s+ \d\d:\d\d(?::\d\d)?
    (?P<zone> \s+ (?:[+-]\d{4}|Z|UTC?|GMT|[ECMP][SD]T) (?:\s*\([^()]*\))? )?
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)


def reader_of_times(zone: tzinfo) -> ReadTime:
    """`to_utc` for columns whose times without a zone of their own are in this one."""
    return to_utc if zone is UTC else partial(to_utc, zone=zone)


def to_utc(value: Json, zone: tzinfo | None = None) -> str | None:
    """The instant as `2026-01-31T12:00:00.123Z`; None when the value is not a time.

    `zone` is that of a time of day without one; None for UTC, which it costs nothing to be in.
    """
    try:
        if isinstance(value, str):
            if (
                value[4:20:3] == _SETTLED_MARKS.get(len(value))
                and value[-1] == "Z"
                and (value[11] != "2" or value[12] != "4")
            ):
                settled = _read_iso(value)
                return value if 1970 < settled.year < 9999 or _is_told(settled) else None
            moment = _of_text(value.strip(), zone)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            moment = _of_number(value, zone)
        else:
            return None
        return _written(moment) if moment is not None and _is_told(moment) else None
    except (ValueError, OverflowError):
        return None


def from_milliseconds(since_epoch: int) -> str | None:
    """The instant so many milliseconds after 1970 began; None beyond what a date can hold."""
    try:
        return _written(_EPOCH + timedelta(milliseconds=since_epoch))
    except OverflowError:
        return None


def is_no_time(value: Json) -> bool:
    """Whether a value gives no time: nothing at all, or what systems write where they have none."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        text = str(value).strip()
        if not text or _NO_TIME.fullmatch(text):
            return True
        moment = _of_text(text, None) if isinstance(value, str) else _of_number(value, None)
        return moment is not None and not _is_told(moment)
    except OverflowError:
        return True  # before year 1 or after 9999, in UTC
    except ValueError:
        return False


def _of_text(text: str, zone: tzinfo | None) -> datetime | None:
    """The time a text says, which in UTC may be without a zone.

    Raises:
        ValueError, OverflowError: it has the form of a time, but such a time does not exist.
    """
    if text[4:17:3] in _USUAL_MARKS:  # nothing but a time of day can follow these
        try:
            moment = _read_iso(text)
        except ValueError:
            return _of_rarer_text(text, zone)
        is_day = zone is None or len(text) <= _DAY_LENGTH
        return moment if is_day else _local(moment, zone)
    return _of_rarer_text(text, zone)


def _of_rarer_text(text: str, zone: tzinfo | None) -> datetime | None:
    if found := _NUMBER.fullmatch(text):
        return _of_digits(found["whole"], found["fraction"] or "", zone)
    if found := _DIGITS_AND_ZONE.fullmatch(text):
        return _of_calendar(found["whole"], found["fraction"] or "", found["zone"], None)
    if found := _ISO.fullmatch(text):
        own = found["zone"] or found["utc"] or ""
        moment = _of_parts(found["date"], found["hour"] or "00", found["rest"] or "", own)
        return _local(moment, zone) if found["hour"] else moment
    if found := _RFC_2822.fullmatch(text):
        moment = parsedate_to_datetime(text)  # of -0000, which is UTC, it makes no zone
        return moment if found["zone"] else _local(moment, zone)
    return None


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    """A time of day in the zone, unless it has one of its own or stands for no time."""
    if zone is None or moment.tzinfo is not None or not _is_told(moment):
        return moment
    return moment.replace(tzinfo=zone)


def _of_number(number: float, zone: tzinfo | None) -> datetime | None:
    if not 1e7 <= number < 1e20:  # NaN is not either
        return None
    digits = repr(number) if number < _ALL_DIGITS_SHOWN else str(int(number))
    whole, _, fraction = digits.partition(".")
    return _of_digits(whole, fraction, zone)


def _of_digits(whole: str, fraction: str, zone: tzinfo | None) -> datetime | None:
    """A number by its digits before and after the point: exact, as a float would not be."""
    if len(whole) in (8, 14) and _is_day(whole[:8]):
        return _of_calendar(whole, fraction, "", zone)
    if len(whole) < _FEWEST_EPOCH_DIGITS or (len(whole) == 14 and whole.startswith(_NO_END)):
        return None
    millionths = int(f"{whole}{fraction:0<6.6}")
    unit = 1000 ** ((len(whole) - _FEWEST_EPOCH_DIGITS) // 3)  # seconds, milliseconds, ...
    return _EPOCH + timedelta(microseconds=millionths // unit)


def _of_calendar(digits: str, fraction: str, own: str, zone: tzinfo | None) -> datetime | None:
    """YYYYMMDD or YYYYMMDDhhmmss; only a time of day has a fraction. `own` is its own zone."""
    day, clock = digits[:8], digits[8:]
    if not _is_day(day) or (not clock and fraction.strip("0")):
        return None
    rest = f"{clock[2:]}.{fraction}" if clock and fraction else clock[2:]
    moment = _of_parts(day, clock[:2] or "00", rest, own)
    return _local(moment, zone) if clock else moment


def _of_parts(day: str, hour: str, rest: str, zone: str) -> datetime:
    """ISO's parts, put together again with the one separator that can be nothing else."""
    zone = zone.strip().upper()
    zone = "Z" if zone in ("UTC", "GMT") else zone
    if hour != "24":
        return _read_iso(f"{day}T{hour}{rest}{zone}")
    if rest.strip(":0.,"):
        raise ValueError
    return _read_iso(f"{day}T00{rest}{zone}") + timedelta(days=1)


def _is_day(digits: str) -> bool:
    """Whether eight digits are a date as people write it today, and not some other number."""
    if not "1970" <= digits[:4] <= "2100":
        return False
    try:
        date.fromisoformat(digits)
    except ValueError:
        return False
    return True


def _is_told(moment: datetime) -> bool:
    """Whether it is a time, and not what a system writes where it has none."""
    if 1970 < moment.year < 9998:
        return True  # in every zone
    utc = _in_utc(moment)
    return utc != _EPOCH and not {moment.year, utc.year}.intersection(_PLACEHOLDER_YEARS)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _written(moment: datetime) -> str:
    text = _in_utc(moment).isoformat()
    # 2026-01-31T12:00:00.123000 -> .123: milliseconds are what the spec's own examples show.
    return f"{text.removesuffix('000')}Z" if "." in text else f"{text}Z"
