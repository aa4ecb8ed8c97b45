"""Values keep their form, whatever it is, and rows are only read."""

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.rules import FieldRule, Nulls, Rule
from destination_inflection.mapping.tables.column_types import BOOLEAN, UNKNOWN, ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import message, results, traits

VALUES: list[Json] = [
    12345678901234567890,
    -(2**63),
    1.7976931348623157e308,
    "NaN",
    "null",
    "",
    False,
    0,
    {},
    [],
    {"a.b": {"": [{}]}},
    "nul \x00 inside",
    [[[[[[[["deep"]]]]]]]],
    "2026-01-01",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_arrive_as_they_are(value: Json) -> None:
    assert traits({"v": value, "key.with.dots": value}) == {"v": value, "key.with.dots": value}


def test_nulls_can_be_sent() -> None:
    row: JsonObject = {"a": None, "b": None, "c": 1}
    fields = [{"column": "b", "name": "x", "transform": "number"}]
    assert traits(row, fields=fields) == {"c": 1}
    assert traits(row, fields=fields, nulls="send") == {"a": None, "x": None, "c": 1}


def test_a_row_is_not_changed_by_the_calls_made_of_it() -> None:
    row: JsonObject = {
        "id": 1,
        "email": "a@b.c",
        "org_id": 2,
        "address": {"city": "Oslo"},
        "address_state": "S",
    }
    before = orjson.dumps(row)
    results(row, {"call": "identify"}, {"call": "group", "user_id": "id"})
    assert orjson.dumps(row) == before


@pytest.mark.parametrize(
    ("column", "row", "expected"),
    [
        ("a", {}, {}),
        ("a", {"a": None}, {"x": None}),
        ("a", {"a": 1}, {"x": 1}),
        ("a.b", {}, {}),
        ("a.b", {"a": {}}, {}),
        ("a.b", {"a": None}, {}),
        ("a.b", {"a": {"b": None}}, {"x": None}),
        ("a.b", {"a": '{"b": null}'}, {"x": None}),
    ],
)
def test_a_value_that_is_not_there_does_not_clear_an_earlier_one(
    column: str, row: JsonObject, expected: JsonObject
) -> None:
    rule = Rule(
        "t", "identify", fields=(FieldRule(column, name="x"),), other_columns="drop", nulls="send"
    )
    given: JsonObject = {"id": 1, "email": "a@b.example", **row}
    table = Table(None, "t", ("id", "email", "a"))
    assert message(table, given, rule)["traits"] == {**expected, "email": "a@b.example"}


TEXT = ColumnType(frozenset({Kind.TEXT}))
TIME = ColumnType(frozenset({Kind.TEXT}), is_time=True)
NUMBER = ColumnType(frozenset({Kind.NUMBER}))


@pytest.mark.parametrize("nulls", ["omit", "send"])
@pytest.mark.parametrize(
    ("kind", "is_sent"),
    [
        (TEXT, True),
        (UNKNOWN, True),
        (TIME, False),
        (NUMBER, False),
        (BOOLEAN, False),
        (ColumnType(frozenset({Kind.TEXT, Kind.NUMBER})), True),
        (ColumnType(frozenset({Kind.OBJECT})), False),
    ],
)
def test_an_empty_text_is_no_value_where_the_catalog_has_another_type(
    kind: ColumnType, is_sent: bool, nulls: Nulls
) -> None:
    table = Table(None, "people", ("id", "email", "v", "w"), types={"v": kind, "w": kind})
    row: JsonObject = {"id": 1, "email": "a@b.example", "v": "", "w": ""}
    rule = Rule("people", "identify", fields=(FieldRule("w", name="x"),), nulls=nulls)
    expected: JsonObject = {"v": "", "x": ""} if is_sent else {}
    assert message(table, row, rule)["traits"] == {**expected, "email": "a@b.example"}
    assert message(table, {**row, "v": 0, "w": False}, rule)["traits"] == {
        "v": 0,
        "x": False,
        "email": "a@b.example",
    }


def test_an_object_that_also_stands_flat_is_sent_once() -> None:
    hubspot: JsonObject = {
        "properties": {"city": "Lagos", "seats": 3, "fax": None},
        "properties_city": "Lagos",
        "properties_seats": 3,
    }
    flat = {"properties_city": "Lagos", "properties_seats": 3}
    assert traits(hubspot) == flat
    assert traits({**hubspot, "properties_seats": 4}) == {
        **flat,
        "properties_seats": 4,
        "properties": {"city": "Lagos", "seats": 3},
    }
    declared = ColumnType(frozenset({Kind.OBJECT}), inside={"plan": TEXT})
    table = Table(None, "people", ("id", "email", "data", "plan"), types={"data": declared})
    row: JsonObject = {"id": 1, "email": "a@b.example", "plan": "team", "data": {"plan": "team"}}
    assert message(table, row)["traits"] == {"plan": "team", "email": "a@b.example"}
    row["data"] = {"plan": "other"}
    assert message(table, row)["traits"] == {
        "plan": "team",
        "data": {"plan": "other"},
        "email": "a@b.example",
    }
