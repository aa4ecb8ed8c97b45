"""Raw Segment messages: each row is a message, or holds one, and names its call in `type`.

The fields are known by Segment's spec names, in camelCase or snake_case. Objects (`traits`,
`properties`, `context`) may come as JSON text, which is what a warehouse often holds; inside them
nothing is changed. RudderStack keeps the traits of an identify in the context, and the whole
message in a column `rudder_event` of its tables: a row that has it is mapped from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.arrangement import Arranged
from destination_inflection.mapping.call_plan import Arrange, CallPlan
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.columns import Column, at_path
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.message_ids import derived, given
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import CallKind
from destination_inflection.mapping.tables import Table, spellings
from destination_inflection.mapping.values import is_blank

_SPEC_COLUMNS: Final = (
    *("type", "userId", "anonymousId", "groupId", "event", "timestamp", "originalTimestamp"),
    *("messageId", "traits", "properties", "context"),
)


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """One plan for each call a row can name."""

    kind: Column
    plans: dict[str, CallPlan]

    def map(self, row: Row, emitted_at: int | None) -> Mapped:
        """Maps one message; page, screen, alias and the like are skipped: Inflection has none."""
        kind = self.kind.read(row)
        plan = self.plans.get(kind.strip().lower()) if isinstance(kind, str) else None
        return plan.map(row, emitted_at) if plan else Skip(SkipReason.OTHER_CALL)


@dataclass(frozen=True, slots=True)
class EmbeddedPlan:
    """Rows that may hold the whole message in one column; those that do not go by their columns."""

    read: Callable[[Row], JsonObject | None]
    messages: MessagePlan
    otherwise: CallPlan

    def map(self, row: Row, emitted_at: int | None) -> Mapped:
        """Maps one row."""
        if message := self.read(row):
            return self.messages.map(message, emitted_at)
        return self.otherwise.map(row, emitted_at)


def compile_messages(table: Table) -> tuple[MessagePlan, Description]:
    """The plan for a table that was recognised as Segment messages."""
    found = spellings(table)

    def field(*names: str) -> tuple[Column, ...]:
        return tuple(at_path((found[name],)) for name in names if name in found)

    def plan(kind: CallKind) -> CallPlan:
        scope: list[Json] = [table.namespace, table.name, kind.value]
        emails = [_inside(c, "email") for c in field("traits")]
        emails += [_inside(c, "traits", "email") for c in field("context")]
        body = list(field("properties" if kind is CallKind.TRACK else "traits"))
        if kind is CallKind.IDENTIFY:
            body += [_inside(c, "traits") for c in field("context")]
        return CallPlan(
            kind=kind,
            user_id=field("user_id"),
            anonymous_id=field("anonymous_id"),
            group_id=field("group_id"),
            email=tuple(emails) if kind is CallKind.IDENTIFY else (),
            event=field("event"),
            timestamp=field("timestamp", "original_timestamp"),
            message_id=given(field("message_id"), derived(scope, ())),
            arrange=_arrange(body, field("context")),
        )

    used = field("user_id", "anonymous_id", "group_id", "event", "timestamp", "message_id")
    used += field("traits", "properties", "context")
    feeds = tuple(Feed(c.name, c.name) for c in used)
    plans = {kind.value: plan(kind) for kind in CallKind}
    becomes = f"the call each row's {found['type']} names"
    return MessagePlan(field("type")[0], plans), Description(becomes, feeds)


def compile_embedded(table: Table, source: Column, otherwise: CallPlan) -> EmbeddedPlan:
    """The plan for a table whose column `source` holds whole messages."""
    messages, _ = compile_messages(Table(table.namespace, table.name, _SPEC_COLUMNS))
    return EmbeddedPlan(_object(source), messages, otherwise)


def _arrange(bodies: Sequence[Column], contexts: Sequence[Column]) -> Arrange:
    read_bodies = [(_object(c), c.name) for c in bodies]
    read_contexts = [_object(c) for c in contexts]

    def arrange(row: Row) -> Arranged | Reject | Skip:
        body: JsonObject = {}
        for read, name in read_bodies:
            found = read(row)
            if found is None:
                return Reject(Reason.NOT_AN_OBJECT, name)
            if found:
                body = found
                break
        # A copy: the plan adds to the context, and rows are only read.
        context = next((dict(found) for read in read_contexts if (found := read(row))), {})
        return Arranged(body, context)

    return arrange


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
