"""Columns: how a value is read from a row, and which columns are never sent.

A column's name may hold dots of its own; `a.b` reaches into the object `a` only where the table
has no column of that very name.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.values.names import Path

Getter: TypeAlias = Callable[[Row], Json]

DELETED_AT: Final = "_ab_cdc_deleted_at"
"""Filled by Airbyte's change-data-capture sources when the row was deleted."""

# Bookkeeping of the tools that moved the row (facts: Segment warehouse schema, 5.4).
_SYSTEM_PREFIXES: Final = ("_airbyte_", "_ab_", "_fivetran_", "_dlt_", "_sdc_")


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one value inside an object column, and the way to read it."""

    name: str
    path: Path
    """The table's column it is in, then the keys of objects inside it."""
    read: Getter

    @property
    def top(self) -> str:
        """The name of the table's column it is in."""
        return self.path[0]

    @property
    def is_whole(self) -> bool:
        """Whether it is the column itself, not a value inside it."""
        return len(self.path) == 1


def column(name: str, known: Collection[str]) -> Column:
    """The column called `name` in a table whose columns are `known` (empty: not known)."""
    parts = tuple(name.split("."))
    if name in known or len(parts) == 1:
        return at_path((name,))
    # The longest known column that the path starts with; the rest reaches into it.
    for length in range(len(parts) - 1, 0, -1):
        top = ".".join(parts[:length])
        if top in known:
            return at_path((top, *parts[length:]))
    return at_path(parts)


def at_path(path: Path) -> Column:
    """The value at a path: a column, then keys of the objects inside it."""
    top, *inner = path
    if not inner:
        return Column(top, path, lambda row: row.get(top))

    def read(row: Row) -> Json:
        value = row.get(top)
        for part in inner:
            if not isinstance(value, dict):
                return None
            value = value.get(part)
        return value

    return Column(".".join(path), path, read)


def deleted_column(known: Collection[str]) -> str:
    """The name of `DELETED_AT` as this table spells it."""
    return next((name for name in known if name.lower() == DELETED_AT), DELETED_AT)


def is_system(name: str) -> bool:
    """Whether a column is bookkeeping of a pipeline tool, never data of the user's."""
    return name.lower().startswith(_SYSTEM_PREFIXES)
