"""Values keep their form, whatever it is, and rows are only read."""

import json

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.rules import FieldRule, Nulls, Rule
from destination_inflection.mapping.tables.column_types import BOOLEAN, UNKNOWN, ColumnType, Kind
from destination_inflection.mapping.tables.columns import column
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
    ("source", "row", "expected"),
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
    source: str, row: JsonObject, expected: JsonObject
) -> None:
    rule = Rule(
        "t", "identify", fields=(FieldRule(source, name="x"),), other_columns="drop", nulls="send"
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
def test_an_empty_text_is_not_a_value_where_the_catalog_has_another_type(
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


def test_what_also_stands_flat_is_sent_once() -> None:
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
        "properties": {"seats": 3},
    }


@pytest.mark.parametrize(
    "row",
    [
        {"status": "active", "billing": {"status": "active"}},
        {"company": {"id": 5}, "plan_id": 5},
        {"name": "Ada", "shipping": {"name": "Ada"}},
    ],
)
def test_an_object_that_is_like_a_column_by_chance_is_sent(row: JsonObject) -> None:
    assert traits(row) == row


def test_what_a_field_omits_does_not_leave_by_another_way() -> None:
    omit = {"transform": "omit"}
    hubspot: JsonObject = {"properties": {"ssn": "1", "x": 2}, "properties_ssn": "1"}
    assert traits(hubspot, fields=[{"column": "properties_ssn", **omit}]) == {
        "properties": {"x": 2}
    }
    assert traits({"data": {"ssn": "1", "x": 2}}, unwrap="data") == {"ssn": "1", "x": 2}
    flat: JsonObject = {"data": {"ssn": "1", "x": 2}, "ssn": "1"}
    assert traits(flat, unwrap="data", fields=[{"column": "ssn", **omit}]) == {"x": 2}
    dotted: JsonObject = {"profile": {"user.ssn": "1", "x": 2}}
    assert traits(dotted, fields=[{"column": "profile.user.ssn", **omit}]) == {"profile": {"x": 2}}


@pytest.mark.parametrize(
    "profile",
    ["{'ssn': '1'}", json.dumps('{"ssn": "1"}'), [{"ssn": "1"}], '[{"ssn":"1"}]', "ssn 1"],
)
@pytest.mark.parametrize("transform", ["omit", "sha256"])
def test_a_column_in_which_an_omitted_value_can_t_be_found_stays(
    profile: Json, transform: str
) -> None:
    fields = [{"column": "profile.ssn", "transform": transform, "name": "h"}]
    assert traits({"profile": profile, "x": 1}, fields=fields) == {"x": 1}
    assert traits({"profile": 5}, fields=fields) == {"profile": 5}


def test_a_twin_of_an_omitted_trait_of_a_warehouse_stays_too() -> None:
    columns = ("id", "user_id", "email", "phone", "context_traits_phone", "context_library_name")
    table = Table(None, "identifies", columns)
    row: JsonObject = {"id": "m", "user_id": "u", "email": "a@b.example", "phone": "+1"}
    rule = Rule("identifies", "identify", fields=(FieldRule("phone", transform="omit"),))
    sent = message(table, {**row, "context_traits_phone": "+1"}, rule)
    assert sent["traits"] == {"email": "a@b.example"}


def test_a_value_put_into_an_object_of_a_row_stays_in_its_own_call() -> None:
    fields = (
        FieldRule("profile.address", name="address"),
        FieldRule("lat", name="address.geo.lat"),
    )
    rule = Rule("users", "identify", fields=fields, nulls="send", other_columns="drop")
    table = Table(None, "users", ("id", "email", "profile", "lat"))
    profile = '{"address": {"geo": {"c": "NG"}}}'
    found = [
        message(table, {"id": n, "email": "a@b.example", "profile": profile, "lat": lat}, rule)
        for n, lat in ((1, 6.5), (2, None))
    ]
    places = [column("traits.address.geo.lat", ()).read(sent) for sent in found]
    assert places == [6.5, None]


def test_objects_for_one_place_are_joined_at_any_depth() -> None:
    fields = [{"column": "lat", "name": "address.geo.lat"}]
    row: JsonObject = {"lat": 1, "address": {"city": "L", "geo": {"lng": 5}}}
    assert traits(row, fields=fields) == {"address": {"city": "L", "geo": {"lat": 1, "lng": 5}}}
