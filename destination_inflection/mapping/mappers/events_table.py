"""A warehouse's table of all events, which holds those again that have a table of their own."""

from collections.abc import Collection
from typing import Final

from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Mapped, Skip
from destination_inflection.mapping.mappers.messages import Mapper
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.remembered import remembered

_SHORTEST_CUT: Final = 63
"""Warehouses cut the names of tables at 63 characters (Postgres) or 127."""


def mapper_without(table: Table, events: Collection[str], otherwise: Mapper) -> Mapper:
    """Skips the rows of `events`, as warehouses write their names; all others go `otherwise`."""
    columns = [table.spellings[name] for name in ("event", "event_text") if name in table.spellings]
    names = frozenset(events)
    cut = tuple(name for name in names if len(name) >= _SHORTEST_CUT)
    skipped = Skip(SkipReason.IN_EVENT_TABLES)

    @remembered(4096)
    def has_a_table(event: str) -> bool:
        slugs = {lowered(event.strip()), snake_case(event)}
        slugs |= {f"_{slug}" for slug in slugs}
        return not names.isdisjoint(slugs) or bool(cut and any(s.startswith(cut) for s in slugs))

    def map_row(row: Row, read_at: int | None) -> Mapped:
        event = next((e for name in columns if isinstance(e := row.get(name), str) and e), None)
        if event is not None and has_a_table(event):
            return skipped
        return otherwise(row, read_at)

    return map_row
