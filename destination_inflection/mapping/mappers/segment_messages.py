"""Raw Segment messages: each row is a message, or holds one, and names its call in `type`.

A message need not say when it was: the record's `emitted_at` takes the place of a time that is
absent. Times without an offset are UTC, as Segment and RudderStack write them.

The fields are known by Segment's spec names, in camelCase or snake_case. Objects (`traits`,
`properties`, `context`, `integrations`) may come as JSON text, which is what a warehouse often
holds; inside them nothing is changed, but that the user's email goes out as `email` however its
trait is spelled. RudderStack keeps the traits of an identify in the context, and the whole message
in a column `rudder_event` of its tables: a row that has it is mapped from there. A message whose
`integrations` exclude Inflection is skipped.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.kinds import MESSAGES, CallKind
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.message_ids import derived, given
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan, Mapper, mapper_of
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column, at_path
from destination_inflection.mapping.tables.deletion import marked_as_deleted
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.credentials import without_credentials
from destination_inflection.mapping.values.email_trait import EMAIL, email_in, with_one_email
from destination_inflection.mapping.values.ids import is_blank
from destination_inflection.mapping.values.integrations import excludes
from destination_inflection.mapping.values.json_text import read_json
from destination_inflection.mapping.values.lengths import lowered

_ReadObject: TypeAlias = Callable[[Row], JsonObject | None]

_FIELDS: Final = (
    *("user_id", "anonymous_id", "group_id", "event", "timestamp", "message_id"),
    *("traits", "properties", "context"),
)
_OTHER_CALLS: Final = ("page", "screen", "alias")
_CALLS: Final = (*(kind.value for kind in MESSAGES), *_OTHER_CALLS)
_SPEC_COLUMNS: Final = (
    *("type", "userId", "anonymousId", "groupId", "event", "timestamp", "originalTimestamp"),
    *("messageId", "traits", "properties", "context", "integrations"),
)


def message_mapper(table: Table) -> Mapper:
    """Maps the rows of a table that was recognised as Segment messages.

    Page, screen and alias are skipped: Inflection has no such calls.
    """
    found = table.spellings
    kind_of = at_path((found["type"],)).read
    mappers = {kind.value: mapper_of(_plan(table, found, kind)) for kind in MESSAGES}
    if "integrations" in found:
        integrations = at_path((found["integrations"],))
        mappers = {name: _unless_excluded(integrations, m) for name, m in mappers.items()}
    skipped, unknown = Skip(SkipReason.OTHER_CALL), Reject(Reason.UNKNOWN_TYPE, found["type"])

    def map_message(row: Row, read_at: int | None) -> Mapped:
        kind = kind_of(row)
        name = lowered(kind.strip()) if isinstance(kind, str) else ""
        if (mapper := mappers.get(name)) is not None:
            return mapper(row, read_at)
        return skipped if name in _OTHER_CALLS else unknown

    return map_message


def embedded_mapper(table: Table, source: Column, otherwise: Mapper) -> Mapper:
    """Maps rows that may hold a whole message in `source`; those that do not go `otherwise`."""
    read = _object(source)
    messages = message_mapper(Table(table.namespace, table.name, _SPEC_COLUMNS))
    is_deleted = marked_as_deleted(table)

    def map_embedded(row: Row, read_at: int | None) -> Mapped:
        message = read(row)
        if not message or message.get("type") not in _CALLS or is_deleted(row):
            return otherwise(row, read_at)
        return messages(message, read_at)

    return map_embedded


def without_excluded(source: Column, mapper: Mapper) -> Mapper:
    """Maps rows from their columns, but for those whose message in `source` excludes Inflection."""
    return _unless_excluded(_inside(source, "integrations"), mapper)


def describe_messages(table: Table) -> Description:
    """Which fields of a message were found among the table's columns."""
    found = table.spellings
    otherwise = {"timestamp": "emitted_at"}
    feeds = tuple(
        Feed((found[name],), (at_path((found[name],)),), otherwise.get(name, ""))
        for name in _FIELDS
        if name in found
    )
    becomes = f"the call each row's {found['type']} names"
    if "integrations" in found:
        becomes += f", unless its {found['integrations']} exclude Inflection"
    return Description(becomes, feeds)


def _unless_excluded(integrations: Column, mapper: Mapper) -> Mapper:
    """Maps the rows that are for Inflection; where nobody can read that, the row is a reject."""
    read = _object(integrations)
    excluded = Skip(SkipReason.EXCLUDED)
    unreadable = Reject(Reason.NOT_AN_OBJECT, integrations.name)

    def map_included(row: Row, read_at: int | None) -> Mapped:
        found = read(row)
        if found is None:
            return unreadable
        return excluded if found and excludes(found) else mapper(row, read_at)

    return map_included


def _plan(table: Table, found: Mapping[str, str], kind: CallKind) -> CallPlan:
    def field(*names: str) -> tuple[Column, ...]:
        return tuple(at_path((found[name],)) for name in names if name in found)

    scope: list[Json] = [table.namespace, table.name, kind.value]
    emails = [_email_in(c) for c in field("traits")]
    emails += [_email_in(_inside(c, "traits")) for c in field("context")]
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
        is_deleted=marked_as_deleted(table),
        timestamp=field("timestamp", "original_timestamp"),
        message_id=given(field("message_id"), derived(scope, ())),
        arrange=_arrange(kind, body, field("context")),
    )


def _arrange(kind: CallKind, bodies: Sequence[Column], contexts: Sequence[Column]) -> Arrange:
    of_user = kind is CallKind.IDENTIFY
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
        context = dict(context)
        if isinstance(traits := context.get("traits"), dict):
            context["traits"] = with_one_email(traits)
        body = with_one_email(body) if of_user else body
        return Arranged(body, context, withheld=tuple(withheld))

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
            try:
                value = read_json(value)
            except (ValueError, RecursionError):
                return None
        if isinstance(value, dict):
            return value
        # As text a warehouse's null is a word, and PHP writes an empty object as an empty list.
        return {} if value is None or value == [] else None

    return read


def _inside(source: Column, name: str) -> Column:
    """A value inside an object column, whichever form the object comes in."""
    outer = _object(source)
    return Column(
        f"{source.name}.{name}", (*source.path, name), lambda row: (outer(row) or {}).get(name)
    )


def _email_in(traits: Column) -> Column:
    """The user's email among their traits."""
    read = _object(traits)
    return Column(
        f"{traits.name}.{EMAIL}", (*traits.path, EMAIL), lambda row: email_in(read(row) or {})
    )
