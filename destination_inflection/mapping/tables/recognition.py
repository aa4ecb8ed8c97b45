"""What a table is, told from its names and columns alone, never from a record.

The first that fits counts: tables that Segment or RudderStack wrote (their layouts are in
`warehouse`), raw Segment messages, and then the user's own tables (`own_tables`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import CONTACT, GROUP, TRACK, Takes
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.conventions import by_convention
from destination_inflection.mapping.tables.own_tables import keeps_history, own_table
from destination_inflection.mapping.tables.selection import Selection, is_event_table
from destination_inflection.mapping.tables.table import Table


class Warehouse(Enum):
    """What the rows of a table become that Segment or RudderStack wrote, or that hold messages."""

    IDENTIFY = "identify"
    TRACK = "track"
    GROUP = "group"
    EACH_ROWS_CALL = "the call each row names"
    COMPUTED_TRAIT = "an identify with the trait each row names"
    ENTERED = "members of the audience each row names"
    EXITED = "no members of it any more"
    MOVED = "members or not of the audience each row names, as the row says"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table is, and what becomes of it: for the user's own tables as a rule."""

    label: str
    becomes: Warehouse | Rule | SkipReason


# Tables of Segment's Profiles Sync and of RudderStack that hold no messages.
_BOOKKEEPING: Final = ("rudder_", "id_graph", "profile_", "external_id_")
_BOOKKEEPING_NAMES: Final = ("user_traits", "user_identifiers")
_ORGS: Final = frozenset(
    [
        *("accounts", "companies", "groups", "organisations", "organizations", "orgs", "teams"),
        *("tenants", "workspaces"),
    ]
)
_NO_SUCH_CALL: Final = ("pages", "screens", "aliases")


def recognise(table: Table, selection: Selection, takes: Takes = Takes.MESSAGES) -> Reading:
    """What the table is, among all that are selected for the sync.

    Where people are known by their email alone (`Takes.CONTACTS`), no id column is asked for.

    Raises:
        ConfigError: it is nothing this connector knows.
    """
    reading = next(_readings(table, selection, takes), None)
    if reading is None:
        raise ConfigError(_unknown(table, takes))
    return reading


def _readings(table: Table, selection: Selection, takes: Takes) -> Iterator[Reading]:
    if (twin := selection.twin_of(table)) is not None:
        yield Reading(f'a view of "{twin}", which is selected too', SkipReason.TWIN)
    if table.layout.is_warehouse:
        yield from _of_warehouse(table)
    if _holds_messages(table):
        yield Reading("Segment messages", Warehouse.EACH_ROWS_CALL)
    if not table.layout.is_warehouse and (own := own_table(table, takes)) is not None:
        yield Reading(own.label, own.rule)
    if _is_bookkeeping(table):
        yield Reading("bookkeeping of Segment or RudderStack", SkipReason.BOOKKEEPING)


def _of_warehouse(table: Table) -> Iterator[Reading]:
    """Tables that Segment or RudderStack wrote, Engage's among them."""
    columns, names = table.spellings.keys(), table.names
    has_user = bool(columns & {"user_id", "anonymous_id"})
    if "audience_key" in columns and has_user:
        yield _movement(table)
    if "trait_key" in columns and has_user:
        yield Reading("computed traits", Warehouse.COMPUTED_TRAIT)
    if is_event_table(table):
        yield Reading("a warehouse's events", Warehouse.TRACK)
    if "identifies" in names and has_user:
        yield Reading("a warehouse's identifies", Warehouse.IDENTIFY)
    if "users" in names and "id" in columns and not has_user:
        yield Reading("a warehouse's users", Warehouse.IDENTIFY)
    if "groups" in names and "group_id" in columns:
        yield Reading("a warehouse's groups", Warehouse.GROUP)
    for name in _NO_SUCH_CALL:
        if name in names and has_user:
            yield Reading(f"a warehouse's {name}", SkipReason.NO_SUCH_CALL)


def _movement(table: Table) -> Reading:
    for word, becomes in (("entered", Warehouse.ENTERED), ("exited", Warehouse.EXITED)):
        if any(name.endswith(word) for name in table.names):
            return Reading(f"an audience's members who {word}", becomes)
    return Reading("who is in an audience", Warehouse.MOVED)


def _holds_messages(table: Table) -> bool:
    """Raw messages: a product's own event table may well have a type and properties, too."""
    columns = table.spellings.keys()
    parts = ({"type"}, {"user_id", "anonymous_id"}, {"traits", "properties"})
    return all(columns & part for part in (*parts, {"message_id", "context"}))


def _is_bookkeeping(table: Table) -> bool:
    """Whether it is one of the tools' own: RudderStack's by name, Segment's by a mark besides."""
    is_segment = any(name.endswith("segment_id") for name in table.spellings)
    return any(
        name.startswith("rudder_")
        or (is_segment and (name.startswith(_BOOKKEEPING) or name in _BOOKKEEPING_NAMES))
        for name in table.names
    )


def _unknown(table: Table, takes: Takes) -> str:
    lack = _what_it_lacks(table, takes)
    return (
        f'Stream "{table.name}" is not recognised, as {lack}: add a rule for it under streams, or '
        "deselect it."
    )


def _what_it_lacks(table: Table, takes: Takes) -> str:
    """Why a table is not recognised; this speaks of the chosen route alone."""
    has_email = bool(by_convention(table, CONTACT, "email"))
    if takes is Takes.CONTACTS:
        return (
            "several of its rows may be about one person"
            if has_email
            else "no column is called email or email_address, by which contacts are known"
        )
    user, group = table.find("user_id"), by_convention(table, GROUP, "group_id")
    has_event = bool(by_convention(table, TRACK, "event_column"))
    if has_event and user is None:
        return "no column is called user_id, and an event is about a user"
    if has_event:
        return "no column is known to say when its events happened"
    if has_email and keeps_history(table):
        return "it keeps earlier states of its rows"
    if has_email and user is None and table.find("id") is None:
        return "no column is called user_id or id, and people are known by one"
    if has_email:
        return "its key and name do not say that each row is one person"
    if user is None and not _ORGS.isdisjoint(table.names):
        return "it holds orgs but no user id, and Inflection ties an org to a user"
    if user is None:
        return "no column is called user_id or email"
    if group:
        return "its key and name do not say that each row is a member of an org"
    return "no column names an event, an org or an email"
