"""Rows as contacts: the email, nesting, nulls, and what this route can't take."""

from typing import Any

import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Reject, Skip
from destination_inflection.mapping.reasons import Reason, SkipReason
from unit_tests.mapping.contact_rows import contact, mapped, plan, properties


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


def test_objects_and_arrays_go_out_as_text() -> None:
    row: JsonObject = {"address": {"city": "Ulm", "zipCode": 1}, "tags": ["a", {"b": None}]}
    assert properties(row) == {
        "address": '{"city":"Ulm","zipCode":1}',
        "tags": '["a",{}]',
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
    assert "the Developer API takes people only" in caught.value.message


def test_a_stream_may_be_skipped_here_too() -> None:
    (part,) = plan("events", ("event",), {"call": "skip"}).parts
    assert part.description.becomes == "skip"
