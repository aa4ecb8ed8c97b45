"""The types of columns, from the JSON schema of a stream. Nothing here raises on an odd schema."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.tables.column_types import UNKNOWN, ColumnType, Kind

_KINDS: Final = MappingProxyType(
    {
        "string": Kind.TEXT,
        "integer": Kind.NUMBER,
        "number": Kind.NUMBER,
        "boolean": Kind.BOOLEAN,
        "object": Kind.OBJECT,
        "array": Kind.LIST,
    }
)
# The types that catalogs of protocol version 1 refer to, as `WellKnownTypes.json#/definitions/...`.
_WELL_KNOWN: Final[Mapping[str, ColumnType]] = MappingProxyType(
    {
        "String": ColumnType(frozenset({Kind.TEXT})),
        "BinaryData": ColumnType(frozenset({Kind.TEXT})),
        "Integer": ColumnType(frozenset({Kind.NUMBER})),
        "Number": ColumnType(frozenset({Kind.NUMBER})),
        "Boolean": ColumnType(frozenset({Kind.BOOLEAN})),
        **{
            name: ColumnType(frozenset({Kind.TEXT}), is_time=True)
            for name in (
                *("Date", "TimestampWithTimezone", "TimestampWithoutTimezone"),
                *("TimeWithTimezone", "TimeWithoutTimezone"),
            )
        },
    }
)
_TIME_FORMATS: Final = frozenset({"date", "date-time", "time"})
_DEEPEST: Final = 16
"""How far types are read: a path of a rule that reaches further is not held against them."""


def types_of(columns: JsonObject) -> Mapping[str, ColumnType]:
    """What each column is declared to hold; `columns` are the properties of a schema."""
    return {name: _type(schema, _DEEPEST) for name, schema in columns.items()}


def _type(schema: Json, depth: int) -> ColumnType:
    if not isinstance(schema, dict) or depth == 0:
        return UNKNOWN
    choices = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(choices, list):
        return _any_of([_type(choice, depth - 1) for choice in choices if not _is_null(choice)])
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _WELL_KNOWN.get(reference.rpartition("#/definitions/")[2], UNKNOWN)
    given = schema.get("type")
    named = given if isinstance(given, list) else [given]
    known = [name for name in named if isinstance(name, str) and name != "null"]
    if not known or not _KINDS.keys() >= set(known):
        return UNKNOWN
    entries, item = schema.get("properties"), schema.get("items")
    kinds = frozenset(_KINDS[name] for name in known)
    is_time = known == ["string"] and schema.get("format") in _TIME_FORMATS
    if not entries and not item:
        return _plain(kinds, is_time)
    return ColumnType(
        kinds,
        is_time,
        inside={
            name: _type(entry, depth - 1)
            for name, entry in (entries.items() if isinstance(entries, dict) else ())
        },
        item=_type(item, depth - 1) if isinstance(item, dict) else None,
    )


@cache
def _plain(kinds: frozenset[Kind], is_time: bool) -> ColumnType:  # noqa: FBT001 - what it is
    """A type without anything inside: one for all columns that have it."""
    return ColumnType(kinds, is_time)


def _is_null(schema: Json) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _any_of(types: list[ColumnType]) -> ColumnType:
    """The type of a value that may be of any of these."""
    if not types or not all(each.kinds for each in types):
        return UNKNOWN
    return ColumnType(
        frozenset().union(*(each.kinds for each in types)),
        is_time=all(each.is_time for each in types),
        inside={name: inner for each in types for name, inner in each.inside.items()},
        item=next((each.item for each in types if each.item is not None), None),
    )
