"""Columns by their names, and the paths that reach into them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.column_types import BOOLEAN, UNKNOWN, ColumnType, Kind
from destination_inflection.mapping.tables.columns import column, is_blocked, is_there
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import message

PATHS = ["p", "p.a", "p.0", "p.a.0", "p.0.a", "p.a.b.1", "p.99999999999999999999"]
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(["", "x", "{}", '{"a": [1]}', '[{"a": null}]', "{broken", '{"a": NaN}']),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab0"), inner),
    max_leaves=8,
)


def test_columns_are_tried_in_order_and_dots_reach_into_objects() -> None:
    table = Table(None, "p", ("uid", "profile", "mail", "a.b"))
    rule = Rule("p", "identify", user_id=("uid", "profile.id"), email=("mail", "profile.email"))
    row: JsonObject = {"profile": {"id": 5, "email": "x@y.example"}, "a.b": 1}
    assert message(table, row, rule)["userId"] == "5"
    assert message(table, row, rule)["traits"] == {
        "profile": {"id": 5, "email": "x@y.example"},
        "a.b": 1,
        "email": "x@y.example",
    }


def test_a_column_with_a_dot_in_its_name_is_itself() -> None:
    table = Table(None, "p", ("a.b", "a", "mail"))
    rule = Rule("p", "identify", user_id=("a.b",), email=("mail",))
    assert message(table, {"a.b": "flat", "a": {"b": "deep"}, "mail": "a@b.c"}, rule)["userId"] == (
        "flat"
    )


def test_a_path_may_start_with_a_column_with_a_dot() -> None:
    table = Table(None, "p", ("a.b", "mail"))
    rule = Rule("p", "identify", user_id=("a.b.c",), email=("mail",))
    row: JsonObject = {"a.b": {"c": "deep"}, "mail": "a@b.c"}
    assert message(table, row, rule)["userId"] == "deep"


PROFILE: JsonObject = {"id": 5, "emails": [{"value": "x@y.example"}, {"value": "z@y.example"}]}


@pytest.mark.parametrize(
    "profile", [PROFILE, json.dumps(PROFILE), f"  {json.dumps(PROFILE, indent=1)}"]
)
def test_paths_reach_into_lists_and_into_text_that_holds_json(profile: Json) -> None:
    table = Table(None, "p", ("profile",))
    rule = Rule("p", "identify", user_id=("profile.id",), email=("profile.emails.1.value",))
    sent = message(table, {"profile": profile}, rule)
    assert sent["userId"] == "5"
    assert sent["traits"] == {"profile": profile, "email": "z@y.example"}


def test_json_inside_json_is_reached_too() -> None:
    row: JsonObject = {"_airbyte_data": json.dumps({"user": json.dumps({"id": 7})})}
    assert column("_airbyte_data.user.id", ()).read(row) == 7


@pytest.mark.parametrize(
    ("value", "blocked"),
    [
        (None, False),
        ("", False),
        ("  ", False),
        ({}, False),
        ({"a": None}, False),
        ({"a": {"b": 1}}, False),
        ({"a": []}, True),
        ('{"a": {"b": 1}}', False),
        ('{"a": NaN}', False),
        ("text", True),
        ("{broken", True),
        (5, True),
        (False, True),
        ({"a": 5}, True),
        ({"a": "x"}, True),
        ({"a": {"b": 5}}, False),
        ([], True),
        ('"text"', True),
    ],
)
def test_a_path_that_something_else_ends_is_told(value: Json, blocked: bool) -> None:
    assert is_blocked(column("p.a.b", ()), {"p": value}) is blocked


@given(row=st.dictionaries(st.sampled_from(["p", "q"]), json_values), path=st.sampled_from(PATHS))
def test_reading_a_path_never_fails(row: JsonObject, path: str) -> None:
    found = column(path, ())
    value = found.read(row)
    assert not (value is not None and is_blocked(found, row))
    assert value is None or is_there(found, row)


def test_what_a_path_does_not_reach_is_counted() -> None:
    table = Table(None, "p", ("id", "email", "profile"))
    fields = (FieldRule("profile.plan", name="plan"),)
    rule = Rule("p", "identify", fields=fields, other_columns="drop")
    (found,) = plan_stream(table, (rule,)).map(
        {"id": 1, "email": "a@b.example", "profile": "free text"}, None
    )
    assert isinstance(found, Call)
    assert found.unreadable == ("profile.plan",)


@pytest.mark.parametrize("profile", [{"plan": "p", "ssn": 1}, '{"plan": "p", "ssn": 1}'])
def test_what_a_field_speaks_of_is_not_sent_inside_its_column_either(profile: Json) -> None:
    table = Table(None, "p", ("id", "email", "profile"))
    fields = (FieldRule("profile.ssn", transform="omit"), FieldRule("profile.none", name="n"))
    rule = Rule("p", "identify", fields=fields)
    sent = message(table, {"id": 1, "email": "a@b.example", "profile": profile}, rule)["traits"]
    assert isinstance(sent, dict)
    left = sent["profile"]
    assert (json.loads(left) if isinstance(left, str) else left) == {"plan": "p"}
    assert type(left) is type(profile)


LIST = ColumnType(frozenset({Kind.LIST}), item=ColumnType(frozenset({Kind.OBJECT})))
OBJECT = ColumnType(
    frozenset({Kind.OBJECT}),
    inside={"id": ColumnType(frozenset({Kind.NUMBER})), "tags": LIST},
)
NUMBER = ColumnType(frozenset({Kind.NUMBER}))


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        (LIST, "x", ['declares "x" to hold array', "user_id", '"x.0.id"']),
        (LIST, "x.value", ['declares "x" to hold array']),
        (ColumnType(frozenset({Kind.TEXT}), is_time=True), "x.id", ['declares "x" to hold string']),
        (OBJECT, "x", ['declares "x" to hold object', '"x.id"']),
        (OBJECT, "x.tags", ['declares "x.tags" to hold array', "user_id"]),
        (OBJECT, "x.id.more", ['declares "x.id" to hold number']),
        (NUMBER, "x.id", ['declares "x" to hold number']),
        (BOOLEAN, "x", ['declares "x" to hold boolean']),
        (OBJECT, "x.id", []),
        (OBJECT, "x.unknown", []),
        (OBJECT, "x.tags.0.id", []),
        (UNKNOWN, "x.id", []),
        (ColumnType(frozenset({Kind.TEXT})), "x.id", []),
        (ColumnType(frozenset({Kind.TEXT, Kind.LIST})), "x", []),
    ],
)
def test_a_column_that_can_never_be_text_is_an_error_before_the_first_record(
    kind: ColumnType, path: str, words: list[str]
) -> None:
    table = Table(None, "t", ("x", "email"), types={"x": kind})
    rule = Rule("t", "identify", user_id=(path,))
    if not words:
        plan_stream(table, (rule,))
        return
    with pytest.raises(ConfigError) as caught:
        plan_stream(table, (rule,))
    for word in words:
        assert word in caught.value.message


def test_a_list_of_orgs_is_not_one_org() -> None:
    table = Table(None, "org_members", ("user_id", "org_id"), types={"org_id": LIST})
    with pytest.raises(ConfigError, match="array"):
        plan_stream(table, ())


def test_a_field_that_leads_nowhere_is_an_error_before_the_first_record() -> None:
    table = Table(None, "t", ("id", "email", "x"), types={"x": NUMBER})
    with pytest.raises(ConfigError, match="nothing at"):
        plan_stream(table, (Rule("t", "identify", fields=(FieldRule("x.a"),)),))


@pytest.mark.parametrize(
    ("columns", "types", "feed"),
    [
        ("user_id email updated_at", {"updated_at": OBJECT}, ("timestamp", "emitted_at")),
        ("user_id event event_type time", {"event": OBJECT}, ("event", "event_type")),
    ],
)
def test_a_column_that_only_convention_names_is_passed_over_if_it_can_t_fit(
    columns: str, types: dict[str, ColumnType], feed: tuple[str, str]
) -> None:
    table = Table(None, "users", tuple(columns.split()), types=types)
    (part,) = plan_stream(table, ()).parts
    assert feed in {(each.to, each.source) for each in part.description.feeds}


@pytest.mark.parametrize("prof", ["[]", [], '"text"', 5])
def test_what_a_path_does_not_reach_clears_nothing(prof: Json) -> None:
    table = Table(None, "t", ("id", "email", "prof"))
    fields = (FieldRule("prof.plan", name="plan"),)
    rule = Rule("t", "identify", fields=fields, nulls="send", other_columns="drop")
    sent = message(table, {"id": 1, "email": "a@b.example", "prof": prof}, rule)
    assert sent["traits"] == {"email": "a@b.example"}


@pytest.mark.parametrize("name", ["customer_id", "CUSTOMER_ID", "Customer_Id", " customer_id"])
def test_a_rule_finds_a_column_in_any_case_if_it_is_the_only_one(name: str) -> None:
    assert column(name.strip(), ("CUSTOMER_ID", "IS_ACTIVE")).top == "CUSTOMER_ID"
    assert column("a", ("A", "a")).top == "a"
    assert column("aa", ("Aa", "AA")).top == "aa"


@pytest.mark.parametrize("listed", ["Last, First", "missing, Last, First", "uid"])
def test_a_text_that_is_a_whole_column_is_that_column(listed: str) -> None:
    table = Table(None, "t", ("Last, First", "uid", "email"))
    rules = (Rule("t", "identify", user_id=(listed,), email=("email",)),)
    row: JsonObject = {"Last, First": "a", "uid": "a", "email": "a@b.example"}
    if listed.startswith("missing"):
        with pytest.raises(ConfigError, match="missing"):
            plan_stream(table, rules)
    else:
        assert message(table, row, *rules)["userId"] == "a"
