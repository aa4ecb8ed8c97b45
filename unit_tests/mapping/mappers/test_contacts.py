"""Rows as contacts: names, nesting, nulls, what is not sent, and what this route can't take."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.table import Table


def plan(name: str, columns: tuple[str, ...], *rules: dict[str, Any]) -> StreamPlan:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": {"route": "developer_api"},
        "streams": [{"stream": name, **rule} for rule in rules],
    }
    table = Table(None, name, columns)
    return plan_stream(table, read_config(document).rules, [table], Takes.CONTACTS)


def mapped(row: JsonObject, *rules: dict[str, Any], name: str = "people") -> list[Mapped]:
    return plan(name, tuple(row), *rules).map(row, None)


def contact(row: JsonObject, *rules: dict[str, Any], name: str = "people") -> JsonObject:
    (call,) = mapped(row, *rules, name=name)
    assert isinstance(call, Call), call
    body: JsonObject = orjson.loads(call.body)
    return body


def properties(row: JsonObject, **rule: Any) -> object:  # noqa: ANN401
    given_row: JsonObject = {"email": "a@b.c", **row}
    rules = [{"call": "identify", **rule}] if rule else []
    return contact(given_row, *rules)["properties"]


def test_a_contact_is_its_email_and_its_properties() -> None:
    row: JsonObject = {"id": 7, "email": " Ada@B.c ", "firstName": "Ada", "Plan Name": "pro"}
    assert contact(row) == {
        "email": "Ada@B.c",
        "properties": {"first_name": "Ada", "plan_name": "pro"},
    }


def test_calls_of_one_person_are_told_by_the_email_in_any_case() -> None:
    (call,) = mapped({"email": "Ada@B.c"})
    assert isinstance(call, Call)
    assert (call.kind, call.identity) == ("contact", "ada@b.c")


def test_no_id_column_is_needed_and_none_is_sent() -> None:
    row: JsonObject = {"email": "a@b.c", "user_id": 1, "anonymous_id": "x", "plan": "free"}
    assert contact(row)["properties"] == {"plan": "free"}
    rule = {"call": "identify", "fields": [{"column": "user_id", "name": "customer_number"}]}
    assert contact(row, rule)["properties"] == {"plan": "free", "customer_number": 1}


def test_times_are_properties_like_others() -> None:
    assert properties({"updated_at": "2026-01-02"}) == {"updated_at": "2026-01-02"}


def test_what_inflection_sets_itself_is_not_sent() -> None:
    assert properties({"_source": "x", "_airbyte_id": 1, "???": 2, "a": 3}) == {"a": 3}
    (part,) = plan("people", ("email", "_source", "???")).parts
    assert part.description.left_out == (
        ("_source", "set by Inflection"),
        ("???", "no letter to make a name of"),
    )


def test_objects_and_arrays_go_out_as_text() -> None:
    row: JsonObject = {"address": {"city": "Ulm", "zipCode": 1}, "tags": ["a", {"b": None}]}
    assert properties(row) == {
        "address": '{"city":"Ulm","zipCode":1}',
        "tags": '["a",{"b":null}]',
    }


def test_a_rule_may_ask_for_objects_as_they_are() -> None:
    fields = [
        {"column": "tags", "transform": "json"},
        {"column": "address.city", "name": "home.city"},
    ]
    row: JsonObject = {"tags": ["a"], "address": {"city": "Ulm", "zip": 1}, "more": {"a": 1}}
    assert properties(row, fields=fields) == {
        "tags": ["a"],
        "home_city": "Ulm",
        "address": '{"zip":1}',
        "more": '{"a":1}',
    }


def test_nulls_are_the_rules_choice() -> None:
    assert properties({"a": None, "b": 1}) == {"b": 1}
    assert properties({"a": None, "b": 1}, nulls="send") == {"a": None, "b": 1}


def test_two_columns_that_become_one_property_are_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        plan("people", ("email", "firstName", "plan", "first_name"))
    for word in ('"people"', '"firstName"', '"first_name"', "fields"):
        assert word in caught.value.message


def test_a_field_settles_two_columns_that_become_one_property() -> None:
    row: JsonObject = {"firstName": "A", "first_name": "B"}
    renamed = [{"column": "firstName", "name": "nick_name"}]
    assert properties(row, fields=renamed) == {"nick_name": "A", "first_name": "B"}
    chosen = [{"column": "first_name", "name": "first_name"}]
    assert properties(row, fields=chosen) == {"first_name": "B"}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"email": None}, Reason.MISSING_EMAIL),
        ({"email": "ada"}, Reason.INVALID_EMAIL),
        ({"email": "a@b.c", "text": "x" * 33_000}, Reason.TOO_LARGE),
    ],
)
def test_rejects(row: JsonObject, reason: Reason) -> None:
    (result,) = mapped(row)
    assert isinstance(result, Reject)
    assert result.reason is reason


def test_a_deleted_row_is_left_out() -> None:
    assert mapped({"email": "a@b.c", "_ab_cdc_deleted_at": "2026"}) == [Skip(SkipReason.DELETED)]


def test_a_warehouses_users_lose_their_system_columns_and_context() -> None:
    row: JsonObject = {
        "id": "u1",
        "email": "a@b.c",
        "plan": "free",
        "received_at": "2026-01-01",
        "uuid_ts": "2026-01-01",
        "context_ip": "10.0.0.1",
    }
    assert contact(row, name="users") == {"email": "a@b.c", "properties": {"plan": "free"}}


@pytest.mark.parametrize(
    ("name", "columns", "rules"),
    [
        ("events", ("user_id", "event", "timestamp"), []),
        ("members", ("user_id", "org_id"), []),
        ("messages", ("type", "user_id", "traits", "message_id"), []),
        ("any", ("user_id", "org_id", "email"), [{"call": "group"}]),
        ("any", ("user_id", "x"), [{"call": "track", "event": "E"}]),
    ],
)
def test_what_this_route_cant_take_is_said_at_the_start(
    name: str, columns: tuple[str, ...], rules: list[dict[str, Any]]
) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(name, columns, *rules)
    for word in (f'"{name}"', "event_endpoint", "people only"):
        assert word in caught.value.message


def test_an_event_table_with_an_email_is_not_taken_for_people() -> None:
    with pytest.raises(ConfigError) as caught:
        plan("events", ("email", "user_id", "event", "timestamp"))
    assert "people and as events" in caught.value.message


def test_a_stream_may_be_skipped_here_too() -> None:
    (part,) = plan("events", ("event",), {"call": "skip"}).parts
    assert part.description.becomes == "skip"


# Audiences


def test_an_audience_is_a_boolean_property() -> None:
    rule = {"call": "audience", "audience": "Big Spenders"}
    assert contact({"email": "a@b.c", "id": 1}, rule) == {
        "email": "a@b.c",
        "properties": {"big_spenders": True},
    }
    row: JsonObject = {"email": "a@b.c", "_ab_cdc_deleted_at": "2026"}
    assert contact(row, rule)["properties"] == {"big_spenders": False}


def test_an_audience_needs_an_email_here() -> None:
    rule = {"call": "audience", "audience": "A"}
    (result,) = mapped({"email": None}, rule)
    assert isinstance(result, Reject)
    with pytest.raises(ConfigError, match="email"):
        plan("people", ("id",), rule)


def test_an_audience_may_be_a_static_list() -> None:
    rule = {"call": "audience", "list_id": "L1", "member_column": "active"}
    (call,) = mapped({"email": "Ada@b.c", "active": "no"}, rule)
    assert isinstance(call, Call)
    assert (call.kind, call.identity) == ("member", "ada@b.c")
    assert orjson.loads(call.body) == {"email": "Ada@b.c", "list_id": "L1", "member": False}


def test_a_row_means_member_of_the_list() -> None:
    rule = {"call": "audience", "list_id": "L1"}
    assert contact({"email": "a@b.c"}, rule)["member"] is True


@pytest.mark.parametrize("more", [{"audience_column": "a"}, {"member_column": "a, b"}])
def test_a_static_list_is_one_audience(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="one static list"):
        plan("people", ("email", "a", "b"), {"call": "audience", "list_id": "L1", **more})


def test_a_static_list_needs_this_route() -> None:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": {"route": "event_endpoint", "endpoint_url": "https://in.example"},
        "streams": [{"stream": "people", "call": "audience", "list_id": "L1"}],
    }
    with pytest.raises(ConfigError, match="developer_api"):
        plan_stream(Table(None, "people", ("id", "email")), read_config(document).rules)


def test_engages_tables_become_properties() -> None:
    columns = ("audience_key", "user_id", "email", "uuid_ts")
    (call,) = plan("audience_entered", columns).map(
        {"audience_key": "Big Spenders", "email": "a@b.c"}, None
    )
    assert isinstance(call, Call)
    assert orjson.loads(call.body)["properties"] == {"big_spenders": True}


@given(st.dictionaries(st.text(max_size=12), st.none() | st.integers() | st.text(max_size=5)))
def test_every_name_is_snake_case_and_no_value_is_made_up(row: dict[str, Any]) -> None:
    # Without columns declared, names that collide are settled row by row: the first one counts.
    table = Table(None, "people", ())
    rules = read_config(
        {
            "api_key": "some-key",
            "delivery": {"route": "developer_api"},
            "streams": [{"stream": "people", "call": "identify", "email": "email"}],
        }
    ).rules
    found = plan_stream(table, rules, [table], Takes.CONTACTS)
    (call,) = found.map({**row, "email": "a@b.c"}, None)
    assert isinstance(call, Call)
    sent: dict[str, Any] = json.loads(call.body)["properties"]
    assert all(name == name.lower() and name.strip("_") == name for name in sent)
    assert set(sent.values()) <= set(row.values())


@pytest.mark.parametrize(
    ("columns", "rules"),
    [
        (("work_email", "email"), [{"call": "identify", "email": "work_email, email"}]),
        (("email", "uid", "user_id"), [{"call": "identify", "user_id": "uid, user_id"}]),
        (("work_email", "email"), [{"call": "identify", "email": "work_email"}]),
        (("email", "received_at", "context_traits_email", "uuid_ts", "id"), [{"call": "identify"}]),
    ],
)
def test_neither_the_email_nor_an_id_is_sent_twice(
    columns: tuple[str, ...], rules: list[dict[str, Any]]
) -> None:
    row: dict[str, Any] = {name: f"{name}@b.c" for name in columns}
    (call,) = plan("people", columns, *rules).map({**row, "Email": "other@b.c"}, None)
    assert isinstance(call, Call)
    assert json.loads(call.body)["properties"] == {}


def test_an_audience_called_email_does_not_replace_it() -> None:
    rule = {"call": "audience", "audience": "Email"}
    assert contact({"email": "a@b.c"}, rule) == {"email": "a@b.c", "properties": {}}


@pytest.mark.parametrize(
    "fields",
    [
        [{"column": "a", "name": "Plan"}, {"column": "b", "name": "plan"}],
        [{"column": "a", "name": "???"}],
    ],
)
def test_fields_that_become_one_property_or_none_are_an_error(fields: list[Any]) -> None:
    with pytest.raises(ConfigError, match="another name"):
        plan("people", ("email", "a", "b"), {"call": "identify", "fields": fields})


def test_fields_of_one_name_are_tried_in_order() -> None:
    fields = [{"column": "a", "name": "plan"}, {"column": "b", "name": "plan"}]
    assert properties({"a": None, "b": 2}, fields=fields) == {"plan": 2}


def test_member_columns_that_become_one_audience_are_an_error() -> None:
    rule = {"call": "audience", "member_column": "isVip, is_vip"}
    with pytest.raises(ConfigError, match="one audience"):
        plan("people", ("email", "isVip", "is_vip"), rule)
