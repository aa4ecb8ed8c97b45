"""Engage's tables of who entered an audience and who left: what a row says, and its context."""

from types import MappingProxyType
from typing import Final

from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Reject, Skip
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.memberships import Presence, Saying, membership
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.tables.keyed_columns import KeyedColumn
from destination_inflection.mapping.values.ids import clean_event
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.transforms import Unreadable

_EVENTS: Final = MappingProxyType({"audience_entered": True, "audience_exited": False})


def moved(
    key: Column, column_for: KeyedColumn, events: tuple[Column, ...], otherwise: Presence | None
) -> Saying:
    """How a row says member or not: the first that says it counts.

    These are the boolean in the column that `key` names, then the event, then what the table's name
    says (`otherwise`).
    """

    def says(row: Row) -> bool | Unreadable | None:
        said: bool | Unreadable | None = None
        name = clean_event(key.read(row))
        if name is not None and (column := column_for(name, row)) is not None:
            said = membership(row.get(column))
            if isinstance(said, bool):
                return said
        for source in events:
            event = source.read(row)
            if isinstance(event, str) and (entered := _EVENTS.get(snake_case(event))) is not None:
                return entered
        return said if otherwise is None else otherwise.value

    return says


def within_context(arrange: Arrange, context_of: Arrange) -> Arrange:
    """The same body, within the context that the row has; `context_of` reads it.

    Of what both say of the computation the row's own counts: Engage itself wrote it.
    """

    def arrange_within(row: Row) -> Arranged | Reject | Skip:
        found = arrange(row)
        if not isinstance(found, Arranged):
            return found
        own = context_of(row)
        if not isinstance(own, Arranged):
            return own
        context = {**found.context, **own.context}
        ours, theirs = found.context.get("personas"), own.context.get("personas")
        if isinstance(ours, dict) and isinstance(theirs, dict):
            context["personas"] = {**ours, **theirs}
        return Arranged(found.body, context, found.unreadable, found.withheld + own.withheld)

    return arrange_within
