"""A rule as it is written in the form: as JSON, without what is not set."""

from dataclasses import replace
from typing import Final

import orjson

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.rules import ROLES, FieldRule, Rule, with_columns

_PLAIN: Final = ("namespace", "event", "audience", "list_id")
_LISTS: Final = (*ROLES, "member_values", "unwrap")


def as_json(rule: Rule) -> str:
    """The rule as the form has it, in a line of JSON."""
    return orjson.dumps(as_form(rule)).decode()


def as_written(rule: Rule) -> Rule:
    """The rule with its lists of columns as the form has them, in one text each."""
    joined = {role: (", ".join(names),) for role in ROLES if (names := rule.columns(role))}
    unwrap = (", ".join(rule.unwrap),) if rule.unwrap else ()
    return replace(with_columns(rule, joined), unwrap=unwrap)


def as_form(rule: Rule) -> JsonObject:
    """The rule as the form has it."""
    found: JsonObject = {"stream": rule.stream, "call": rule.call}
    found |= {name: getattr(rule, name) for name in _PLAIN if getattr(rule, name) is not None}
    found |= {name: ", ".join(getattr(rule, name)) for name in _LISTS if getattr(rule, name)}
    if rule.only_if is not None:
        wanted = rule.only_if
        condition: JsonObject = {"column": wanted.column, "test": wanted.comparison.value}
        found["only_if"] = condition | ({"value": wanted.value} if wanted.value else {})
    if rule.fields:
        found["fields"] = [_field(field) for field in rule.fields]
    if rule.other_columns != "include":
        found["other_columns"] = rule.other_columns
    if rule.nulls != "omit":
        found["nulls"] = rule.nulls
    if rule.names is not None:
        found["names"] = rule.names
    if rule.time_zone is not None:
        found["time_zone"] = str(rule.time_zone)
    return found


def _field(field: FieldRule) -> Json:
    entries = {name: getattr(field, name) for name in ("column", "value", "name", "transform")}
    return {name: value for name, value in entries.items() if value is not None}
