"""Rows become calls, or rejects with a reason, or skips."""

from collections.abc import Sequence

import orjson
import pytest

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject, Skip
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Rule, idle_rules
from destination_inflection.mapping.tables.table import Table

EMITTED_AT = 1767225600000
EMITTED = "2026-01-01T00:00:00Z"
PEOPLE = Table(None, "people", ("id", "email", "name"))
EVENTS = Table(None, "events", ("id", "user_id", "event", "occurred_at", "x"), (("id",),))
MEMBERS = Table(None, "members", ("user_id", "org_id", "plan"))
MESSAGES = Table(
    None,
    "raw",
    (
        *("type", "messageId", "userId", "anonymousId", "event", "groupId"),
        *("traits", "properties", "context", "timestamp"),
    ),
)


def one(table: Table, row: JsonObject, *rules: Rule) -> Mapped:
    (result,) = plan_stream(table, rules).map(row, EMITTED_AT)
    return result


def message(table: Table, row: JsonObject, *rules: Rule) -> JsonObject:
    result = one(table, row, *rules)
    assert isinstance(result, Call), result
    body: JsonObject = orjson.loads(result.body)
    assert body.pop("messageId") == result.message_id
    return body


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
    row: JsonObject = {"user_id": 7, "org_id": "o", "plan": "team", "_airbyte_raw_id": "x"}
    assert message(MEMBERS, row) == {
        "type": "group",
        "timestamp": EMITTED,
        "userId": "7",
        "groupId": "o",
        "traits": {"plan": "team"},
        "context": {"library": LIBRARY},
    }


@pytest.mark.parametrize("as_text", [False, True])
def test_segment_messages_become_what_they_say(as_text: bool) -> None:
    def obj(value: JsonObject) -> Json:
        return orjson.dumps(value).decode() if as_text else value

    identify: JsonObject = {
        "type": "identify",
        "messageId": "m1",
        "userId": None,
        "anonymousId": "anon",
        "traits": obj({"email": "a@b.example", "plan": None}),
        "context": obj({"ip": "1.2.3.4", "library": {"name": "other"}}),
        "timestamp": "2026-02-01T00:00:00Z",
        "sentAt": "x",
    }
    assert message(MESSAGES, identify) == {
        "type": "identify",
        "timestamp": "2026-02-01T00:00:00Z",
        "anonymousId": "anon",
        "traits": {"email": "a@b.example", "plan": None},
        "context": {"ip": "1.2.3.4", "library": LIBRARY},
    }
    track: JsonObject = {"type": "Track", "userId": "u", "event": "E", "properties": obj({"a": 1})}
    assert message(MESSAGES, track)["properties"] == {"a": 1}
    group: JsonObject = {"type": "group", "userId": "u", "groupId": "g", "traits": obj({"n": 1})}
    assert message(MESSAGES, group)["traits"] == {"n": 1}


def test_a_segment_message_keeps_its_id() -> None:
    call = one(MESSAGES, {"type": "track", "userId": "u", "event": "E", "messageId": "m1"})
    assert isinstance(call, Call)
    assert call.message_id == "m1"


@pytest.mark.parametrize("kind", [None, 7, "signup"])
def test_a_message_of_no_type_of_segment_s_is_rejected(kind: Json) -> None:
    assert one(MESSAGES, {"type": kind, "userId": "u"}) == Reject(Reason.UNKNOWN_TYPE, "type")


@pytest.mark.parametrize("kind", ["page", "screen", "alias"])
def test_other_segment_messages_are_skipped(kind: Json) -> None:
    assert one(MESSAGES, {"type": kind, "userId": "u"}) == Skip(SkipReason.OTHER_CALL)


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
            Table(None, "P", ("ID", "EMAIL", "_AB_CDC_DELETED_AT")),
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


def test_a_placeholder_user_id_gives_way_to_the_anonymous_id() -> None:
    table = Table(None, "e", ("user_id", "anonymous_id", "event", "timestamp"))
    row: JsonObject = {"user_id": "null", "anonymous_id": "a", "event": "E"}
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
    row: JsonObject = {"user_id": 1, "event": "E", "mail": "a@b.c"}
    assert message(table, row, rule)["context"] == {
        "library": LIBRARY,
        "traits": {"email": "a@b.c"},
    }
    assert "email" not in message(table, {**row, "mail": None}, rule)
    assert one(table, {**row, "mail": "?"}, rule) == Reject(Reason.INVALID_EMAIL, "mail")


def test_without_any_time_the_timestamp_is_left_to_the_receiver() -> None:
    (call,) = plan_stream(PEOPLE, ()).map({"id": 1, "email": "a@b.c"}, None)
    assert isinstance(call, Call)
    assert "timestamp" not in orjson.loads(call.body)


def test_several_rules_make_several_calls_of_one_row() -> None:
    table = Table(None, "users", ("id", "email", "org_id"))
    rules = (Rule("users", "identify"), Rule("users", "group", user_id=("id",)))
    first, second = plan_stream(table, rules).map({"id": 1, "email": "a@b.c", "org_id": 2}, None)
    assert isinstance(first, Call)
    assert isinstance(second, Call)
    assert (first.kind, second.kind) == ("identify", "group")
    assert first.message_id != second.message_id


def test_a_skip_rule_wins_over_recognition() -> None:
    assert one(PEOPLE, {"id": 1}, Rule("peo*", "skip")) == Skip(SkipReason.BY_RULE)


def test_an_exact_name_goes_before_a_pattern() -> None:
    rules = (Rule("*", "skip"), Rule("people", "identify"))
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


def test_a_rule_for_another_namespace_does_not_apply() -> None:
    rules = (Rule("people", "skip", namespace="other"),)
    assert isinstance(one(PEOPLE, {"id": 1, "email": "a@b.c"}, *rules), Call)


@pytest.mark.parametrize(
    ("table", "rules", "words"),
    [
        (Table(None, "products", ("id", "price")), (), ['"products"', "add a rule"]),
        (Table(None, "nothing"), (), ['"nothing"', "add a rule"]),
        (
            Table(None, "t", ("user_id", "email", "org_id")),
            (),
            ['"t"', "people and as memberships"],
        ),
        (
            Table(None, "t", ("user_id", "email", "event", "timestamp")),
            (),
            ["people and as events"],
        ),
        (Table(None, "t", ("user_id", "org_id", "team_id")), (), ["org_id, team_id", "group_id"]),
        (PEOPLE, (Rule("people", "identify", email=("mail",)),), ['"mail"', '"email"', "email in"]),
        (PEOPLE, (Rule("people", "track"),), ['"people"', "user_id or anonymous_id"]),
        (PEOPLE, (Rule("people", "track", user_id=("id",)),), ["event or event_column"]),
        (PEOPLE, (Rule("people", "group", user_id=("id",)),), ["group_id"]),
        (PEOPLE, (Rule("p*", "identify", user_id=("x", "y")),), ['"x"']),
    ],
)
def test_a_stream_that_cannot_be_mapped_says_what_to_set(
    table: Table, rules: Sequence[Rule], words: Sequence[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_stream(table, rules)
    for word in words:
        assert word in caught.value.message


def test_a_pattern_covers_tables_that_differ() -> None:
    rule = Rule("*", "track", event="E", user_id=("uid", "id"))
    assert message(PEOPLE, {"id": 1}, rule)["userId"] == "1"


def test_a_table_without_known_columns_takes_the_rule_at_its_word() -> None:
    rule = Rule("t", "track", event="E", user_id=("uid",))
    assert message(Table(None, "t"), {"uid": 1, "a": 2}, rule)["properties"] == {"a": 2}


def test_the_plan_says_what_feeds_what() -> None:
    table = Table(None, "people", ("id", "email", "name", "_airbyte_raw_id"))
    (part,) = plan_stream(table, ()).parts
    assert str(part.description) == (
        "identify: userId from id, email from email, timestamp from emitted_at, messageId from "
        "content; traits: name; left out: _airbyte_raw_id (system column) (recognised: people)"
    )


def test_rows_are_only_read() -> None:
    row: JsonObject = {"id": 1, "email": "a@b.c", "context": {"a": {}}}
    before = orjson.dumps(row)
    one(PEOPLE, row)
    assert orjson.dumps(row) == before


def test_rules_that_apply_to_nothing_are_found() -> None:
    rules = [Rule("people", "skip"), Rule("People", "skip"), Rule("evt_*", "skip")]
    assert idle_rules(rules, [(None, "people")]) == rules[1:]
