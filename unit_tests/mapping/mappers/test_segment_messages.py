"""Raw Segment messages become what each row's type says."""

import orjson
import pytest

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import LIBRARY, Call, Reject, Skip
from destination_inflection.mapping.reasons import Reason, SkipReason
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
