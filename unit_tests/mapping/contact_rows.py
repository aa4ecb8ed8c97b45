"""One row, or one rule as the form has it, through the mapping to contacts."""

from typing import Any

import orjson

from destination_inflection.config.form import read_config
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.calls import Call, Mapped
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.tables.table import Table


def plan(name: str, columns: tuple[str, ...], *rules: dict[str, Any]) -> StreamPlan:
    document: dict[str, Any] = {
        "api_key": "some-key",
        "delivery": {"route": "developer_api"},
        "streams": [{"stream": name, **rule} for rule in rules],
    }
    table = Table(None, name, columns)
    return plan_stream(table, read_config(document).rules, takes=Takes.CONTACTS)


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
