"""What a table is, told from its name and columns alone, never from a record.

Tables that Segment or RudderStack wrote are known by name and confirmed by columns; their layouts
are in `warehouse`. A table that fits two readings is an error that names both: a wrong guess would
put wrong data into Inflection.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import CallKind, Takes
from destination_inflection.mapping.tables.conventions import GROUP_IDS, by_convention
from destination_inflection.mapping.tables.table import Table, spellings
from destination_inflection.mapping.tables.warehouse import is_warehouse

Becomes: TypeAlias = (
    SkipReason | Literal["identify", "track", "group", "message", "computed", "entered", "exited"]
)

_VIEW: Final = "_view"
_BOOKKEEPING: Final = ("rudder_", "id_graph", "profile_", "external_id_")
_BOOKKEEPING_NAMES: Final = ("user_traits", "user_identifiers")
_NO_SUCH_CALL: Final = ("pages", "screens", "aliases")
_MEMBERSHIP_EVENTS: Final = {"audience_entered": "entered", "audience_exited": "exited"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a table can be.

    `becomes` is a call; a reason to skip it; messages that name their call row by row; or the
    entering or leaving of an audience; or computed traits.
    """

    label: str
    becomes: Becomes


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


def _twins(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """A `_view` beside its table: the table holds every row of it."""
    if table.name.lower().endswith(_VIEW):
        base = table.name.lower().removesuffix(_VIEW)
        if any(t.name.lower() == base and t.namespace == table.namespace for t in selected):
            yield Reading(f'a view of "{base}", which is selected too', SkipReason.TWIN)


def _special(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """Segment messages, and tables that Segment or RudderStack wrote."""
    columns = spellings(table).keys()
    named = table.name.lower().removesuffix(_VIEW)
    has_user = bool(columns & {"user_id", "anonymous_id"})
    # A product's own event table may well have a type and properties: a message has more.
    has_body, has_frame = columns & {"traits", "properties"}, columns & {"message_id", "context"}
    if "type" in columns and has_user and has_body and has_frame:
        yield Reading("Segment messages", "message")
    if not is_warehouse(table):
        return
    if named == "identifies" and has_user:
        yield Reading("a warehouse's identifies", "identify")
    if named == "users" and "id" in columns and not has_user:
        yield Reading("a warehouse's users", "identify")
    if named == "groups" and "group_id" in columns:
        yield Reading("a warehouse's groups", "group")
    if named in _NO_SUCH_CALL and has_user:
        yield Reading(f"a warehouse's {named}", SkipReason.NO_SUCH_CALL)
    yield from _events(table, selected)


def _events(table: Table, selected: Sequence[Table]) -> Iterator[Reading]:
    """Tables of events, Engage's own among them."""
    columns = spellings(table).keys()
    named = table.name.lower().removesuffix(_VIEW)
    if named in _MEMBERSHIP_EVENTS and "audience_key" in columns:
        becomes: Becomes = "entered" if _MEMBERSHIP_EVENTS[named] == "entered" else "exited"
        yield Reading(f"an audience's members who {becomes}", becomes)
    elif named == "trait_computed" and "trait_key" in columns:
        yield Reading("computed traits", "computed")
    elif _is_event_table(table):
        others = [
            other
            for other in selected
            if other.namespace == table.namespace
            and other.name.lower().removesuffix(_VIEW) != "tracks"
        ]
        if named == "tracks" and any(_is_event_table(other) for other in others):
            yield Reading("the events of other selected tables", SkipReason.IN_EVENT_TABLES)
        else:
            yield Reading("a warehouse's events", "track")


def _is_event_table(table: Table) -> bool:
    columns = spellings(table).keys()
    events = {"event", "event_text"} <= columns and bool(columns & {"user_id", "anonymous_id"})
    return events and is_warehouse(table)


def _plain(table: Table, takes: Takes) -> Iterator[Reading]:
    if is_warehouse(table):
        return

    def has(kind: CallKind, *roles: str) -> bool:
        return all(by_convention(table, kind, role) for role in roles)

    by_email = takes is Takes.CONTACTS and has(CallKind.CONTACT, "email")
    happens = has(CallKind.TRACK, "event_column", "timestamp")
    if has(CallKind.IDENTIFY, "user_id", "email") or (by_email and not happens):
        yield Reading("people", "identify")
    if happens and has(CallKind.TRACK, "user_id"):
        yield Reading("events", "track")
    if has(CallKind.GROUP, "user_id", "group_id") and not by_email:
        groups = [name for name in GROUP_IDS if name in spellings(table)]
        if len(groups) > 1:
            raise ConfigError(
                f'Stream "{table.name}" has several group id columns ({", ".join(groups)}): add a '
                "rule for it under streams with the group_id to use."
            )
        yield Reading("memberships", "group")


def _bookkeeping(table: Table) -> Iterator[Reading]:
    named = table.name.lower().removesuffix(_VIEW)
    if named.startswith(_BOOKKEEPING) or named in _BOOKKEEPING_NAMES:
        yield Reading("bookkeeping of Segment or RudderStack", SkipReason.BOOKKEEPING)


def _unknown(table: Table) -> str:
    columns = spellings(table).keys()
    orgs = by_convention(table, CallKind.GROUP, "group_id") or table.name.lower() == "accounts"
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
