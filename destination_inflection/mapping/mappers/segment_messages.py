"""Raw Segment messages: each row is a message, or holds one, and names its call in `type`.

The fields are known by Segment's spec names, in camelCase or snake_case. Objects (`traits`,
`properties`, `context`) may come as JSON text, which is what a warehouse often holds; inside them
nothing is changed. RudderStack keeps the traits of an identify in the context, and the whole
message in a column `rudder_event` of its tables: a row that has it is mapped from there.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from destination_inflection.json_reading import read_exactly, read_leniently
from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.kinds import MESSAGES, CallKind
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.message_ids import derived, given
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan, Mapper, mapper_of
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column, at_path, deleted_column
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.credentials import without_credentials
from destination_inflection.mapping.values.ids import is_blank

_ReadObject: TypeAlias = Callable[[Row], JsonObject | None]

_FIELDS: Final = (
    *("user_id", "anonymous_id", "group_id", "event", "timestamp", "message_id"),
    *("traits", "properties", "context"),
)
_OTHER_CALLS: Final = ("page", "screen", "alias")
_CALLS: Final = (*(kind.value for kind in MESSAGES), *_OTHER_CALLS)
_SPEC_COLUMNS: Final = (
    *("type", "userId", "anonymousId", "groupId", "event", "timestamp", "originalTimestamp"),
    *("messageId", "traits", "properties", "context"),
)


def message_mapper(table: Table) -> Mapper:
    """Maps the rows of a table that was recognised as Segment messages.

    Page, screen and alias are skipped: Inflection has no such calls.
    """
    found = table.spellings
    kind_of = at_path((found["type"],)).read
    mappers = {kind.value: mapper_of(_plan(table, found, kind)) for kind in MESSAGES}
    skipped, unknown = Skip(SkipReason.OTHER_CALL), Reject(Reason.UNKNOWN_TYPE, found["type"])

    def map_message(row: Row, read_at: int | None) -> Mapped:
        kind = kind_of(row)
        name = kind.strip().lower() if isinstance(kind, str) else ""
        if (mapper := mappers.get(name)) is not None:
            return mapper(row, read_at)
        return skipped if name in _OTHER_CALLS else unknown

    return map_message


def embedded_mapper(table: Table, source: Column, otherwise: Mapper) -> Mapper:
    """Maps rows that may hold a whole message in `source`; those that do not go `otherwise`."""
    read = _object(source)
    messages = message_mapper(Table(table.namespace, table.name, _SPEC_COLUMNS))
    deleted_at = deleted_column(table.columns)

    def map_embedded(row: Row, read_at: int | None) -> Mapped:
        message = read(row)
        if not message or message.get("type") not in _CALLS or row.get(deleted_at) is not None:
            return otherwise(row, read_at)
        return messages(message, read_at)

    return map_embedded


def describe_messages(table: Table) -> Description:
    """Which fields of a message were found among the table's columns."""
    found = table.spellings
    feeds = tuple(
        Feed((found[name],), (at_path((found[name],)),)) for name in _FIELDS if name in found
    )
    return Description(f"the call each row's {found['type']} names", feeds)


def _plan(table: Table, found: Mapping[str, str], kind: CallKind) -> CallPlan:
    def field(*names: str) -> tuple[Column, ...]:
        return tuple(at_path((found[name],)) for name in names if name in found)

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
        deleted_at=deleted_column(table.columns),
        timestamp=field("timestamp", "original_timestamp"),
        message_id=given(field("message_id"), derived(scope, ())),
        arrange=_arrange(body, field("context")),
    )


def _arrange(bodies: Sequence[Column], contexts: Sequence[Column]) -> Arrange:
    read_bodies = [(_object(c), c.name) for c in bodies]
    read_contexts = [(_object(c), c.name) for c in contexts]

    def arrange(row: Row) -> Arranged | Reject | Skip:
        withheld: list[str] = []
        body = _first_filled(read_bodies, row, withheld)
        if isinstance(body, Reject):
            return body
        context = _first_filled(read_contexts, row, withheld)
        if isinstance(context, Reject):
            return context
        # A copy: the plan adds to the context, and rows are only read.
        return Arranged(body, dict(context), withheld=tuple(withheld))

    return arrange


def _first_filled(
    sources: Sequence[tuple[_ReadObject, str]], row: Row, withheld: list[str]
) -> JsonObject | Reject:
    """The first object that is not empty, without credentials; an empty one if there is none."""
    for read, name in sources:
        found = read(row)
        if found is None:
            return Reject(Reason.NOT_AN_OBJECT, name)
        if found:
            left = without_credentials(found)
            if left is not found:
                withheld.append(name)
            return left if isinstance(left, dict) else {}
    return {}


def _object(source: Column) -> _ReadObject:
    """Reads an object, as it is or as JSON text; nothing at all counts as an empty one."""

    def read(row: Row) -> JsonObject | None:
        value = source.read(row)
        if is_blank(value):
            return {}
        if isinstance(value, str):
            value = _parsed(value)
        return value if isinstance(value, dict) else None

    return read


def _parsed(text: str) -> Json:
    """What Python writes by default is not always JSON: NaN in it is left out."""
    for read in (read_exactly, read_leniently):
        with suppress(ValueError, RecursionError):
            return read(text)
    return None


def _inside(source: Column, *path: str) -> Column:
    """A value inside an object column, whichever form the object comes in."""
    outer = _object(source)
    inner = at_path(path)
    return Column(
        f"{source.name}.{inner.name}",
        (*source.path, *path),
        lambda row: inner.read(outer(row) or {}),
    )
