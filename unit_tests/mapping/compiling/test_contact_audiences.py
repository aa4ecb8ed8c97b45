"""Audiences of contacts: a boolean property each, or the members of a static list."""

from typing import Any

import orjson
import pytest

from destination_inflection.config.form import read_config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Reject
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.contact_rows import contact, mapped, plan


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


@pytest.mark.parametrize(("status", "member"), [("Active", True), ("paused", False), (1.0, True)])
def test_words_of_the_rule_s_own_say_who_is_in(status: Json, member: bool) -> None:
    words = {"call": "audience", "member_column": "status", "member_values": "active, 1"}
    row: JsonObject = {"email": "a@b.c", "status": status}
    assert contact(row, {**words, "list_id": "L1"})["member"] is member
    assert contact(row, {**words, "audience": "VIP"})["properties"] == {"vip": member}
    assert contact(row, words)["properties"] == {"status": member}


def test_a_row_means_member_of_the_list() -> None:
    rule = {"call": "audience", "list_id": "L1"}
    assert contact({"email": "a@b.c"}, rule)["member"] is True


def test_the_plan_names_the_list() -> None:
    rule = {"call": "audience", "list_id": "L1"}
    (part,) = plan("people", ("email",), rule).parts
    assert 'list from "L1"' in str(part.description)


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


def test_an_audience_called_email_does_not_replace_it() -> None:
    rule = {"call": "audience", "audience": "Email"}
    assert contact({"email": "a@b.c"}, rule) == {"email": "a@b.c", "properties": {}}


def test_member_columns_that_become_one_audience_are_an_error() -> None:
    rule = {"call": "audience", "member_column": "isVip, is_vip"}
    with pytest.raises(ConfigError, match="one audience"):
        plan("people", ("email", "isVip", "is_vip"), rule)
