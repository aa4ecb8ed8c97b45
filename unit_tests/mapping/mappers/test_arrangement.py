"""Values keep their form, whatever it is, and rows are only read."""

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from unit_tests.mapping.rows import results, traits

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
