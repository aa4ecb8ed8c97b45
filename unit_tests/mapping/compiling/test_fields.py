"""The fields of a rule: renamed, nested, converted, constant, omitted; and what cannot work."""

from typing import Any

import orjson
import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call
from unit_tests.mapping.rows import results, sent, traits

FIELD_CASES: list[tuple[JsonObject, list[dict[str, str]], JsonObject]] = [
    ({"a": 1, "b": 2}, [{"column": "a", "name": "x"}], {"x": 1, "b": 2}),
    ({"a": 1}, [{"column": "a", "transform": "omit"}], {}),
    ({"a": {"b": {"c": 1}}}, [{"column": "a.b.c", "name": "x"}], {"x": 1}),
    ({"a": {"b": 1, "c": 2}}, [{"column": "a.b"}], {"b": 1, "a": {"c": 2}}),
    ({"a": {"b": 1, "c": 2}}, [{"column": "a.b", "transform": "omit"}], {"a": {"c": 2}}),
    (
        {"a": {"b": "abc"}},
        [{"column": "a.b", "name": "h", "transform": "sha256"}],
        {"h": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    ),
    ({"a": 5}, [{"column": "a.b", "transform": "omit"}], {"a": 5}),
    ({"a": 1}, [{"column": "a", "name": "x.y.z"}], {"x": {"y": {"z": 1}}}),
    (
        {"a": 1, "b": 2},
        [{"column": "a", "name": "x.y"}, {"column": "b", "name": "x.z"}],
        {"x": {"y": 1, "z": 2}},
    ),
    ({}, [{"value": "dbt", "name": "source"}], {"source": "dbt"}),
    ({}, [{"value": "5", "name": "n", "transform": "number"}], {"n": 5}),
    ({}, [{"value": "true", "name": "n", "transform": "boolean"}], {"n": True}),
    ({}, [{"value": '{"k":[1]}', "name": "n", "transform": "json"}], {"n": {"k": [1]}}),
    ({"x": "old"}, [{"value": "new", "name": "x"}], {"x": "new"}),
    ({"x.y": 1}, [{"column": "x.y", "name": "z"}], {"z": 1}),
    ({"town": "Oslo"}, [{"column": "town", "name": "address.city"}], {"address": {"city": "Oslo"}}),
    ({"fn": "Ada"}, [{"column": "fn", "name": "first_name"}], {"firstName": "Ada"}),
    ({"a": None, "b": 1}, [{"column": "a", "name": "b"}], {"b": 1}),
]


@pytest.mark.parametrize(("row", "fields", "expected"), FIELD_CASES)
def test_fields(row: JsonObject, fields: list[dict[str, str]], expected: JsonObject) -> None:
    assert traits(row, fields=fields) == expected


def test_a_value_that_cannot_be_converted_is_left_out_and_named() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "n": "many", "when": "soon"}
    fields = [{"column": "n", "transform": "number"}]
    (call,) = results(row, {"call": "identify", "timestamp": "when", "fields": fields})
    assert isinstance(call, Call)
    assert call.unreadable == ("when", "n")
    assert "n" not in orjson.loads(call.body)["traits"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"fields": [{"column": "emial"}]}, ['"emial"', 'nearest is "email"', "fields"]),
        ({"fields": [{"column": "a", "value": "b"}]}, ["exactly one of column and value"]),
        ({"fields": [{"name": "n"}]}, ["exactly one of column and value"]),
        ({"fields": [{"value": "b"}]}, ["needs a name"]),
        (
            {"fields": [{"value": "x", "name": "n", "transform": "number"}]},
            ['constant for "n"', "number"],
        ),
        ({"fields": [{"column": "a", "transform": "rot13"}]}, ["fields.0.transform", "sha256"]),
        ({"other_columns": "some"}, ["other_columns", "include, drop"]),
        ({"nulls": "keep"}, ["nulls", "omit, send"]),
        ({"call": "audience"}, ["audience or audience_column or member_column"]),
        ({"call": "audience", "audience": "a", "audience_column": "b"}, ["keep one of them"]),
        ({"call": "audience", "audience": "🎉"}, ["no letter"]),
        ({"call": "audience", "audience": "a", "fields": [{"column": "a"}]}, ["remove fields"]),
        ({"fields": [{"column": "a", "name": "email"}]}, ["place of the email"]),
        ({"fields": [{"column": "id", "name": "email"}]}, ["place of the email"]),
        ({"fields": [{"column": "email", "transform": "sha256"}]}, ["place of the email"]),
        ({"fields": [{"value": "x", "name": "email"}]}, ["place of the email"]),
    ],
)
def test_a_rule_that_cannot_work_says_so(rule: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        results({"id": 1, "email": "a@b.c", "a": 1}, {"call": "identify", **rule})
    for word in words:
        assert word in caught.value.message


def test_the_email_can_be_written_small() -> None:
    row: JsonObject = {"id": 1, "email": " Ada@Lumen.example "}
    fields = [{"column": "email", "transform": "lower"}]
    assert sent(row, call="identify", fields=fields)["traits"] == {"email": "ada@lumen.example"}


def test_the_email_may_be_hashed_beside_itself() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c"}
    fields = [{"column": "email", "name": "email_hash", "transform": "sha256"}]
    given = sent(row, call="identify", fields=fields)["traits"]
    assert isinstance(given, dict)
    assert given["email"] == "a@b.c"
    assert len(str(given["email_hash"])) == 64


def test_a_pattern_s_fields_may_be_missing_in_some_tables() -> None:
    fields = [{"column": "amount", "name": "revenue"}]
    rule = {"stream": "*", "call": "track", "event": "E", "fields": fields}
    assert [type(r) for r in results({"user_id": 1}, rule)] == [Call]


def test_fields_that_block_each_other_are_named() -> None:
    fields = [{"column": "a", "name": "x"}, {"column": "b", "name": "x.y"}]
    (call,) = results(
        {"id": 1, "email": "a@b.c", "a": 1, "b": 2}, {"call": "identify", "fields": fields}
    )
    assert isinstance(call, Call)
    assert call.unreadable == ("b",)
