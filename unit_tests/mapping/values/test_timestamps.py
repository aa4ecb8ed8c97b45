"""Points in time: every form that is read, by table and by property, and all that is not a time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.timestamps import (
    from_milliseconds,
    is_no_time,
    reader_of_times,
    to_utc,
)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NOON: Final = "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    "settled",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31T23:59:59.123Z",
        "2026-01-31T12:00:00.123456Z",
        "2026-01-31T12:00:00.000Z",
        "1971-01-01T00:00:00Z",
        "1970-01-01T00:00:00.001Z",
        "1969-12-31T23:59:59.000Z",
        "0002-01-01T00:00:00Z",
        "9998-12-31T23:59:59Z",
    ],
)
def test_the_form_we_write_stays_as_it_is(settled: str) -> None:
    assert to_utc(settled) == settled
    assert to_utc(f" {settled}\n") is not None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31T12:00:00.123000+00:00", "2026-01-31T12:00:00.123Z"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456Z"),
        ("2026-01-31T12:00:00.999999999Z", "2026-01-31T12:00:00.999999Z"),
        ("2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.500Z"),
        ("2026-01-31T12:00:00.1234", "2026-01-31T12:00:00.123400Z"),
        ("2026-01-31T12:00:00.1+01", "2026-01-31T11:00:00.100Z"),
        ("20260131T120000,5Z", "2026-01-31T12:00:00.500Z"),
        ("2026-01-31T120000.1Z", "2026-01-31T12:00:00.100Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("2026-01-31T01:30:00+05:30", "2026-01-30T20:00:00Z"),
        ("2026-01-31T12:00:00+02:00:30", "2026-01-31T09:59:30Z"),
        ("20260131T120000+020030", "2026-01-31T09:59:30Z"),
        ("2026-01-31T12:00:00-0800", "2026-01-31T20:00:00Z"),
        ("2026-01-31 12:00:00+02", "2026-01-31T10:00:00Z"),
        ("2026-01-31 12:00:00.5 -0800", "2026-01-31T20:00:00.500Z"),
        ("2026-01-31T12:00:00-00:00", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31 12:00:00", NOON),
        ("2026-01-31 12:00:00+00:00", NOON),
        ("2026-01-31 12:00:00 UTC", NOON),
        ("2026-01-31 12:00:00.250 GMT", "2026-01-31T12:00:00.250Z"),
        ("2026-01-31 12:00:00 utc", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31T12:00:00z", NOON),
        ("2026-01-31T12:00Z", NOON),
        ("2026-01-31T12", NOON),
        ("2026-01-31T1200", NOON),
        ("20260131T120000Z", NOON),
        ("20260131 120000", NOON),
        ("20260131T12:00:00+02:00", "2026-01-31T10:00:00Z"),
        ("2026-W05-6T12:00:00Z", NOON),
        ("2026W056T120000", NOON),
        ("2026-W05-6", "2026-01-31T00:00:00Z"),
        (" 2026-01-31 ", "2026-01-31T00:00:00Z"),
        ("2026-01-31 UTC", "2026-01-31T00:00:00Z"),
        ("1950-06-15", "1950-06-15T00:00:00Z"),
        ("1969-12-31T23:00:00-02:00", "1970-01-01T01:00:00Z"),
    ],
)
def test_iso_text(value: str, expected: str) -> None:
    assert to_utc(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31T24:00:00Z", "2026-02-01T00:00:00Z"),
        ("2026-01-31T24:00:00.000Z", "2026-02-01T00:00:00Z"),
        ("2026-12-31 24:00", "2027-01-01T00:00:00Z"),
        ("2026-01-31T24", "2026-02-01T00:00:00Z"),
        ("20260131T2400+02:00", "2026-01-31T22:00:00Z"),
        ("20260131240000", "2026-02-01T00:00:00Z"),
        (20260131240000, "2026-02-01T00:00:00Z"),
        ("2026-01-31T24:00:01Z", None),
        ("2026-01-31T24:30", None),
        ("9999-12-31T24:00:00Z", None),
        ("9998-12-31T24:00:00Z", None),
    ],
)
def test_24_o_clock_is_the_next_midnight(value: Json, expected: str | None) -> None:
    assert to_utc(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20230808120000Z", "2023-08-08T12:00:00Z"),
        ("20240101101112Z", "2024-01-01T10:11:12Z"),
        ("20240101101112z", "2024-01-01T10:11:12Z"),
        ("20240101101112", "2024-01-01T10:11:12Z"),
        (20240101101112, "2024-01-01T10:11:12Z"),
        (20240101101112.0, "2024-01-01T10:11:12Z"),
        (20240101101112.5, "2024-01-01T10:11:12.500Z"),
        ("20240101101112.000000", "2024-01-01T10:11:12Z"),
        ("20240101101112.0Z", "2024-01-01T10:11:12Z"),
        ("20240101101112+0200", "2024-01-01T08:11:12Z"),
        ("20240101101112-02:00", "2024-01-01T12:11:12Z"),
        ("20240101101112 UTC", "2024-01-01T10:11:12Z"),
        ("20260131", "2026-01-31T00:00:00Z"),
        (20260131, "2026-01-31T00:00:00Z"),
        (20260131.0, "2026-01-31T00:00:00Z"),
        ("20260131Z", "2026-01-31T00:00:00Z"),
        ("20260131+02:00", "2026-01-30T22:00:00Z"),
        ("19700102", "1970-01-02T00:00:00Z"),
        ("21001231", "2100-12-31T00:00:00Z"),
        ("19691231", None),
        ("09990101", None),
        ("21010101", None),
        ("20260230", None),
        (20261301, None),
        (20260131.5, None),
        ("20260131.5", None),
        ("20260131.5Z", None),
        ("19500615Z", None),
        ("20240101246000", None),
        ("20240101101160", None),
        # No date at its beginning: a number like others, so milliseconds.
        (17672256001234, "2530-01-05T00:00:01.234Z"),
        # Neither 8 nor 14 digits: numbers, whatever they begin with.
        ("2026013112", "2034-03-15T05:25:12Z"),
        ("202601311200", "1976-06-02T22:08:31.200Z"),
    ],
)
def test_dates_in_digits(value: Json, expected: str | None) -> None:
    assert to_utc(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100_000_000, "1973-03-03T09:46:40Z"),
        (1767225600, "2026-01-01T00:00:00Z"),
        (1767225600.0, "2026-01-01T00:00:00Z"),
        (1767225600.5, "2026-01-01T00:00:00.500Z"),
        (1767225600.123456, "2026-01-01T00:00:00.123456Z"),
        ("1767225600", "2026-01-01T00:00:00Z"),
        ("1767225600.123456789", "2026-01-01T00:00:00.123456Z"),
        (" 1767225600.25 ", "2026-01-01T00:00:00.250Z"),
        ("100000000", "1973-03-03T09:46:40Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
        (100_000_000_000, "1973-03-03T09:46:40Z"),
        (1767225600123, "2026-01-01T00:00:00.123Z"),
        (1767225600123.5, "2026-01-01T00:00:00.123500Z"),
        ("1767225600123", "2026-01-01T00:00:00.123Z"),
        ("1767225600123.999999", "2026-01-01T00:00:00.123999Z"),
        (99_999_999_999_999, "5138-11-16T09:46:39.999Z"),
        (100_000_000_000_000, "1973-03-03T09:46:40Z"),
        (1767225600123456, "2026-01-01T00:00:00.123456Z"),
        ("1767225600123456.7", "2026-01-01T00:00:00.123456Z"),
        (1e15, "2001-09-09T01:46:40Z"),
        (99_999_999_999_999_999, "5138-11-16T09:46:39.999999Z"),
        (100_000_000_000_000_000, "1973-03-03T09:46:40Z"),
        (1767225600123456789, "2026-01-01T00:00:00.123456Z"),
        ("1767225600123456789", "2026-01-01T00:00:00.123456Z"),
        (1.7672256e18, "2026-01-01T00:00:00Z"),
        (99_999_999_999_999_999_999, "5138-11-16T09:46:39.999999Z"),
    ],
)
def test_epochs_of_four_units(value: Json, expected: str) -> None:
    assert to_utc(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sat, 31 Jan 2026 12:00:00 GMT", NOON),
        ("Sat, 31 Jan 2026 12:00:00 +0000", NOON),
        ("Sat, 31 Jan 2026 13:00:00 +0100 (CET)", NOON),
        ("sat,31 jan 2026 12:00 ut", NOON),
        ("31 Jan 2026 12:00:00 UTC", NOON),
        ("31 Jan 2026 07:00:00 EST", NOON),
        ("31 Jan 2026 12:00:00 -0000", NOON),
        ("31 Jan 2026 12:00:00", NOON),
        ("1 Feb 2026 00:00:00 +1200", NOON),
        ("31 Jan 2026 12:00:00 CET", None),
        ("31 Jan 2026 12:00:00 (CET)", None),
        ("31 Jan 26 12:00:00 GMT", None),
        ("31 Jan 2026", None),
        ("31 Feb 2026 12:00:00 GMT", None),
        ("31 Jan 2026 12:00:00 +9900", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
    ],
)
def test_rfc_2822(value: str, expected: str | None) -> None:
    assert to_utc(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00Z",
        "0001-12-31 23:59:59",
        "0001-12-31T23:00:00-02:00",
        "0001-01-01T00:00:00+14:00",
        "0002-01-01T00:00:00+02:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000000Z",
        "1970-01-01",
        "1970-01-01T02:00:00+02:00",
        "1969-12-31T19:00:00-05:00",
        "19700101",
        19700101,
        19700101000000,
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31",
        "9999-01-01T00:00:00+14:00",
        "9998-12-31T23:00:00-02:00",
        0,
        "0",
    ],
)
def test_what_systems_write_where_they_have_no_time(value: Json) -> None:
    assert to_utc(value) is None


@pytest.mark.parametrize(
    "value",
    [
        # Text that goes on after its date with anything but T, t or a blank.
        *("2026-01-31_12:00:00", "2026-01-3112:00:00", "2026-01-31X12:00:00", "2026-01-31-12:00"),
        *("2026-01-31+02:00", "2026-01-31Z", "2026-01-31\t12:00:00", "20260131X120000"),
        *("20260131-120000", "2026W0561200"),
        *("2026-W05-612:00", "2026-W05-6-12:00", "2026-W05+12:00"),
        # Half an hour, or half a second? ISO and Python disagree.
        *("2026-01-31T12.5", "2026-01-31T12:00.5"),
        # Numbers that are not times.
        *(1, 5, 12345, 99_999_999, 1e20, 10**20, 10**400, -5, -1767225600, 0.5),
        *("99999999", "-1767225600", "+1767225600", "0001767225600", "1767225600.", "1.767e9"),
        *("1_767_225_600", "1,767,225,600", "1" * 21, "9" * 5000, "0x69561500"),
        *("\u0661\u0667\u0666\u0667\u0662\u0662\u0665\u0666\u0660\u0660", "1767225600 UTC"),
        *(float("nan"), float("inf"), float("-inf"), True, False),
        # No such time.
        *("2026-13-01", "2026-02-29T12:00:00Z", "2026-01-31T25:00:00Z", "2026-01-31T12:60:00Z"),
        *("2026-01-31T12:00:60Z", "2026-01-31T12:00:00+24:00", "2026-W54-1", "2026-01-31T"),
        # Something else.
        *(None, "", " ", "yesterday", "12:00:00", "2026-01", "31/01/2026", "01/31/2026 12:00"),
        *("\ud800", "2026-01-31T12:00:00\ud800Z", "\u017fun, 31 Jan 2026 12:00:00 GMT"),
        *({}, [], {"time": NOON}, [NOON]),
    ],
)
def test_what_is_not_a_time(value: Json) -> None:
    assert to_utc(value) is None


@pytest.mark.parametrize(
    ("emitted_at", "expected"),
    [(1767225600123, "2026-01-01T00:00:00.123Z"), (0, "1970-01-01T00:00:00Z"), (10**20, None)],
)
def test_emitted_at(emitted_at: int, expected: str | None) -> None:
    assert from_milliseconds(emitted_at) == expected


# Every form, by property.


def written(moment: datetime) -> str:
    """The one form times go out in."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.removesuffix('000') if '.' in text else text}Z"


def instant(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def week(moment: datetime) -> str:
    year, number, day = utc(moment).isocalendar()
    return f"{year:04}-W{number:02}-{day}"


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def decimal(number: int, places: int) -> str:
    whole, fraction = divmod(number, 10**places)
    return f"{whole}.{fraction:0{places}}"


Form = Callable[[datetime], Json]
ISO_FORMS: Final[Mapping[str, Form]] = {
    "settled": lambda m: utc(m).isoformat() + "Z",
    "offset": datetime.isoformat,
    "blank": lambda m: m.isoformat(" "),
    "blank before the offset": lambda m: f"{m:%Y-%m-%d %H:%M:%S.%f %z}",
    "offset without a colon": lambda m: f"{m:%Y-%m-%dT%H:%M:%S.%f%z}",
    "no zone": lambda m: utc(m).isoformat(),
    "lower case": lambda m: utc(m).isoformat("t") + "z",
    "UTC": lambda m: utc(m).isoformat(" ") + " UTC",
    "GMT": lambda m: utc(m).isoformat(" ") + " GMT",
    "nanoseconds": lambda m: f"{m:%Y-%m-%dT%H:%M:%S.%f}999{m:%z}",
    "comma": lambda m: f"{m:%Y-%m-%dT%H:%M:%S,%f%z}",
    "compact": lambda m: f"{m:%Y%m%dT%H%M%S.%f%z}",
    "compact with a blank": lambda m: f"{m:%Y%m%d %H%M%S.%f%z}",
    "week": lambda m: f"{week(m)}T{utc(m).time().isoformat()}Z",
    "compact week": lambda m: f"{week(m).replace('-', '')}T{utc(m):%H%M%S.%f}",
}
DIGIT_FORMS: Final[Mapping[str, Form]] = {
    "digits": lambda m: f"{utc(m):%Y%m%d%H%M%S.%f}",
    "digits and Z": lambda m: f"{utc(m):%Y%m%d%H%M%S.%f}Z",
    "digits and an offset": lambda m: f"{m:%Y%m%d%H%M%S.%f%z}",
    "digits and UTC": lambda m: f"{utc(m):%Y%m%d%H%M%S.%f} UTC",
}
WHOLE_SECOND_FORMS: Final[Mapping[str, Form]] = {
    "number": lambda m: int(f"{utc(m):%Y%m%d%H%M%S}"),
    "float": lambda m: float(f"{utc(m):%Y%m%d%H%M%S}"),
    "text": lambda m: f"{utc(m):%Y%m%d%H%M%S}",
    "text and z": lambda m: f"{utc(m):%Y%m%d%H%M%S}z",
    "text and an offset": lambda m: f"{m:%Y%m%d%H%M%S%z}",
    "RFC 2822": format_datetime,
    "RFC 2822 in GMT": lambda m: format_datetime(m.astimezone(UTC), usegmt=True),
    "epoch seconds": lambda m: microseconds(m) // 10**6,
    "epoch seconds as float": lambda m: float(microseconds(m) // 10**6),
    "epoch seconds as text": lambda m: str(microseconds(m) // 10**6),
    "epoch nanoseconds as float": lambda m: float(microseconds(m) * 1000),
}
EPOCH_FORMS: Final[Mapping[str, Form]] = {
    "seconds": lambda m: decimal(microseconds(m), 6),
    "milliseconds": lambda m: decimal(microseconds(m), 3),
    "microseconds": microseconds,
    "microseconds as text": lambda m: str(microseconds(m)),
    "nanoseconds": lambda m: microseconds(m) * 1000 + 999,
    "nanoseconds as text": lambda m: str(microseconds(m) * 1000 + 999),
}

offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Instants of these years, in any zone; the years at the ends stay the same in all zones."""
    return st.datetimes(
        datetime(first, 1, 2),  # noqa: DTZ001
        datetime(last, 12, 30),  # noqa: DTZ001
        timezones=offsets,
    ).filter(lambda moment: moment != EPOCH)


@pytest.mark.parametrize("form", ISO_FORMS)
@given(moment=moments(1000, 9998))
def test_an_instant_comes_back_from_iso_text(form: str, moment: datetime) -> None:
    text = ISO_FORMS[form](moment)
    assert to_utc(text) == (text if form == "settled" else written(moment))


@given(st.datetimes(datetime(2, 1, 2), datetime(9998, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_comes_back_from_every_zone_there_is(moment: datetime) -> None:
    offset = moment.utcoffset()
    expected = moment.astimezone(UTC)  # before it is compared: an hour that was left out is unequal
    assume(offset is not None and not offset.microseconds and expected != EPOCH)
    assert instant(to_utc(moment.isoformat())) == expected


@pytest.mark.parametrize("form", DIGIT_FORMS)
@given(moment=moments(1970, 2100))
def test_an_instant_comes_back_from_digits(form: str, moment: datetime) -> None:
    assert to_utc(DIGIT_FORMS[form](moment)) == written(moment)


@pytest.mark.parametrize("form", WHOLE_SECOND_FORMS)
@given(moment=moments(1974, 2100).map(lambda moment: moment.replace(microsecond=0)))
def test_an_instant_comes_back_from_a_form_of_whole_seconds(form: str, moment: datetime) -> None:
    assert to_utc(WHOLE_SECOND_FORMS[form](moment)) == written(moment)


@pytest.mark.parametrize("form", EPOCH_FORMS)
@given(moment=moments(1974, 2285))  # later, milliseconds have 14 digits and may look like a date
def test_an_instant_comes_back_from_an_epoch(form: str, moment: datetime) -> None:
    assert to_utc(EPOCH_FORMS[form](moment)) == written(moment)


@given(st.dates(datetime(1970, 1, 2).date(), datetime(2100, 12, 31).date()))  # noqa: DTZ001
def test_a_day_is_its_midnight_in_every_form(day: object) -> None:
    digits = str(day).replace("-", "")
    for value in (str(day), f"{day} UTC", digits, f"{digits}Z", int(digits), float(digits)):
        assert to_utc(value) == f"{day}T00:00:00Z"


# Nothing breaks it, and what comes out is always a time in the one form.

digit_texts = st.text("0123456789", max_size=25)
time_like = st.text("0123456789-+:.,TtZzW UTCGM", max_size=35)
near_dates = st.builds("{}{}".format, st.dates(), time_like)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@given(json_values | digit_texts | time_like | near_dates | digit_texts.map(lambda d: int(d or 0)))
def test_any_value_is_a_time_in_the_one_form_or_none(value: Json) -> None:
    moment = to_utc(value)
    assert moment is None or 1 < instant(moment).year < 9999
    assert moment is None or to_utc(moment) == moment
    assert not (isinstance(value, bool) and moment)


@given(near_dates)
def test_after_a_date_comes_t_or_a_blank(text: str) -> None:
    stripped = text.strip()
    if len(stripped) > 10 and to_utc(text) is not None:
        assert stripped[10] in "Tt "


@pytest.mark.parametrize("value", [99991231235959, "99991231235959", "99991231235959Z", 99991231])
def test_the_end_of_time_is_no_time(value: Json) -> None:
    assert to_utc(value) is None


# Times without a zone of their own, in the zone of the user.

BERLIN: Final = reader_of_times(ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31 12:00:00", "2026-01-31T11:00:00Z"),
        ("2026-07-31T12:00:00.123", "2026-07-31T10:00:00.123Z"),
        ("2026-01-31T12", "2026-01-31T11:00:00Z"),
        (" 2026-01-31T12:00 ", "2026-01-31T11:00:00Z"),
        ("2026-01-31t12:00", "2026-01-31T11:00:00Z"),
        ("20260131T120000", "2026-01-31T11:00:00Z"),
        ("2026-W05-6T12:00", "2026-01-31T11:00:00Z"),
        ("2026-01-31 24:00", "2026-01-31T23:00:00Z"),
        ("20260131120000", "2026-01-31T11:00:00Z"),
        ("20260131120000.5", "2026-01-31T11:00:00.500Z"),
        (20260131120000, "2026-01-31T11:00:00Z"),
        (20260131120000.0, "2026-01-31T11:00:00Z"),
        ("Sat, 31 Jan 2026 12:00:00", "2026-01-31T11:00:00Z"),
        # An hour that comes twice, and one that the clocks leave out.
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
        ("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
        # Local time before there were zones.
        ("1850-01-01 00:53:28", "1850-01-01T00:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_in_the_reader_s(value: Json, expected: str) -> None:
    assert BERLIN(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z", "2026-01-31T12:00:00-00:00"),
        *("2026-01-31 12:00:00+02:00", "2026-01-31 12:00:00 UTC", "2026-01-31T12:00z"),
        *("20260131120000Z", "20260131120000+0200", "20260131T120000Z", "2026-01-31T24:00Z"),
        *("2026-W05-6T12:00:00Z", "31 Jan 2026 12:00:00 GMT", "31 Jan 2026 12:00:00 -0000"),
        *("31 Jan 2026 07:00:00 EST", "31 Jan 2026 12:00:00 +0100 (CET)"),
        *(1767225600, 1767225600.5, 1767225600123, "1767225600", "1767225600123456", 1.7672256e18),
        *("2026-01-31", " 2026-01-31 ", "20260131", 20260131, 20260131.0, "2026-W05-6", "2026-W05"),
        *("2026-01-31 UTC", "20260131Z", "20260131+02:00"),
        *("1970-01-01", "1970-01-01 00:00:00", "9999-12-31 23:59:59", "0001-01-01 00:00:00", 0),
        *("19700101000000", 19700101000000, "9999-12-31T23:00", "0001-01-01T00", "yesterday", None),
        *("2026-01-31T25:00", "2026-01-31X12:00", "", True),
    ],
)
def test_the_reader_s_zone_changes_nothing_else(value: Json) -> None:
    assert BERLIN(value) == to_utc(value)


def test_the_instant_0_written_in_the_reader_s_zone_is_none_either() -> None:
    assert BERLIN("1970-01-01 01:00:00") is None


def test_a_number_of_too_many_digits_is_no_placeholder() -> None:
    assert not is_no_time(10**5000)


def test_utc_costs_nothing() -> None:
    assert reader_of_times(UTC) is to_utc


@given(
    st.datetimes(datetime(1971, 1, 2), datetime(2100, 12, 30)),  # noqa: DTZ001
    st.timezones(),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y%m%dT%H%M%S", "%Y%m%d%H%M%S"]),
)
def test_a_time_without_a_zone_is_that_time_in_any_zone(
    clock: datetime, zone: tzinfo, form: str
) -> None:
    text = clock.strftime(form)
    read = datetime.strptime(text, form).replace(tzinfo=zone)
    assert reader_of_times(zone)(text) == written(read)


@given(json_values | digit_texts | time_like | near_dates)
def test_a_value_is_a_time_in_every_zone_or_in_none(value: Json) -> None:
    moment = to_utc(value)
    if moment is None:
        assert BERLIN(value) is None
    elif 1970 < instant(moment).year < 9998:  # elsewhere, one of the two may be a placeholder
        assert BERLIN(value) is not None
    assert not (is_no_time(value) and moment)
