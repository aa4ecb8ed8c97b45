"""Columns: how a value is read from a row, and which columns are never sent.

A column's name may hold dots of its own; `a.b` reaches into the object `a` only where the table
has no column of that very name. It reaches into a list by the number of an item (`a.0.b`), and into
text that holds an object or a list as JSON, which is what many warehouses store.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import Path
from destination_inflection.mapping.values.visible import visible

_LONGEST_NUMBER: Final = 10  # longer ones are past the end of any list
Getter: TypeAlias = Callable[[Row], Json]

# Bookkeeping of the tools that moved the row (facts: Segment warehouse schema, 5.4).
_SYSTEM_PREFIXES: Final = (
    *("_airbyte_", "_ab_", "_fivetran_", "_dlt_", "_sdc_", "_peerdb_", "__hevo_"),
)
DELETED_AT: Final = "_ab_cdc_deleted_at"
"""Filled by Airbyte's change-data-capture sources when the row was deleted."""
DELETION_MARKS: Final = (
    *(DELETED_AT, "_fivetran_deleted", "_sdc_deleted_at", "__deleted"),
    *("_peerdb_is_deleted", "__hevo__marked_deleted"),
)
"""Filled, or true, where the row was deleted: Airbyte's, Fivetran's, Stitch's, Debezium's and
others'."""


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
    # The longest known column that the path starts with; the rest reaches into it.
    for length in range(len(parts), 0, -1):
        top = _spelled(".".join(parts[:length]), known)
        if top is not None:
            return at_path((top, *parts[length:]))
    return at_path(parts)


def _spelled(name: str, known: Collection[str]) -> str | None:
    """The column of this name, as it is or else as the only one that differs in case alone.

    A byte order mark before the first column of a file can't be seen, nor typed.
    """
    if name in known:
        return name
    alike = [each for each in known if visible(each).lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def split_list(texts: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The columns in lists with commas; a text that is a whole column's name is that column."""
    return tuple(
        name
        for text in texts
        for name in ([text] if _spelled(text, known) else map(str.strip, text.split(",")))
        if name
    )


def at_path(path: Path) -> Column:
    """The value at a path: a column, then keys of the objects inside it."""
    top, *inner = path
    if not inner:
        return Column(top, path, lambda row: row.get(top))

    def read(row: Row) -> Json:
        value: Json | _Blocked = row.get(top)
        for part in inner:
            value = _inside(value, part)
        return None if value is _BLOCKED else value

    return Column(".".join(path), path, read)


class _Blocked(Enum):
    """Stands for what can't be inside a value: the value is neither an object nor a list."""

    BLOCKED = "blocked"


_BLOCKED: Final = _Blocked.BLOCKED


def is_blocked(column: Column, row: Row) -> bool:
    """Whether a row has something else where the path to a value inside a column goes on."""
    value: Json | _Blocked = row.get(column.top)
    for part in column.path[1:]:
        value = _inside(value, part)
    return value is _BLOCKED


def is_there(column: Column, row: Row) -> bool:
    """Whether a row has a value there, null or not."""
    *outer, last = column.path
    if not outer:
        return last in row
    value: Json | _Blocked = row.get(column.top)
    for part in outer[1:]:
        value = _inside(value, part)
    opened = json_inside(value) if isinstance(value, str) else value
    if isinstance(opened, dict):
        return last in opened
    return isinstance(opened, list) and not isinstance(_inside(opened, last), _Blocked | None)


def _inside(value: "Json | _Blocked", part: str) -> "Json | _Blocked":
    """What is at one part of a path; null where there is nothing."""
    if value is None or value is _BLOCKED:
        return value
    if isinstance(value, str):
        if not value.strip():
            return None
        value = json_inside(value)
        if value is None:
            return _BLOCKED
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and part.isdecimal():
        at = int(part) if len(part) < _LONGEST_NUMBER else len(value)
        return value[at] if at < len(value) else None
    return _BLOCKED


def is_system(name: str) -> bool:
    """Whether a column is bookkeeping of a pipeline tool, never data of the user's."""
    small = lowered(name)
    return small.startswith(_SYSTEM_PREFIXES) or small in DELETION_MARKS
