"""The form's rules, as `mapping.rules` wants them, and the checks that JSON Schema can't say."""

from collections.abc import Sequence
from typing import cast

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.rules import (
    ROLES,
    FieldRule,
    Nulls,
    OtherColumns,
    Rule,
    RuleCall,
)
from destination_inflection.mapping.values.transforms import TransformName


def read_rules(entries: Sequence[Json]) -> tuple[Rule, ...]:
    """Reads the option `streams`, which has passed the schema.

    Empty rules and fields are ignored: a form sends them when they were added and not filled in.

    Raises:
        ConfigError: a rule contradicts itself; the message names its stream.
    """
    return tuple(_rule(entry) for entry in entries if isinstance(entry, dict) and entry)


def _rule(entry: JsonObject) -> Rule:
    def columns(option: str) -> tuple[str, ...]:
        listed = str(entry.get(option) or "")
        return tuple(name for part in listed.split(",") if (name := part.strip()))

    stream = str(entry["stream"]).strip()
    event = str(entry.get("event") or "").strip() or None
    if event is not None and columns("event_column"):
        raise ConfigError(
            f'The rule for "{stream}" sets both event and event_column: keep one of them.'
        )
    audience = str(entry.get("audience") or "").strip() or None
    if audience is not None and columns("audience_column"):
        raise ConfigError(
            f'The rule for "{stream}" sets both audience and audience_column: keep one of them.'
        )
    if (list_id := str(entry.get("list_id") or "").strip() or None) and entry["call"] != "audience":
        raise ConfigError(
            f'The rule for "{stream}" sets list_id, which only an audience has: set call to '
            "audience or remove list_id."
        )
    return Rule(
        stream=stream,
        call=cast(RuleCall, entry["call"]),
        namespace=str(entry.get("namespace") or "").strip() or None,
        event=event,
        audience=audience,
        list_id=list_id,
        fields=tuple(
            _field(stream, field)
            for field in cast(list[JsonObject], entry.get("fields") or [])
            if field
        ),
        other_columns=cast(OtherColumns, entry.get("other_columns", "include")),
        nulls=cast(Nulls, entry.get("nulls", "omit")),
        **{role: columns(role) for role in ROLES},
    )


def _field(stream: str, entry: JsonObject) -> FieldRule:
    def text(option: str) -> str | None:
        return str(entry.get(option) or "").strip() or None

    column, name = text("column"), text("name")
    value = None if entry.get("value") in (None, "") else str(entry["value"])
    if (column is None) == (value is None):
        raise ConfigError(
            f'A field in the rule for "{stream}" needs either a column or a value, not both.'
        )
    if value is not None and name is None:
        raise ConfigError(f'A field with a fixed value in the rule for "{stream}" needs a name.')
    return FieldRule(column, value, name, cast(TransformName | None, text("transform")))
