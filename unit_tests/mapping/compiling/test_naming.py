"""How columns are called, and objects that are taken apart."""

from typing import Any

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import Defaults, FieldRule, Rule
from destination_inflection.mapping.tables.column_types import ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.contact_rows import properties
from unit_tests.mapping.rows import message, sent, traits

CAPITALS = Table(None, "USERS", ("ID", "EMAIL", "FIRST_NAME", "PLAN_TIER", "2FA", "_airbyte_x"))
ROW: JsonObject = {"ID": 1, "EMAIL": "a@b.example", "FIRST_NAME": "A", "PLAN_TIER": "t", "2FA": 1}


def test_names_in_capitals_are_written_small_unless_a_rule_says_otherwise() -> None:
    email = {"email": "a@b.example"}
    assert message(CAPITALS, ROW)["traits"] == {
        "firstName": "A",
        "plan_tier": "t",
        "2fa": 1,
        **email,
    }
    as_is = Rule("USERS", "identify", names="as_is")
    assert message(CAPITALS, ROW, as_is)["traits"] == {
        "firstName": "A",
        "PLAN_TIER": "t",
        "2FA": 1,
        **email,
    }
    everywhere = plan_stream(CAPITALS, (), defaults=Defaults(names="as_is"))
    assert "traits.PLAN_TIER" in {feed.to for feed in everywhere.parts[0].description.feeds}


def test_one_name_that_is_not_in_capitals_keeps_all_as_they_are() -> None:
    mixed = Table(None, "USERS", (*CAPITALS.columns, "signupSource"))
    assert message(mixed, {**ROW, "signupSource": "ad"})["traits"] == {
        "firstName": "A",
        "PLAN_TIER": "t",
        "2FA": 1,
        "email": "a@b.example",
        "signupSource": "ad",
    }


@pytest.mark.parametrize(
    ("names", "name", "written"),
    [
        ("snake_case", "planTier", "plan_tier"),
        ("snake_case", "Plan Tier", "plan_tier"),
        ("camelCase", "plan_tier", "planTier"),
        ("camelCase", "Plan Tier", "planTier"),
        ("camelCase", "planTier", "planTier"),
        ("as_is", "Plan Tier", "Plan Tier"),
        (None, "Plan Tier", "Plan Tier"),
        ("snake_case", "?", "?"),
        ("snake_case", "firstName", "firstName"),
        ("camelCase", "first_name", "firstName"),
    ],
)
def test_forms_of_names(names: str | None, name: str, written: str) -> None:
    option = {} if names is None else {"names": names}
    assert traits({name: 1}, **option) == {written: 1}
    assert traits({name: 1}, fields=[{"column": name}], **option) == {written: 1}
    assert traits({"x": 1}, fields=[{"column": "x", "name": "My Name"}], **option) == {"My Name": 1}


def test_what_is_inside_keeps_its_names() -> None:
    assert traits({"My Data": {"Plan Tier": 1}}, names="snake_case") == {
        "my_data": {"Plan Tier": 1}
    }


DATA: JsonObject = {"plan": "team", "seats": 3, "first_name": "A"}


@pytest.mark.parametrize("data", [DATA, '{"plan": "team", "seats": 3, "first_name": "A"}'])
def test_an_unwrapped_object_s_entries_are_fields_of_their_own(data: Json) -> None:
    assert traits({"data": data}, unwrap="data") == {"plan": "team", "seats": 3, "firstName": "A"}
    assert traits({"data": data, "plan": "own"}, unwrap="data") == {
        "plan": "own",
        "seats": 3,
        "firstName": "A",
    }
    assert traits({"data": data, "plan": None}, unwrap="data")["plan"] == "team"  # type: ignore[call-overload,index]
    assert properties({"data": data}, unwrap="data", email="email") == {
        "plan": "team",
        "seats": 3,
        "first_name": "A",
    }


@pytest.mark.parametrize("data", ["text", 5, [1], "[1]", "{broken"])
def test_what_is_not_an_object_stays_as_it_is(data: Json) -> None:
    assert traits({"data": data}, unwrap="data") == {"data": data}


def test_several_are_unwrapped_and_dropping_the_others_leaves_them() -> None:
    row: JsonObject = {"a": {"x": 1}, "b": {"y": 2}, "c": 3}
    assert traits(row, unwrap="a, b") == {"x": 1, "y": 2, "c": 3}
    assert traits(row, unwrap="a, b", other_columns="drop") == {"x": 1, "y": 2}
    assert traits({"_airbyte_data": {"x": 1}}, unwrap="_airbyte_data") == {"x": 1}
    assert traits({"_airbyte_data": "text"}, unwrap="_airbyte_data") == {}


def test_an_event_table_s_properties_are_unwrapped() -> None:
    table = Table(None, "e", ("user_id", "event", "time", "properties", "plan"))
    row: JsonObject = {"user_id": 1, "event": "E", "time": "2026-01-01", "plan": "own"}
    row["properties"] = {"plan": "inner", "pages": 4, "user_id": 9}
    assert message(table, row)["properties"] == {"plan": "own", "pages": 4}
    kept = Rule("e", "track", fields=(FieldRule("properties"),))
    assert message(table, row, kept)["properties"] == {
        "plan": "own",
        "properties": {"plan": "inner", "pages": 4, "user_id": 9},
    }


@pytest.mark.parametrize("unwrap", ["nope", "data.inner"])
def test_only_whole_columns_are_unwrapped(unwrap: str) -> None:
    with pytest.raises(ConfigError, match="unwrap"):
        traits({"data": {"inner": {}}}, unwrap=unwrap)


def test_a_column_that_never_holds_an_object_can_t_be_unwrapped() -> None:
    listed = {"data": ColumnType(frozenset({Kind.LIST}))}
    table = Table(None, "t", ("id", "email", "data"), types=listed)
    with pytest.raises(ConfigError, match="nothing to unwrap"):
        plan_stream(table, (Rule("t", "identify", unwrap=("data",)),))


def test_an_id_inside_an_unwrapped_object_is_not_sent_twice() -> None:
    found = sent(
        {"doc": {"id": 7, "email": "a@b.example", "x": 1}},
        **_rule("doc.id", "doc.email"),
    )
    assert (found["userId"], found["traits"]) == ("7", {"x": 1, "email": "a@b.example"})


def _rule(user_id: str, email: str) -> dict[str, Any]:
    return {"call": "identify", "user_id": user_id, "email": email, "unwrap": "doc"}


def test_a_fixed_event_stands_in_where_the_column_is_empty() -> None:
    rule: dict[str, Any] = {"call": "track", "event": "Other", "event_column": "what"}
    for what, event in (("Paid", "Paid"), (None, "Other"), (" ", "Other")):
        assert sent({"user_id": 1, "what": what}, **rule)["event"] == event
