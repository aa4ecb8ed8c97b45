"""Paths into columns that lead nowhere in a row: they are counted, not passed over."""

from collections.abc import Sequence

from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Call, Mapped
from destination_inflection.mapping.mappers.messages import Mapper
from destination_inflection.mapping.tables.columns import Column, is_blocked


def counting(mapper: Mapper, paths: Sequence[Column]) -> Mapper:
    """The same mapper; its calls also name those of `paths` that end in some other value."""
    if not paths:
        return mapper

    def map_row(row: Row, read_at: int | None) -> Mapped:
        found = mapper(row, read_at)
        if isinstance(found, Call):
            blocked = tuple(column.name for column in paths if is_blocked(column, row))
            if blocked:
                return found._replace(unreadable=(*found.unreadable, *blocked))
        return found

    return map_row
