"""Ids and event names: what is one, and how it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.ids import NoId, clean_event, clean_id


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        ("0", "0"),
        (12, "12"),
        (12.0, "12"),
        (0.0, "0"),
        (-7, "-7"),
        (" u1 ", "u1"),
        (2**53 + 1, "9007199254740993"),
        (2**63, "9223372036854775808"),
        (157963456373623802, "157963456373623802"),
        (float(2**53 - 1), "9007199254740991"),
        (float(2**53), NoId.WRONG),
        (1.2e21, NoId.WRONG),
        (12.5, NoId.WRONG),
        (True, NoId.WRONG),
        ({}, NoId.WRONG),
        (["a"], NoId.WRONG),
        (None, NoId.ABSENT),
        ("", NoId.ABSENT),
        (" \t", NoId.ABSENT),
        ("null", NoId.BLOCKED),
        ("None", NoId.BLOCKED),
        ("UNDEFINED", NoId.BLOCKED),
        ("NaN", NoId.BLOCKED),
        ("anonymous", NoId.BLOCKED),
        ("-1", NoId.BLOCKED),
        (-1, NoId.BLOCKED),
        (-1.0, NoId.BLOCKED),
        ("00", NoId.BLOCKED),
        ("00000000-0000-0000-0000-000000000000", NoId.BLOCKED),
        ("--", NoId.BLOCKED),
        ("001", "001"),
        ("-", "-"),
        ("nullable", "nullable"),
        ("a\x00b", "a\x00b"),
    ],
)
def test_ids(value: Json, expected: str | NoId) -> None:
    assert clean_id(value) == expected


@given(st.integers())
def test_an_integer_id_keeps_every_digit(value: int) -> None:
    assert clean_id(value) == (NoId.BLOCKED if value == -1 else str(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" Signed Up ", "Signed Up"), (7, "7"), ("", None), (None, None), (True, None), ([], None)],
)
def test_event_names(value: Json, expected: str | None) -> None:
    assert clean_event(value) == expected
