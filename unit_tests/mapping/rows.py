"""One row, or one rule as the form has it, through the mapping."""

from typing import Any

import orjson

from destination_inflection.config.form import read_config
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Call, Mapped
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table

EMITTED_AT = 1767225600000
EMITTED = "2026-01-01T00:00:00Z"
NOON = "2026-01-31T12:00:00Z"
PEOPLE = Table(None, "people", ("id", "email", "name"))
EVENTS = Table(None, "events", ("id", "user_id", "event", "occurred_at", "x"), (("id",),))
MEMBERS = Table(None, "members", ("user_id", "org_id", "org_plan"))
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


def results(row: JsonObject, *rules: dict[str, Any]) -> list[Mapped]:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": {"route": "event_endpoint", "endpoint_url": "https://in.example"},
        "streams": [{"stream": "t", **rule} for rule in rules],
    }
    table = Table(None, "t", tuple(row))
    return plan_stream(table, read_config(document).rules).map(row, None)


def sent(row: JsonObject, **rule: Any) -> JsonObject:  # noqa: ANN401
    (call,) = results(row, rule)
    assert isinstance(call, Call), call
    message: JsonObject = orjson.loads(call.body)
    return message


def traits(row: JsonObject, **rule: Any) -> Json:  # noqa: ANN401
    given = sent({"id": 1, "email": "a@b.c", **row}, call="identify", **rule)["traits"]
    assert isinstance(given, dict)
    del given["email"]
    return given
