"""Raw Segment messages become what each row's type says."""

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Reject, Skip
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import plan_stream, selection_of
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.table import Table
from unit_tests.mapping.rows import MESSAGES, message, one


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


def test_large_integers_in_text_keep_their_digits() -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E"}
    row["properties"] = '{"order": 123456789012345678901, "nested": [{"id": -9223372036854775809}]}'
    expected = {"order": "123456789012345678901", "nested": [{"id": "-9223372036854775809"}]}
    assert message(MESSAGES, row)["properties"] == expected


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


ADA: JsonObject = {"email": "a@b.c"}


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    ("row", "traits"),
    [
        ({"traits": {"n": 1}, "context": {"traits": {"EMAIL": "a@b.c"}}}, {"n": 1, **ADA}),
        ({"traits": {"Email": "a@b.c", "n": 1}}, {"n": 1, **ADA}),
        ({"traits": {"EMAIL": "x@b.c", "email": "a@b.c"}}, ADA),
        ({"traits": {"email": "", "Email": " a@b.c"}}, ADA),
        ({"context": {"traits": {"Email": "a@b.c", "n": 1}}}, {"n": 1, **ADA}),
        (
            {"traits": {"n": 1}, "context": {"traits": {"EMAIL": "a@b.c"}}},
            {"n": 1, "email": "a@b.c"},
        ),
        ({"traits": {"Email": " "}, "context": {"traits": {"Email": "a@b.c"}}}, ADA),
        ({"traits": {"Email": "?"}, "context": {"traits": {"email": "a@b.c"}}}, ADA),
    ],
)
def test_a_trait_is_the_email_in_any_case_and_is_sent_once(
    row: JsonObject, traits: JsonObject, as_text: bool
) -> None:
    given = {n: orjson.dumps(v).decode() for n, v in row.items()} if as_text else row
    sent = message(MESSAGES, {"type": "identify", "userId": "u", **given})
    assert sent["traits"] == traits
    context = sent["context"]
    assert isinstance(context, dict)
    inside = context.get("traits", {})
    assert isinstance(inside, dict)
    assert [name for name in inside if name.lower() == "email"] in ([], ["email"])


def test_the_user_s_email_in_the_context_of_a_track_is_the_email_in_any_case() -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E", "properties": {"Email": "x"}}
    row["context"] = {"traits": {"Email": "a@b.c", "Plan": "team"}}
    before = orjson.dumps(row)
    sent = message(MESSAGES, row)
    assert sent["properties"] == {"Email": "x"}
    assert sent["context"] == {"traits": {"Plan": "team", "email": "a@b.c"}, "library": LIBRARY}
    assert orjson.dumps(row) == before


def test_the_traits_of_a_group_are_the_org_s_and_stay_as_they_are() -> None:
    row: JsonObject = {"type": "group", "userId": "u", "groupId": "g", "traits": {"Email": "x"}}
    assert message(MESSAGES, row)["traits"] == {"Email": "x"}


@pytest.mark.parametrize("value", [None, "", {"n": 1}])
def test_without_an_email_in_any_spelling_a_message_is_rejected(value: Json) -> None:
    traits: JsonObject = value if isinstance(value, dict) else {"Email": value}
    row: JsonObject = {"type": "identify", "userId": "u", "traits": traits}
    result = one(MESSAGES, row)
    assert isinstance(result, Reject)
    assert result.reason is Reason.MISSING_EMAIL


EXCLUDED = Skip(SkipReason.EXCLUDED)


@pytest.mark.parametrize("column", ["integrations", "Integrations", "INTEGRATIONS"])
@pytest.mark.parametrize(
    ("integrations", "expected"),
    [
        (None, None),
        ("", None),
        ({}, None),
        ([], None),
        ("null", None),
        ("{}", None),
        ({"Inflection": False}, EXCLUDED),
        ('{"Inflection": false}', EXCLUDED),
        ({"All": False}, EXCLUDED),
        ('{"All": false, "Mixpanel": true}', EXCLUDED),
        ({"All": False, "Inflection": True}, None),
        ('{"All": false, "Inflection": {"x": NaN}}', None),
        # Nobody knows whether it excludes us: neither sent nor silently left out.
        ("{'All': False}", Reject(Reason.NOT_AN_OBJECT)),
        (False, Reject(Reason.NOT_AN_OBJECT)),
        (["All"], Reject(Reason.NOT_AN_OBJECT)),
    ],
)
@pytest.mark.parametrize("kind", ["identify", "track", "group"])
def test_messages_that_exclude_inflection_are_skipped(
    kind: str, column: str, integrations: Json, expected: Skip | Reject | None
) -> None:
    table = Table(None, "raw", (*MESSAGES.columns, column))
    row: JsonObject = {"type": kind, "userId": "u", "event": "E", "groupId": "g"}
    result = one(table, {**row, "traits": {"email": "a@b.c"}, column: integrations})
    if isinstance(expected, Reject):
        expected = Reject(Reason.NOT_AN_OBJECT, column)
    assert result == expected if expected else isinstance(result, Call), result


def test_an_excluded_message_is_skipped_whatever_else_it_lacks() -> None:
    table = Table(None, "raw", (*MESSAGES.columns, "integrations"))
    row: JsonObject = {"type": "identify", "integrations": {"All": False}}
    assert one(table, row) == EXCLUDED


def test_the_plan_says_that_the_integrations_are_heeded() -> None:
    table = Table(None, "raw", (*MESSAGES.columns, "Integrations"))
    (part,) = plan_stream(table, ()).parts
    assert "unless its Integrations exclude Inflection" in str(part.description)
    (part,) = plan_stream(MESSAGES, ()).parts
    assert "exclude" not in str(part.description)


EMBEDDED = Table(
    None,
    "identifies",
    ("id", "user_id", "email", "rudder_event", "received_at", "uuid_ts"),
)


@pytest.mark.parametrize("takes", list(Takes))
@pytest.mark.parametrize(
    ("integrations", "expected"),
    [
        ({"All": True}, None),
        ({"All": False}, EXCLUDED),
        ({"Inflection": False}, EXCLUDED),
        ({"All": False, "Inflection": True}, None),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_the_whole_message_in_a_column_may_exclude_inflection(
    takes: Takes, integrations: JsonObject, expected: Skip | None, as_text: bool
) -> None:
    event: JsonObject = {"type": "identify", "userId": "u", "traits": {"EMAIL": "a@b.c"}}
    event["integrations"] = integrations
    row: JsonObject = {"user_id": "u", "email": "d@e.f"}
    row["rudder_event"] = orjson.dumps(event).decode() if as_text else event
    (result,) = plan_stream(EMBEDDED, (), selection_of([EMBEDDED], ()), takes).map(row, None)
    assert result == expected if expected else isinstance(result, Call), result
    (bare,) = plan_stream(EMBEDDED, (), selection_of([EMBEDDED], ()), takes).map(
        {**row, "rudder_event": "?"}, None
    )
    assert isinstance(bare, Call)


def test_a_trait_of_the_whole_message_is_the_email_in_any_case() -> None:
    event: JsonObject = {"type": "identify", "userId": "u"}
    event["context"] = {"traits": {"Email": "a@b.c"}}
    row: JsonObject = {"user_id": "u", "rudder_event": orjson.dumps(event).decode()}
    assert message(EMBEDDED, row)["traits"] == {"email": "a@b.c"}


@pytest.mark.parametrize("nothing", ["null", [], "[]"])
def test_objects_that_other_tools_write_as_nothing_are_empty(nothing: Json) -> None:
    row: JsonObject = {"type": "track", "userId": "u", "event": "E", "properties": nothing}
    assert message(MESSAGES, row)["properties"] == {}
