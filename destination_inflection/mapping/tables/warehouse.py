"""Tables that Segment or RudderStack wrote into a warehouse: where each column belongs.

Such a table is a message cut into columns: system columns around it, `context_*` columns that were
the context, the rest traits or properties. NULL means that the message did not have the value.
Names come in snake_case, from Snowflake in capitals, and RudderStack puts `_` before names that
begin with a digit or are reserved in SQL. Source: facts on both schemas (Segment's
`storage/warehouses/schema`, RudderStack's transformer).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from destination_inflection.mapping.tables.columns import is_system
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import Path

_SYSTEM: Final = frozenset(
    [
        "id",
        "uuid",
        "uuid_ts",
        "loaded_at",
        "received_at",
        "sent_at",
        "timestamp",
        "original_timestamp",
        "event",
        "event_text",
        "channel",
        "user_id",
        "anonymous_id",
        "group_id",
        "previous_id",
        "record_id",
        "rudder_event",
        "segment_id",
        "event_source_id",
    ]
)
_CONTEXT: Final = "context_"
_OBJECTS: Final = (
    *("app", "campaign", "device", "network", "os", "page", "personas", "referrer", "screen"),
)
_CAMEL: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "user_agent": ("userAgent",),
        "group_id": ("groupId",),
        "device_advertising_id": ("device", "advertisingId"),
        "device_ad_tracking_enabled": ("device", "adTrackingEnabled"),
    }
)
# Words that RudderStack escapes because SQL reserves them, as far as they make sense as a property.
_RESERVED_IN_SQL: Final = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "check",
        "column",
        "constraint",
        "create",
        "cross",
        "current",
        "date",
        "default",
        "delete",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "interval",
        "into",
        "is",
        "join",
        "key",
        "language",
        "left",
        "like",
        "limit",
        "natural",
        "new",
        "not",
        "null",
        "offset",
        "old",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "right",
        "row",
        "rows",
        "select",
        "session",
        "set",
        "some",
        "start",
        "table",
        "then",
        "time",
        "to",
        "trigger",
        "true",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "value",
        "values",
        "view",
        "when",
        "where",
        "window",
        "with",
    ]
)
_UNESCAPED: Final = frozenset({"id", "user_id", "uuid", "timestamp"}) | _RESERVED_IN_SQL


def body_path(name: str) -> Path | None:
    """Where a column belongs among the traits or properties; None when it does not."""
    small = lowered(name)
    if small in _SYSTEM or small.startswith(_CONTEXT) or is_system(small):
        return None
    rest = small.removeprefix("_")
    return (rest if rest != small and (rest in _UNESCAPED or rest[:1].isdigit()) else small,)


def trait_path(name: str) -> Path | None:
    """Like `body_path` for a user's traits, which RudderStack keeps in `context_traits_*` too."""
    inner = lowered(name).removeprefix(f"{_CONTEXT}traits_")
    return body_path(name) if inner == lowered(name) else (inner,)


def twins_of(name: str) -> tuple[str, ...]:
    """The columns that hold the same trait as a column, itself included."""
    prefix = "CONTEXT_TRAITS_" if name.isupper() else f"{_CONTEXT}traits_"
    return (name, name.removeprefix(prefix) if name.startswith(prefix) else f"{prefix}{name}")


def context_path(name: str) -> Path | None:
    """Where a column belongs in the context; None when it does not, or is the old library's."""
    inner = lowered(name).removeprefix(_CONTEXT)
    if inner == lowered(name) or inner.startswith("library_"):
        return None
    if inner in _CAMEL:
        return _CAMEL[inner]
    for outer in (*_OBJECTS, "traits"):
        if inner.startswith(f"{outer}_"):
            return (outer, inner.removeprefix(f"{outer}_"))
    return (inner,)
