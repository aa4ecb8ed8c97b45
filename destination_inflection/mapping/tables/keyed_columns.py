"""Engage's tables: which column holds what the key in a row names.

A key is the trait's name as it is; a warehouse's column is its snake_case form, in capitals in
Snowflake and with `_` before a leading digit. So a column is looked for by the key, by
`snake_case(key)` and by the key in any case, in this order. A system column such as `id` is the
message's own, never a trait's.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, TypeAlias

from destination_inflection.json_types import Row
from destination_inflection.mapping.tables.warehouse import body_path
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.remembered import remembered

KeyedColumn: TypeAlias = Callable[[str, Row], str | None]
"""The column for a key, among the table's and those of the row; None where there is none."""

_MOST_REMEMBERED: Final = 4096


def keyed_columns(columns: Collection[str], key_column: str) -> KeyedColumn:
    """Finds the columns for keys in a table whose columns are `columns`.

    What the catalog answers for a key is remembered. A row is looked at where the catalog has no
    such column, for the columns that the catalog does not list.
    """
    declared = frozenset(columns)
    known = _by_name(name for name in columns if name != key_column)

    @remembered(_MOST_REMEMBERED)
    def in_catalog(key: str) -> str | None:
        return _find(key, known)

    def column_for(key: str, row: Row) -> str | None:
        if (found := in_catalog(key)) is not None:
            return found
        others = [name for name in row if name not in declared]
        return _find(key, _by_name(others)) if others else None

    return column_for


def _by_name(columns: Iterable[str]) -> dict[str, str]:
    """Columns by the names they go by: as they are, then in small letters, then unescaped."""
    bodies = {name: path[0] for name in columns if (path := body_path(name)) is not None}
    found = {name: name for name in bodies}
    for name in bodies:
        found.setdefault(lowered(name), name)
    for name, unescaped in bodies.items():
        found.setdefault(unescaped, name)
    return found


def _find(key: str, columns: dict[str, str]) -> str | None:
    names = (key, snake_case(key), lowered(key))
    return next((columns[name] for name in names if name in columns), None)
