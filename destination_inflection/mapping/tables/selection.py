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
    """The tables of a sync that are sent, by namespace in small letters: names and event tables."""

    prefixes: frozenset[str]
    names: Mapping[str | None, frozenset[str]]
    events: Mapping[str | None, frozenset[str]]

    def known(self, table: Table) -> Table:
        """The table with the prefixes that its sync's streams share."""
        return replace(table, prefixes=self.prefixes) if self.prefixes else table

    def twin_of(self, view: Table) -> str | None:
        """The table that holds every row of a `_view`, if it is sent too."""
        base = base_name(view.name)
        has_twin = base in self.names.get(view.namespace, ()) and base != view.name.lower()
        return base if has_twin else None

    def events_next_to(self, table: Table) -> frozenset[str]:
        """For a `tracks`: the events, as warehouses write them, that have a sent table too."""
        prefix = table.names.get(_TRACKS)
        if prefix is None:
            return frozenset()
        names = self.events.get(table.namespace, frozenset())
        found = (name.removeprefix(prefix) for name in names if name.startswith(prefix))
        return frozenset(name for name in found if name != _TRACKS)


NO_OTHERS: Final = Selection(frozenset(), {}, {})


def select(tables: Iterable[Table], sent: Iterable[Table]) -> Selection:
    """What is to be known of the tables of a sync, of which `sent` are not skipped by a rule."""
    prefixes = shared_prefixes(table.name for table in tables)
    names: defaultdict[str | None, set[str]] = defaultdict(set)
    events: defaultdict[str | None, set[str]] = defaultdict(set)
    for table in sent:
        names[table.namespace].add(table.name.lower())
        if is_event_table(table):
            events[table.namespace].add(base_name(table.name))
    return Selection(prefixes, _frozen(names), _frozen(events))


def is_event_table(table: Table) -> bool:
    """Whether it is a warehouse's table of events."""
    columns = table.spellings.keys()
    events = {"event", "event_text"} <= columns and bool(columns & {"user_id", "anonymous_id"})
    return events and table.layout.is_warehouse


def _frozen(found: Mapping[str | None, set[str]]) -> Mapping[str | None, frozenset[str]]:
    return {namespace: frozenset(names) for namespace, names in found.items()}
