"""What a table is, told from its name and columns alone, never from a record.

Tables that Segment or RudderStack wrote are known by name and confirmed by columns; their layouts
are in `warehouse`. A table that fits two readings is an error that names both: a wrong guess would
put wrong data into Inflection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import CONTACT, GROUP, IDENTIFY, TRACK, CallShape, Takes
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.tables.conventions import GROUP_IDS, by_convention
from destination_inflection.mapping.tables.table import Table


class Becomes(Enum):
    """What the rows of a recognised table become."""

    IDENTIFY = "identify"
    TRACK = "track"
    GROUP = "group"
    EACH_ROWS_CALL = "the call each row names"
    COMPUTED_TRAIT = "an identify with the trait each row names"
    ENTERED = "members of the audience each row names"
    EXITED = "no members of it any more"


_VIEW: Final = "_view"
_BOOKKEEPING: Final = ("rudder_", "id_graph", "profile_", "external_id_")
_BOOKKEEPING_NAMES: Final = ("user_traits", "user_identifiers")
_NO_SUCH_CALL: Final = ("pages", "screens", "aliases")


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a table can be, and what becomes of it, or why it is skipped."""

    label: str
    becomes: Becomes | SkipReason


_MOVEMENTS: Final = MappingProxyType(
    {
        "audience_entered": Reading("an audience's members who entered", Becomes.ENTERED),
        "audience_exited": Reading("an audience's members who exited", Becomes.EXITED),
    }
)


def recognise(table: Table, selected: Sequence[Table], takes: Takes = Takes.MESSAGES) -> Reading:
    """What the table is, among all that are selected for the sync.

    Where people are known by their email alone (`Takes.CONTACTS`), no id column is asked for.

    Raises:
        ConfigError: it fits no reading, or more than one.
    """
    readings = list(_twins(table, selected)) or list(_special(table, selected))
    readings = readings or list(_plain(table, takes)) or list(_bookkeeping(table))
    if len(readings) == 1:
        return readings[0]
    if readings:
        fits = " and as ".join(reading.label for reading in readings)
        raise ConfigError(
            f'Stream "{table.name}" can be read as {fits}: add a rule for it under streams that '
            "says which call it becomes."
        )
    raise ConfigError(_unknown(table))


def _named(table: Table) -> str:
    """The table's name in small letters, without what only says that it is a view."""
    return table.name.lower().removesuffix(_VIEW)


def _twins(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """A `_view` next to its table: the table holds every row of it."""
    base = _named(table)
    beside = {other.name.lower() for other in selected if other.namespace == table.namespace}
    if base != table.name.lower() and base in beside:
        yield Reading(f'a view of "{base}", which is selected too', SkipReason.TWIN)


def _special(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """Segment messages, and tables that Segment or RudderStack wrote."""
    columns = table.spellings.keys()
    named = _named(table)
    has_user = bool(columns & {"user_id", "anonymous_id"})
    # A product's own event table may well have a type and properties: a message has more.
    has_body, has_frame = columns & {"traits", "properties"}, columns & {"message_id", "context"}
    if "type" in columns and has_user and has_body and has_frame:
        yield Reading("Segment messages", Becomes.EACH_ROWS_CALL)
    if not table.layout.is_warehouse:
        return
    if named == "identifies" and has_user:
        yield Reading("a warehouse's identifies", Becomes.IDENTIFY)
    if named == "users" and "id" in columns and not has_user:
        yield Reading("a warehouse's users", Becomes.IDENTIFY)
    if named == "groups" and "group_id" in columns:
        yield Reading("a warehouse's groups", Becomes.GROUP)
    if named in _NO_SUCH_CALL and has_user:
        yield Reading(f"a warehouse's {named}", SkipReason.NO_SUCH_CALL)
    yield from _events(table, selected)


def _events(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """Tables of events, Engage's own among them."""
    columns = table.spellings.keys()
    named = _named(table)
    if named in _MOVEMENTS and "audience_key" in columns:
        yield _MOVEMENTS[named]
    elif named == "trait_computed" and "trait_key" in columns:
        yield Reading("computed traits", Becomes.COMPUTED_TRAIT)
    elif _is_event_table(table):
        others = [
            other
            for other in selected
            if other.namespace == table.namespace and _named(other) != "tracks"
        ]
        if named == "tracks" and any(_is_event_table(other) for other in others):
            yield Reading("the events of other selected tables", SkipReason.IN_EVENT_TABLES)
        else:
            yield Reading("a warehouse's events", Becomes.TRACK)


def _is_event_table(table: Table) -> bool:
    columns = table.spellings.keys()
    events = {"event", "event_text"} <= columns and bool(columns & {"user_id", "anonymous_id"})
    return events and table.layout.is_warehouse


def _plain(table: Table, takes: Takes) -> Iterator[Reading]:
    if table.layout.is_warehouse:
        return

    def has(shape: CallShape, *roles: str) -> bool:
        return all(by_convention(table, shape, role) for role in roles)

    by_email = takes is Takes.CONTACTS and has(CONTACT, "email")
    happens = has(TRACK, "event_column", "timestamp")
    if has(IDENTIFY, "user_id", "email") or (by_email and not happens):
        yield Reading("people", Becomes.IDENTIFY)
    if happens and has(TRACK, "user_id"):
        yield Reading("events", Becomes.TRACK)
    if has(GROUP, "user_id", "group_id") and not by_email:
        groups = [name for name in GROUP_IDS if name in table.spellings]
        if len(groups) > 1:
            raise ConfigError(
                f'Stream "{table.name}" has several group id columns ({", ".join(groups)}): add a '
                "rule for it under streams with the group_id to use."
            )
        yield Reading("memberships", Becomes.GROUP)


def _bookkeeping(table: Table) -> Iterator[Reading]:
    named = _named(table)
    if named.startswith(_BOOKKEEPING) or named in _BOOKKEEPING_NAMES:
        yield Reading("bookkeeping of Segment or RudderStack", SkipReason.BOOKKEEPING)


def _unknown(table: Table) -> str:
    columns = table.spellings.keys()
    orgs = by_convention(table, GROUP, "group_id") or table.name.lower() == "accounts"
    if orgs and not columns & {"user_id", "anonymous_id"}:
        return (
            f'Stream "{table.name}" holds orgs but no user id, and Inflection ties an org to a '
            "user: add a rule with call group that names its user_id and group_id, or deselect it."
        )
    return (
        f'Stream "{table.name}" is no kind of table this connector knows (people need an email and '
        "an id column; events a user id, an event name and a time; memberships a user id and a "
        "group id): add a rule for it under streams, or deselect it."
    )
