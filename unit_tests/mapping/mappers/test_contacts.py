"""Rows as contacts: the email, nesting, nulls, and what this route can't take."""

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Reject, Skip
from destination_inflection.mapping.compiling.contact_names import flat_name
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Defaults
from destination_inflection.mapping.tables.column_types import ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.cursors import Cursor
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


@pytest.mark.parametrize("name", ["first_name", "lastname", "companyName", "TITLE"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("Ada", "Ada"), ("", ""), (7, "7"), (0, "0"), (7.5, "7.5"), (True, "true")),
        *((False, "false"), (2**70, str(2**70)), (["a", 1], '["a",1]'), ({"a": 1}, '{"a":1}')),
    ],
)
def test_inflection_s_own_properties_are_text(name: str, value: Json, text: str) -> None:
    key = flat_name([name])[0]
    assert properties({name: value}) == {key: text}
    assert properties({"x": value}, fields=[{"column": "x", "name": name}]) == {key: text}
    assert properties({name: None}) == {}
    assert properties({name: None}, nulls="send") == {key: None}


def test_inflection_s_own_properties_are_text_even_of_the_transform_json() -> None:
    fields = [{"column": "x", "name": "title", "transform": "json"}]
    assert properties({"x": '{"a":1}'}, fields=fields) == {"title": '{"a":1}'}


def test_other_properties_keep_their_types() -> None:
    row: JsonObject = {"first_names": 7, "vip": True, "job_title": 5}
    assert properties(row) == row


@pytest.mark.parametrize(
    ("company", "name"),
    [
        *(({"name": "Lumen", "seats": 3}, "Lumen"), ({"Name": "Lumen"}, "Lumen")),
        *(({"name": 7}, "7"), ({"name": True}, "true"), ('{"name": "Lumen"}', "Lumen")),
        *((' {"id": 1, "NAME": "Lumen"}', "Lumen"), ({"name": " "}, None)),
        *(({"name": {"legal": "L"}}, None), ({"id": 1}, None), ({}, None), ("{broken", None)),
        *(("Lumen", None), ('"Lumen"', None), ('["name"]', None), ([{"name": "L"}], None)),
        *((5, None), (True, None)),
    ],
)
def test_the_name_in_a_company_is_the_company_s_name(company: Json, name: str | None) -> None:
    sent = properties({"company": company})
    assert isinstance(sent, dict)
    kept = company if not isinstance(company, dict | list) else orjson.dumps(company).decode()
    assert sent == {"company": kept, **({} if name is None else {"company_name": name})}


def test_a_company_name_of_the_row_s_own_counts() -> None:
    row: JsonObject = {"company": {"name": "Lumen"}, "company_name": "Lumen Labs"}
    assert properties(row) == {"company": '{"name":"Lumen"}', "company_name": "Lumen Labs"}
    empty: JsonObject = {**row, "companyName": None}
    del empty["company_name"]
    assert properties(empty) == {"company": '{"name":"Lumen"}', "company_name": "Lumen"}
    assert properties(empty, nulls="send") == {
        "company": '{"name":"Lumen"}',
        "company_name": "Lumen",
    }


def test_a_rule_may_send_a_company_text_as_its_name() -> None:
    fields = [{"column": "company", "name": "company_name"}]
    assert properties({"company": "Lumen"}, fields=fields) == {"company_name": "Lumen"}
    assert properties({"company": "Lumen"}) == {"company": "Lumen"}


def test_the_plan_says_where_the_company_s_name_is_from() -> None:
    types = {"company": ColumnType(frozenset({Kind.OBJECT}))}

    def described(*columns: str) -> str:
        table = Table(None, "people", ("email", *columns), types=types)
        (part,) = plan_stream(table, (), takes=Takes.CONTACTS).parts
        return str(part.description)

    assert "properties: company_name from the name in company, company (" in described("company")
    assert "the name in" not in described("company", "company_name")
    assert "the name in" not in described("Company")


# The cursor.


def cursor(value: Json, zone: tzinfo = UTC) -> Cursor | None:
    table = Table(None, "people", ("email", "at"), cursor=("at",))
    plan = plan_stream(table, (), takes=Takes.CONTACTS, defaults=Defaults(time_zone=zone))
    (call,) = plan.map({"email": "a@b.c", "at": value}, 0)
    assert isinstance(call, Call)
    return call.cursor


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        *((9, 10), (1.5, 2), (-5, 3), ("9", "10"), ("9", 10), (9, "10.5"), (2**60, 2**60 + 1)),
        *(("1767225600", "1767225601"), (20260131, "20260201"), (str(10**30), 10**31)),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T11:00:00Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.001Z"),
        ("2026-01-31T12:00:00.9Z", "2026-01-31T12:00:01Z"),
        ("2026-01-31T12:00:00.12Z", "2026-01-31 12:00:00.120001 UTC"),
        ("2026-01-31", "Sat, 31 Jan 2026 12:00:00 GMT"),
        ("2026-01-31 23:59:59", "2026-02-01"),
        *(("a", "b"), ("00/0000012A", "00/0000012B"), ("Z", "a")),
    ],
)
def test_cursors_are_in_order(older: Json, newer: Json) -> None:
    first, second = cursor(older), cursor(newer)
    assert first is not None
    assert second is not None
    assert first[0] == second[0]
    assert first < second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00.000000+01:00"),
        ("2026-01-31T12:00:00.100Z", "2026-01-31T12:00:00.100000Z"),
        *((5, 5.0), (5, " 5.0 ")),
    ],
)
def test_cursors_are_equal(one: Json, other: Json) -> None:
    assert cursor(one) == cursor(other)


def test_a_cursor_is_read_in_the_zone_of_the_table() -> None:
    in_tokyo = cursor("2026-01-31 12:00:00", ZoneInfo("Asia/Tokyo"))
    assert in_tokyo == cursor("2026-01-31T03:00:00Z")


def test_cursors_of_different_kinds_are_told_by_their_kind() -> None:
    found = [cursor(value) for value in (5, "2026-01-31", "x")]
    assert len({each[0] for each in found if each is not None}) == 3


@pytest.mark.parametrize("value", [None, "", " ", True, False, {}, [], [5], {"at": 5}])
def test_what_has_no_order_is_no_cursor(value: Json) -> None:
    assert cursor(value) is None


def test_a_cursor_may_be_inside_a_column_and_there_may_be_none() -> None:
    row: JsonObject = {"email": "a@b.c", "meta": {"lsn": 5}}
    for path, expected in ((("meta", "lsn"), ("number", 5)), (("gone",), None), ((), None)):
        table = Table(None, "people", ("email", "meta"), cursor=path)
        (call,) = plan_stream(table, (), takes=Takes.CONTACTS).map(row, 0)
        assert isinstance(call, Call)
        assert call.cursor == expected


def test_nulls_are_the_rules_choice() -> None:
    assert properties({"a": None, "b": 1}) == {"b": 1}
    assert properties({"a": None, "b": 1}, nulls="send") == {"a": None, "b": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"email": None}, Reason.MISSING_EMAIL),
        ({"email": "ada"}, Reason.INVALID_EMAIL),
        ({"email": "a@b.c", "text": "x" * (4 << 20)}, Reason.TOO_LARGE),
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


# Who left an audience


AUDIENCE = {"call": "audience", "audience": "V I P"}


@pytest.mark.parametrize(
    ("row", "rule", "kind"),
    [
        ({"_ab_cdc_deleted_at": "2026"}, AUDIENCE, "contact_if_known"),
        ({"_ab_cdc_deleted_at": None}, AUDIENCE, "contact"),
        ({"gone": True}, {**AUDIENCE, "deleted_column": "gone"}, "contact_if_known"),
        ({"m": False}, {**AUDIENCE, "member_column": "m"}, "contact"),
        (
            {"m": True, "_ab_cdc_deleted_at": "2026"},
            {"call": "audience", "member_column": "m"},
            "contact_if_known",
        ),
        ({"_ab_cdc_deleted_at": "2026"}, {**AUDIENCE, "list_id": "L"}, "member"),
    ],
)
def test_only_a_deleted_row_of_an_audience_needs_a_known_contact(
    row: JsonObject, rule: dict[str, Any], kind: str
) -> None:
    (call,) = mapped({"email": "a@b.c", **row}, rule)
    assert isinstance(call, Call)
    assert call.kind == kind
