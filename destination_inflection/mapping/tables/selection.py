"""All tables of a sync together: what one of them is can depend on which others are sent.

Worked out once a sync, so that planning takes time in proportion to the number of streams.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from destination_inflection.mapping.tables.stream_names import base_name, shared_prefixes
from destination_inflection.mapping.tables.table import Table

_TRACKS: Final = "tracks"


@dataclass(frozen=True, slots=True)
class Selection:
    """The tables of a sync that are sent, in small letters.

    `columns` are those of each table by namespace and name, `events` the names of the tables whose
    rows are sent as events.
    """

    prefixes: frozenset[str]
    columns: Mapping[tuple[str | None, str], frozenset[str]]
    events: Mapping[str | None, frozenset[str]]

    def known(self, table: Table) -> Table:
        """The table with the prefixes that its sync's streams share."""
        return replace(table, prefixes=self.prefixes) if self.prefixes else table

    def twin_of(self, view: Table) -> str | None:
        """The table that holds every row of a `_view`, if it is sent too.

        Its columns are the same: `page_view` next to `page` is an event of its own. Where a catalog
        lists no columns, nothing shows that they are.
        """
        base, columns = base_name(view.name), _lowered(view.columns)
        is_twin = bool(columns) and self.columns.get((view.namespace, base)) == columns
        return base if is_twin and base != view.name.lower() else None

    def events_next_to(self, table: Table) -> frozenset[str]:
        """For a `tracks`: the events, as warehouses write them, that have a sent table too."""
        prefix = table.names.get(_TRACKS)
        if prefix is None or not is_event_table(table):
            return frozenset()
        names = self.events.get(table.namespace, frozenset())
        if base_name(table.name) != table.name.lower():
            names = frozenset(map(base_name, names))  # a view, as the others are then
        found = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
        return frozenset(name for name in found if base_name(name) != _TRACKS)


NO_OTHERS: Final = Selection(frozenset(), {}, {})


def select(tables: Iterable[Table], sent: Iterable[Table], tracked: Iterable[Table]) -> Selection:
    """What is to be known of the tables of a sync.

    `sent` are those that no rule skips; `tracked` are those among them of which no rule makes
    something other than events.
    """
    prefixes = shared_prefixes(table.name for table in tables)
    names: defaultdict[str | None, set[str]] = defaultdict(set)
    for table in tracked:
        if is_event_table(table):
            names[table.namespace].add(table.name.lower())
    columns = {(t.namespace, t.name.lower()): _lowered(t.columns) for t in sent}
    return Selection(prefixes, columns, _frozen(names))


def _lowered(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def is_event_table(table: Table) -> bool:
    """Whether it is a warehouse's table of events."""
    columns = table.spellings.keys()
    events = {"event", "event_text"} <= columns and bool(columns & {"user_id", "anonymous_id"})
    return events and table.layout.is_warehouse


def _frozen(found: Mapping[str | None, set[str]]) -> Mapping[str | None, frozenset[str]]:
    return {namespace: frozenset(names) for namespace, names in found.items()}
