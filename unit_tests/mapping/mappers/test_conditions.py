"""A rule's condition on its rows."""

from typing import Any

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Skip
from destination_inflection.mapping.reasons import SkipReason
from unit_tests.mapping.rows import results


def is_sent(row: JsonObject, **condition: Any) -> bool:  # noqa: ANN401 - as the form has it
    rule = {"call": "identify", "user_id": "uid", "only_if": condition}
    (found,) = results({"uid": 1, "email": "a@b.example", **row}, rule)
    assert isinstance(found, Call) or found == Skip(SkipReason.NOT_WANTED)
    return isinstance(found, Call)


@pytest.mark.parametrize(
    ("value", "text", "equal"),
    [
        ("paid", "paid", True),
        (" paid ", "paid", True),
        ("Paid", "paid", False),
        (1, "1", True),
        (1.0, "1", True),
        (1.5, "1.5", True),
        (True, "true", True),
        (False, "true", False),
        (None, "paid", False),
        ("", "paid", False),
        (2**70, str(2**70), True),
        ({"a": 1}, '{"a":1}', True),
    ],
)
def test_values_are_compared_as_text(value: Json, text: str, equal: bool) -> None:
    assert is_sent({"x": value}, column="x", test="equals", value=text) is equal
    assert is_sent({"x": value}, column="x", test="not_equals", value=text) is not equal


@pytest.mark.parametrize(
    ("value", "null"), [(None, True), ("", True), (" ", True), (0, False), (False, False)]
)
def test_blank_is_null(value: Json, null: bool) -> None:
    assert is_sent({"x": value}, column="x", test="is_null") is null
    assert is_sent({"x": value}, column="x", test="not_null") is not null


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [(1, "1", False), (1, 2, True), (None, None, False), (None, "", False), (None, 0, True)],
)
def test_two_columns_may_differ(one: Json, other: Json, differ: bool) -> None:
    row: JsonObject = {"x": one, "y": other}
    assert is_sent(row, column="x", test="differs_from", value="y") is differ


def test_a_condition_reaches_inside_and_needs_its_columns() -> None:
    row: JsonObject = {"x": '{"state": "on"}'}
    assert is_sent(row, column="x.state", test="equals", value="on")
    with pytest.raises(ConfigError, match="only_if"):
        is_sent(row, column="nope", test="not_null")
    with pytest.raises(ConfigError, match="only_if"):
        is_sent(row, column="x", test="differs_from", value="nope")


@pytest.mark.parametrize(
    "condition",
    [
        {"column": "x"},
        {"test": "is_null"},
        {"value": "x"},
        {"column": "x", "test": "equals"},
        {"column": "x", "test": "is_null", "value": "y"},
        {"column": "x", "test": "like", "value": "y"},
    ],
)
def test_a_condition_that_says_half_is_an_error(condition: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="only_if"):
        is_sent({"x": 1}, **condition)


def test_a_rule_that_skips_all_rows_takes_no_condition() -> None:
    rule = {"call": "skip", "only_if": {"column": "x", "test": "not_null"}}
    with pytest.raises(ConfigError, match="opposite test"):
        results({"x": 1}, rule)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "TRUE"), ("False", "false"), (1, "1.0"), ("1.00", "1"), (-2, "-2.0")]
)
def test_spellings_of_one_value_are_equal(value: Json, text: str) -> None:
    assert is_sent({"x": value}, column="x", test="equals", value=text)
