"""A row becomes an identify, track or group call, or a reject that says what it lacks."""

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import (
    EMITTED,
    EVENTS,
    MEMBERS,
    MESSAGES,
    NOON,
    PEOPLE,
    message,
    one,
    results,
    traits,
)


def test_people_become_identify() -> None:
    row: JsonObject = {"id": 7, "email": " a@b.example ", "name": "Ada", "gone": None}
    assert message(PEOPLE, row) == {
        "type": "identify",
        "timestamp": EMITTED,
        "userId": "7",
        "traits": {"name": "Ada", "email": "a@b.example"},
        "context": {"library": LIBRARY},
    }


def test_events_become_track() -> None:
    row: JsonObject = {"id": 1, "user_id": "u", "event": "Paid", "occurred_at": 1767225601, "x": 0}
    assert message(EVENTS, row) == {
        "type": "track",
        "timestamp": "2026-01-01T00:00:01Z",
        "userId": "u",
        "event": "Paid",
        "properties": {"id": 1, "x": 0},
        "context": {"library": LIBRARY},
    }


def test_memberships_become_group() -> None:
    row: JsonObject = {"user_id": 7, "org_id": "o", "org_plan": "team", "_airbyte_raw_id": "x"}
    assert message(MEMBERS, row) == {
        "type": "group",
        "timestamp": EMITTED,
        "userId": "7",
        "groupId": "o",
        "traits": {"plan": "team"},
        "context": {"library": LIBRARY},
    }


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        (PEOPLE, {"id": None, "email": "a@b.c"}, Reject(Reason.MISSING_USER_ID, "id")),
        (PEOPLE, {"id": "  ", "email": "a@b.c"}, Reject(Reason.MISSING_USER_ID, "id")),
        (PEOPLE, {"id": "null", "email": "a@b.c"}, Reject(Reason.INVALID_ID, "id")),
        (PEOPLE, {"id": True, "email": "a@b.c"}, Reject(Reason.INVALID_ID, "id")),
        (PEOPLE, {"id": 1e20, "email": "a@b.c"}, Reject(Reason.INVALID_ID, "id")),
        (PEOPLE, {"id": 1}, Reject(Reason.MISSING_EMAIL, "email")),
        (PEOPLE, {"id": 1, "email": ""}, Reject(Reason.MISSING_EMAIL, "email")),
        (PEOPLE, {"id": 1, "email": "nobody"}, Reject(Reason.INVALID_EMAIL, "email")),
        (PEOPLE, {"id": 1, "email": 5}, Reject(Reason.INVALID_EMAIL, "email")),
        (EVENTS, {"user_id": 1, "event": " "}, Reject(Reason.MISSING_EVENT, "event")),
        (EVENTS, {"event": "E"}, Reject(Reason.MISSING_USER_ID, "user_id")),
        (MEMBERS, {"org_id": "o"}, Reject(Reason.MISSING_USER_ID, "user_id")),
        (MEMBERS, {"user_id": 1}, Reject(Reason.MISSING_GROUP_ID, "org_id")),
        (MEMBERS, {"user_id": 1, "org_id": "none"}, Reject(Reason.INVALID_ID, "org_id")),
        (MEMBERS, {"user_id": 1, "org_id": []}, Reject(Reason.INVALID_ID, "org_id")),
        (
            MESSAGES,
            {"type": "track", "userId": "u", "event": "E", "properties": "{broken"},
            Reject(Reason.NOT_AN_OBJECT, "properties"),
        ),
        (
            MESSAGES,
            {"type": "track", "userId": "u", "event": "E", "properties": "[1]"},
            Reject(Reason.NOT_AN_OBJECT, "properties"),
        ),
        (
            PEOPLE,
            {"id": 1, "email": "a@b.c", "name": "n" * 40_000},
            Reject(Reason.TOO_LARGE),
        ),
        (
            PEOPLE,
            {"id": 1, "email": "a@b.c", "_ab_cdc_deleted_at": "2026"},
            Skip(SkipReason.DELETED),
        ),
        (
            Table(None, "PEOPLE", ("ID", "EMAIL", "_AB_CDC_DELETED_AT")),
            {"ID": 1, "EMAIL": "a@b.c", "_AB_CDC_DELETED_AT": "2026"},
            Skip(SkipReason.DELETED),
        ),
        (
            MESSAGES,
            {"type": "track", "userId": "u", "event": "E", "context": "{broken"},
            Reject(Reason.NOT_AN_OBJECT, "context"),
        ),
    ],
)
def test_a_row_that_lacks_something_says_what(
    table: Table, row: JsonObject, expected: Mapped
) -> None:
    assert one(table, row) == expected


def test_a_message_may_be_exactly_32_kib() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "name": ""}
    call = one(PEOPLE, row)
    assert isinstance(call, Call)
    row["name"] = "n" * (32 * 1024 - len(call.body))
    assert isinstance(one(PEOPLE, row), Call)
    row["name"] = f"{row['name']}n"
    assert one(PEOPLE, row) == Reject(Reason.TOO_LARGE)


def test_a_value_of_100_kb_is_too_large_unless_it_is_left_out() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "v": "x" * 100_000}
    assert results(row, {"call": "identify"}) == [Reject(Reason.TOO_LARGE)]
    assert traits({"v": "x" * 100_000}, fields=[{"column": "v", "transform": "omit"}]) == {}


def test_what_orjson_cannot_write_is_sent_all_the_same() -> None:
    deep: Json = 1
    for _ in range(300):
        deep = [deep]
    assert traits({"v": deep}) == {"v": deep}
    fields = [{"column": "n", "transform": "number"}]
    (call,) = results(
        {"id": 1, "email": "a@b.c", "n": "9" * 30}, {"call": "identify", "fields": fields}
    )
    assert isinstance(call, Call)
    assert b'"n":' + b"9" * 30 in call.body


def test_what_nobody_can_write_is_rejected() -> None:
    deep: Json = 1
    for _ in range(100_000):
        deep = [deep]
    assert results({"id": 1, "email": "a@b.c", "v": deep}, {"call": "identify"}) == [
        Reject(Reason.TOO_DEEP)
    ]


def test_a_placeholder_user_id_gives_way_to_the_anonymous_id() -> None:
    table = Table(None, "e", ("user_id", "anonymous_id", "event", "timestamp"))
    row: JsonObject = {"user_id": "null", "anonymous_id": "a", "event": "E", "timestamp": NOON}
    assert message(table, row)["anonymousId"] == "a"
    assert "userId" not in message(table, row)


def test_a_user_id_of_a_wrong_type_is_refused_even_beside_an_anonymous_id() -> None:
    table = Table(None, "e", ("user_id", "anonymous_id", "event", "timestamp"))
    row: JsonObject = {"user_id": 1e20, "anonymous_id": "a", "event": "E"}
    assert one(table, row) == Reject(Reason.INVALID_ID, "user_id")


def test_a_group_needs_a_user_id_an_anonymous_one_is_not_enough() -> None:
    rule = Rule("m", "group", anonymous_id=("anon",), user_id=("user_id",), group_id=("org_id",))
    table = Table(None, "m", ("user_id", "anon", "org_id"))
    assert one(table, {"anon": "a", "org_id": "o"}, rule) == Reject(
        Reason.MISSING_USER_ID, "user_id"
    )


def test_a_fixed_event_and_several_times() -> None:
    table = Table(None, "orders", ("id", "user_id", "paid_at", "created_at"))
    rule = Rule("orders", "track", event="Order", timestamp=("paid_at", "created_at"))
    row: JsonObject = {"id": 1, "user_id": 2, "paid_at": None, "created_at": "2026-03-01"}
    sent = message(table, row, rule)
    assert sent["event"] == "Order"
    assert sent["timestamp"] == "2026-03-01T00:00:00Z"
    assert sent["properties"] == {"id": 1, "created_at": "2026-03-01"}


def test_an_email_on_another_call_travels_in_the_context() -> None:
    table = Table(None, "e", ("user_id", "event", "timestamp", "mail"))
    rule = Rule("e", "track", email=("mail",))
    row: JsonObject = {"user_id": 1, "event": "E", "mail": "a@b.c", "timestamp": NOON}
    assert message(table, row, rule)["context"] == {
        "library": LIBRARY,
        "traits": {"email": "a@b.c"},
    }
    assert "email" not in message(table, {**row, "mail": None}, rule)
    unreadable = one(table, {**row, "mail": "?"}, rule)
    assert isinstance(unreadable, Call)
    assert unreadable.unreadable == ("mail",)
    assert b"mail" not in unreadable.body


def test_an_email_in_a_table_of_members_is_never_the_org_s() -> None:
    table = Table(None, "t", ("user_id", "org_id", "email", "plan"))
    row: JsonObject = {"user_id": 1, "org_id": "o", "email": "a@b.example", "plan": "team"}
    sent = message(table, row, Rule("t", "group"))
    assert sent["traits"] == {"plan": "team"}
    assert sent["context"] == {"library": LIBRARY, "traits": {"email": "a@b.example"}}


@pytest.mark.parametrize(
    ("table", "row", "org"),
    [
        (MEMBERS, {"user_id": 7, "org_id": " 12 ", "org_plan": "team"}, "12"),
        (MEMBERS, {"user_id": 7, "org_id": 12, "org_plan": "team"}, "12"),
        # Without traits it says nothing of the org, so it need not wait for others.
        (MEMBERS, {"user_id": 7, "org_id": "12", "org_plan": None}, None),
        (MESSAGES, {"type": "group", "userId": "u", "groupId": "g", "traits": {"n": 1}}, "g"),
        (MESSAGES, {"type": "group", "userId": "u", "groupId": "g", "traits": {}}, None),
        (MESSAGES, {"type": "track", "userId": "u", "groupId": "g", "event": "E"}, None),
        (MESSAGES, {"type": "identify", "userId": "u", "traits": {"email": "a@b.c"}}, None),
        (EVENTS, {"user_id": "u", "event": "Paid", "occurred_at": 1767225601}, None),
    ],
)
def test_a_call_has_an_org_if_it_is_a_group_with_traits(
    table: Table, row: JsonObject, org: str | None
) -> None:
    call = one(table, row)
    assert isinstance(call, Call), call
    assert call.org == org


def test_without_any_time_the_timestamp_is_left_to_the_receiver() -> None:
    (call,) = plan_stream(PEOPLE, ()).map({"id": 1, "email": "a@b.c"}, None)
    assert isinstance(call, Call)
    assert "timestamp" not in orjson.loads(call.body)


def test_rows_are_only_read() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "context": {"a": {}}}
    before = orjson.dumps(row)
    one(PEOPLE, row)
    assert orjson.dumps(row) == before
