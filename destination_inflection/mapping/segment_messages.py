"""Tables of raw Segment messages: each row is a message and names its call in `type`.

The fields are known by Segment's spec names, in camelCase or snake_case. Objects (`traits`,
`properties`, `context`) may come as JSON text, which is what a warehouse often holds; inside them
nothing is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.call_plan import CallPlan
from destination_inflection.mapping.calls import Mapped, Skip
from destination_inflection.mapping.columns import Column, at_path
from destination_inflection.mapping.message_ids import derived, given
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import CallKind
from destination_inflection.mapping.tables import Table, spellings
from destination_inflection.mapping.values import is_blank


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """One plan for each call a row can name."""

    kind: Column
    plans: dict[str, CallPlan]
    description: str

    def map(self, row: Row, emitted_at: int | None) -> Mapped:
        """Maps one message; page, screen, alias and the like are skipped: Inflection has none."""
        kind = self.kind.read(row)
        plan = self.plans.get(kind.strip().lower()) if isinstance(kind, str) else None
        return plan.map(row, emitted_at) if plan else Skip(SkipReason.OTHER_CALL)


def compile_messages(table: Table) -> MessagePlan:
    """The plan for a table that was recognised as Segment messages."""
    found = spellings(table)

    def field(*names: str) -> tuple[Column, ...]:
        return tuple(at_path((found[name],)) for name in names if name in found)

    def plan(kind: CallKind) -> CallPlan:
        body = field("properties" if kind is CallKind.TRACK else "traits")
        scope: list[Json] = [table.namespace, table.name, kind.value]
        emails = [_inside(c, "email") for c in field("traits")]
        emails += [_inside(c, "traits", "email") for c in field("context")]
        return CallPlan(
            kind=kind,
            user_id=field("user_id"),
            anonymous_id=field("anonymous_id"),
            group_id=field("group_id"),
            email=tuple(emails) if kind is CallKind.IDENTIFY else (),
            event=field("event"),
            timestamp=field("timestamp", "original_timestamp"),
            message_id=given(field("message_id"), derived(scope, ())),
            body=_object(body[0]) if body else lambda _row: {},
            context=_object(field("context")[0]) if field("context") else lambda _row: None,
        )

    used = field("user_id", "anonymous_id", "group_id", "event", "timestamp", "message_id")
    used += field("traits", "properties", "context")
    return MessagePlan(
        field("type")[0],
        {kind.value: plan(kind) for kind in CallKind},
        f"the call each row's {found['type']} names, from {', '.join(c.name for c in used)}",
    )


def _object(source: Column) -> Callable[[Row], JsonObject | None]:
    """Reads an object, as it is or as JSON text; nothing at all counts as an empty one."""

    def read(row: Row) -> JsonObject | None:
        value = source.read(row)
        if is_blank(value):
            return {}
        if isinstance(value, str):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                return None
        return value if isinstance(value, dict) else None

    return read


def _inside(source: Column, *path: str) -> Column:
    """A value inside an object column, whichever form the object comes in."""
    outer = _object(source)
    inner = at_path(path)
    return Column(
        f"{source.name}.{inner.name}", source.top, lambda row: inner.read(outer(row) or {})
    )
