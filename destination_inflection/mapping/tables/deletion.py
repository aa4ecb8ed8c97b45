"""Which rows were deleted in the source: those that bear a mark of a pipeline tool, or a rule's.

A mark is filled with a time, or true. Null, blank, false and 0, in any spelling, mean not deleted.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.tables.columns import DELETION_MARKS, Column
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.ids import is_blank
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.timestamps import is_no_time
from destination_inflection.mapping.values.transforms import to_boolean

_NULLS: Final = frozenset({"null", "none", "nil", "nan", "nat", "\\n", "undefined"})
Deleted: TypeAlias = Callable[[Row], bool]
"""Whether a row was deleted."""


def marked_as_deleted(table: Table, own_marks: Sequence[Column] = ()) -> Deleted:
    """Whether a row of the table was deleted; `own_marks` are those that a rule names."""
    # Airbyte's own mark counts in whatever table, the others where the source declares them.
    known = table.columns or DELETION_MARKS
    names = [name for name in known if name.lower() in DELETION_MARKS]
    airbyte = next((name for name in names if name.lower() == DELETION_MARKS[0]), DELETION_MARKS[0])
    others = [name for name in names if name != airbyte]
    reads = [column.read for column in own_marks]

    def is_deleted(row: Row) -> bool:
        return (mark := row.get(airbyte)) is not None and _says_so(mark)

    def is_deleted_by_any(row: Row) -> bool:
        marks = [row.get(airbyte), *map(row.get, others), *(read(row) for read in reads)]
        return any(_says_so(mark) for mark in marks)

    return is_deleted_by_any if others or reads else is_deleted


def _says_so(mark: Json) -> bool:
    if is_blank(mark) or to_boolean(mark) is False or is_no_time(mark):
        return False
    return not isinstance(mark, str) or lowered(mark.strip()) not in _NULLS
