"""When a call was: the zone of a time without an offset, and rows whose time is missing."""

from datetime import UTC
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import pytest

from destination_inflection.config.form import read_config
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Mapped, Reject
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.reasons import Reason
from destination_inflection.mapping.rules import USUAL, Defaults, FieldRule, Rule
from destination_inflection.mapping.tables.column_types import ColumnType, Kind
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import EMITTED, EMITTED_AT, MESSAGES, NOON, message, one

BERLIN: Final = ZoneInfo("Europe/Berlin")
TOKYO: Final = ZoneInfo("Asia/Tokyo")
IN_BERLIN: Final = Defaults(time_zone=BERLIN)
OWN: Final = Table(None, "logins", ("user_id", "event", "at", "created_at"))
PEOPLE: Final = Table(None, "people", ("id", "email", "updated_at"))
SEGMENT: Final = Table(
    None,
    "report_shared",
    (
        *("id", "user_id", "event", "event_text", "received_at", "original_timestamp"),
        *("timestamp", "uuid_ts"),
    ),
)
LOCAL: Final = "2026-01-31 12:00:00"


def times(table: Table, row: JsonObject, *rules: Rule, defaults: Defaults = IN_BERLIN) -> Json:
    (call,) = plan_stream(table, rules, defaults=defaults).map(row, EMITTED_AT)
    assert isinstance(call, Call), call
    sent: JsonObject = orjson.loads(call.body)
    return sent["timestamp"]


def described(table: Table, *rules: Rule, defaults: Defaults = USUAL) -> str:
    (part,) = plan_stream(table, rules, defaults=defaults).parts
    return str(part.description)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (LOCAL, "2026-01-31T11:00:00Z"),
        ("2026-07-31T12:00", "2026-07-31T10:00:00Z"),
        (f"{LOCAL}+00:00", NOON),
        (f"{LOCAL} UTC", NOON),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        (1769860800, NOON),
    ],
)
def test_the_zone_of_the_form_is_that_of_the_user_s_own_tables(at: Json, expected: str) -> None:
    row: JsonObject = {"user_id": 1, "event": "E", "created_at": at}
    assert times(OWN, row) == expected
    assert times(OWN, row, Rule("logins", "track")) == expected
    assert times(PEOPLE, {"id": 1, "email": "a@b.c", "updated_at": at}) == expected


def test_a_warehouse_s_groups_keep_their_ids_and_their_times() -> None:
    columns = ("id", "user_id", "group_id", "received_at", "original_timestamp", "timestamp")
    groups = Table(None, "groups", columns)
    row: JsonObject = {"id": "m-1", "user_id": "u", "group_id": "g", "timestamp": NOON}
    (call,) = plan_stream(groups, ()).map(row, EMITTED_AT)
    assert isinstance(call, Call), call
    assert call.message_id == "m-1"
    assert orjson.loads(call.body)["timestamp"] == NOON


def test_a_rule_s_own_zone_goes_before_that_of_the_form() -> None:
    row: JsonObject = {"user_id": 1, "event": "E", "created_at": LOCAL}
    assert times(OWN, row, Rule("logins", "track", time_zone=TOKYO)) == "2026-01-31T03:00:00Z"
    assert times(OWN, row, Rule("logins", "track", time_zone=UTC)) == NOON
    assert times(OWN, row, Rule("log*", "track", time_zone=TOKYO)) == "2026-01-31T03:00:00Z"


@pytest.mark.parametrize("rules", [(), (Rule("report_shared", "track"),)])
def test_warehouse_tables_are_in_utc_whatever_the_form_says(rules: tuple[Rule, ...]) -> None:
    row: JsonObject = {"id": "m", "user_id": "u", "event_text": "E", "timestamp": LOCAL}
    assert times(SEGMENT, row, *rules) == NOON


def test_a_zone_that_a_rule_names_counts_in_a_warehouse_table_too() -> None:
    row: JsonObject = {"id": "m", "user_id": "u", "event_text": "E", "timestamp": LOCAL}
    rule = Rule("report_shared", "track", time_zone=TOKYO)
    assert times(SEGMENT, row, rule) == "2026-01-31T03:00:00Z"


def test_raw_messages_are_in_utc_whatever_the_form_says() -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E", "timestamp": LOCAL}
    assert times(MESSAGES, row) == NOON


@pytest.mark.parametrize("takes", Takes)
def test_the_transform_date_is_in_the_same_zone(takes: Takes) -> None:
    table = Table(None, "people", ("id", "email", "signup"))
    fields = (
        FieldRule(column="signup", transform="date"),
        FieldRule(value="2026-07-31 12:00", name="launch", transform="date"),
    )
    rule = Rule("people", "identify", fields=fields)
    row: JsonObject = {"id": 1, "email": "a@b.c", "signup": LOCAL}
    (call,) = plan_stream(table, (rule,), takes=takes, defaults=IN_BERLIN).map(row, EMITTED_AT)
    assert isinstance(call, Call)
    sent = orjson.loads(call.body)
    body = sent["traits" if takes is Takes.MESSAGES else "properties"]
    assert body["signup"] == "2026-01-31T11:00:00Z"
    assert body["launch"] == "2026-07-31T10:00:00Z"


def test_a_time_is_read_in_its_zone_before_an_id_is_made_of_it() -> None:
    table = Table(None, "logins", OWN.columns, (("user_id",),))
    row: JsonObject = {"user_id": 1, "event": "E", "created_at": LOCAL}
    same: JsonObject = {**row, "created_at": f"{LOCAL}+01:00"}
    plan = plan_stream(table, (), defaults=IN_BERLIN)
    calls = [*plan.map(row, 0), *plan.map(same, 0)]
    ids = [call.message_id for call in calls if isinstance(call, Call)]
    assert len(ids) == 2
    assert len(set(ids)) == 1


# What the plan says.


@pytest.mark.parametrize(
    ("kinds", "note"),
    [
        ((), " (UTC where it has no offset)"),
        ((Kind.TEXT,), " (UTC where it has no offset)"),
        ((Kind.TEXT, Kind.NUMBER), " (UTC where it has no offset)"),
        ((Kind.NUMBER,), ""),
    ],
)
def test_the_plan_names_the_zone_where_one_may_be_asked_for(
    kinds: tuple[Kind, ...], note: str
) -> None:
    types = {"created_at": ColumnType(frozenset(kinds))}
    table = Table(None, "logins", OWN.columns, types=types)
    assert f"timestamp from created_at{note}, messageId" in described(table)


def test_the_plan_names_the_zone_that_counts() -> None:
    said = "timestamp from created_at (Europe/Berlin where it has no offset), messageId"
    assert said in described(OWN, defaults=IN_BERLIN)
    assert "(Asia/Tokyo where" in described(OWN, Rule("logins", "track", time_zone=TOKYO))
    assert "received_at (UTC where" in described(SEGMENT, defaults=IN_BERLIN)


def test_the_plan_names_the_zone_of_a_date() -> None:
    fields = (FieldRule(column="at", name="seen", transform="date"),)
    text = described(OWN, Rule("logins", "track", fields=fields), defaults=IN_BERLIN)
    assert "properties: seen from at (Europe/Berlin where it has no offset)" in text


def test_the_plan_says_what_takes_the_place_of_a_time() -> None:
    people = "timestamp from updated_at (UTC where it has no offset) or emitted_at, messageId"
    assert people in described(PEOPLE)
    assert "timestamp from timestamp or emitted_at" in described(MESSAGES)
    no_time = Table(None, "clicks", ("user_id", "event"))
    assert "timestamp from emitted_at" in described(no_time, Rule("clicks", "track"))


# Rows whose time is missing or can't be read.

TWO_TIMES: Final = Rule("logins", "track", timestamp=("at", "created_at"))
BOTH: Final = "at, created_at"
ABSENT: Final = (
    *(None, "", "  ", 0, 0.0, "0", "0.0", "1970-01-01", "1970-01-01T00:00:00Z", "0001-01-01"),
    *("0001-01-01T00:00:00+02:00", "9999-12-31", "9999-12-31T23:59:59.999Z", 99991231, "99991231"),
    *("99991231235959", "00010101", "0000-00-00", "0000-00-00 00:00:00", "1970-01-01 01:00:00+01"),
)
UNREADABLE: Final[tuple[Json, ...]] = (
    *("yesterday", "31/01/2026", "2026-02-30", 5, -1, True, "null", 10**400),
    *({}, [], "[]", "1970-01-01X"),
)


@pytest.mark.parametrize("at", ABSENT)
@pytest.mark.parametrize("other", [None, "9999-12-31"])
def test_a_track_without_a_time_is_missing_one(at: Json, other: Json) -> None:
    row: JsonObject = {"user_id": 1, "event": "E", "at": at, "created_at": other}
    assert one(OWN, row, TWO_TIMES) == Reject(Reason.MISSING_TIMESTAMP, BOTH)
    by_convention = {**row, "created_at": at}
    assert one(OWN, by_convention) == Reject(Reason.MISSING_TIMESTAMP, "created_at")


@pytest.mark.parametrize("at", UNREADABLE)
def test_a_track_whose_time_can_t_be_read_names_the_column(at: Json) -> None:
    row: JsonObject = {"user_id": 1, "event": "E", "at": None, "created_at": at}
    assert one(OWN, row, TWO_TIMES) == Reject(Reason.INVALID_TIMESTAMP, "created_at")
    assert one(OWN, row) == Reject(Reason.INVALID_TIMESTAMP, "created_at")
    both: JsonObject = {**row, "at": "?"}
    assert one(OWN, both, TWO_TIMES) == Reject(Reason.INVALID_TIMESTAMP, BOTH)


def test_one_readable_time_of_several_is_enough() -> None:
    row: JsonObject = {"user_id": 1, "event": "E", "at": "?", "created_at": NOON}
    call = one(OWN, row, TWO_TIMES)
    assert isinstance(call, Call)
    assert call.unreadable == ("at",)
    assert orjson.loads(call.body)["timestamp"] == NOON


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ({"timestamp": "?", "received_at": NOON}, None),
        ({"original_timestamp": NOON}, None),
        (
            {"timestamp": "?"},
            Reject(Reason.INVALID_TIMESTAMP, "timestamp"),
        ),
        ({}, Reject(Reason.MISSING_TIMESTAMP, "timestamp, original_timestamp, received_at")),
    ],
)
def test_a_warehouse_s_event_needs_one_of_its_times(
    stamps: JsonObject, expected: Mapped | None
) -> None:
    result = one(SEGMENT, {"id": "m", "user_id": "u", "event_text": "E", **stamps})
    assert isinstance(result, Call) if expected is None else result == expected


@pytest.mark.parametrize("given", [{}, {"timestamp": None}, {"timestamp": ""}, {"timestamp": 0}])
def test_a_raw_message_need_not_say_when_it_was(given: JsonObject) -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E", **given}
    assert message(MESSAGES, row)["timestamp"] == EMITTED


def test_a_raw_track_whose_time_can_t_be_read_is_refused() -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E", "timestamp": "?"}
    assert one(MESSAGES, row) == Reject(Reason.INVALID_TIMESTAMP, "timestamp")
    person: JsonObject = {**row, "type": "identify", "traits": {"email": "a@b.c"}}
    call = one(MESSAGES, person)
    assert isinstance(call, Call)
    assert call.unreadable == ("timestamp",)


@pytest.mark.parametrize(("at", "unreadable"), [("?", ("updated_at",)), ("9999-12-31", ())])
def test_other_calls_take_the_time_the_record_was_read(
    at: str, unreadable: tuple[str, ...]
) -> None:
    call = one(PEOPLE, {"id": 1, "email": "a@b.c", "updated_at": at})
    assert isinstance(call, Call)
    assert orjson.loads(call.body)["timestamp"] == EMITTED
    assert call.unreadable == unreadable


def test_a_track_without_a_time_column_takes_the_time_the_record_was_read() -> None:
    table = Table(None, "clicks", ("user_id", "event"))
    row: JsonObject = {"user_id": 1, "event": "E"}
    assert message(table, row, Rule("clicks", "track"))["timestamp"] == EMITTED


def test_what_is_wrong_with_the_call_itself_is_said_first() -> None:
    assert one(OWN, {"user_id": 1}) == Reject(Reason.MISSING_EVENT, "event")


# From the form.


def plan_of(rule: dict[str, Any], advanced: dict[str, Any]) -> StreamPlan:
    config = read_config(
        {
            "api_key": "some-key",
            "delivery": {"route": "event_endpoint", "endpoint_url": "https://in.example"},
            "streams": [{"stream": "logins", "call": "track", **rule}],
            "advanced": advanced,
        }
    )
    return plan_stream(OWN, config.rules, defaults=config.defaults)


@pytest.mark.parametrize(
    ("rule", "advanced", "expected"),
    [
        ({}, {}, NOON),
        ({}, {"time_zone": "Europe/Berlin"}, "2026-01-31T11:00:00Z"),
        ({"time_zone": "Asia/Tokyo"}, {"time_zone": "Europe/Berlin"}, "2026-01-31T03:00:00Z"),
        ({"time_zone": "UTC"}, {"time_zone": "Europe/Berlin"}, NOON),
        ({"time_zone": "Asia/Tokyo"}, {}, "2026-01-31T03:00:00Z"),
    ],
)
def test_the_form_says_the_zone(
    rule: dict[str, Any], advanced: dict[str, Any], expected: str
) -> None:
    (call,) = plan_of(rule, advanced).map({"user_id": 1, "event": "E", "created_at": LOCAL}, 0)
    assert isinstance(call, Call)
    assert orjson.loads(call.body)["timestamp"] == expected
