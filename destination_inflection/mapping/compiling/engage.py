"""Engage's tables: rows whose key names an audience or a computed trait.

A key column makes a table of a warehouse's Engage's, under a rule too: there the name is sent as it
is, and the row's own context is kept. Each row is an event; what it says becomes a trait of its
user.
"""

from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.compiling.placing import Taken, placing
from destination_inflection.mapping.compiling.roles import Roles
from destination_inflection.mapping.description import Feed, listed
from destination_inflection.mapping.kinds import TRACK, CallShape
from destination_inflection.mapping.mappers.arrangement import Place, Placing, Treatment, arranger
from destination_inflection.mapping.mappers.computed_traits import computed_trait
from destination_inflection.mapping.mappers.contacts import flattened
from destination_inflection.mapping.mappers.memberships import (
    Presence,
    Saying,
    by_name,
    membership_traits,
    reading_of,
    saying,
)
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.mappers.movements import moved, within_context
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.columns import at_path
from destination_inflection.mapping.tables.conventions import by_convention
from destination_inflection.mapping.tables.deletion import Deleted, marked_as_deleted
from destination_inflection.mapping.tables.keyed_columns import keyed_columns
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

AUDIENCE_KEY: Final = "audience_key"
TRAIT_KEY: Final = "trait_key"


def engage_key(table: Table, rule: Rule) -> str | None:
    """Which of Engage's keys an audience rule reads in a table of a warehouse; None: neither."""
    if not table.layout.is_warehouse or len(rule.audience_column) != 1:
        return None
    found = ((key, table.spellings.get(key)) for key in (AUDIENCE_KEY, TRAIT_KEY))
    return next((key for key, column in found if column == rule.audience_column[0]), None)


def check_email(table: Table, rule: Rule, shape: CallShape) -> None:
    """Makes sure that a table of Engage's can hold an email.

    Raises:
        ConfigError: it can't.
    """
    if not rule.email and not by_convention(table, shape, "email"):
        raise ConfigError(
            f'Stream "{table.name}" has no column that is known to hold an email (email, '
            "context_traits_email), and Inflection processes no identify call without one: set "
            "email in a rule for it with call audience and audience_column "
            f"{rule.audience_column[0]}, or deselect it."
        )


def arrange_key(
    table: Table, rule: Rule, shape: CallShape, roles: Roles, presence: Presence | None
) -> Arrange:
    """How a row becomes the trait that its key names; `presence` is what the table's name says."""
    key = at_path((rule.audience_column[0],))
    column_for = keyed_columns(table.columns, key.name)
    named = snake_case if shape.is_flat else _as_it_is
    members = roles["member_column"]
    if engage_key(table, rule) == TRAIT_KEY:
        not_text = {name for name in table.columns if not table.type_of(name).may_hold_any_text}
        arrange = computed_trait(key, column_for, named, not_text)
    else:
        is_deleted = marked_as_deleted(table, roles["deleted_column"])
        if members:
            says = saying(members, reading_of(rule.member_values), is_deleted, Presence.MEMBER)
        else:
            names = [table.spellings.get(name) for name in ("event", "event_text")]
            events = tuple(at_path((name,)) for name in names if name is not None)
            says = _or_deleted(moved(key, column_for, events, presence), is_deleted)
        arrange = membership_traits(by_name((key,), says, named), listed(members or (key,)))
    if shape.is_flat:
        return flattened(arrange, ())
    place = _context_placing(table, rule, roles)
    return within_context(arrange, arranger(shape.kind, place, (), Treatment("omit")))


def context_feeds(table: Table, rule: Rule, shape: CallShape, roles: Roles) -> list[Feed]:
    """The columns that the context of a row is made of, for the plan."""
    if shape.is_flat:
        return []
    place = _context_placing(table, rule, roles)
    found = ((name, place(name)) for name in table.columns)
    return [Feed(("context", *at.path), (at_path((name,)),)) for name, at in found if at]


def _context_placing(table: Table, rule: Rule, roles: Roles) -> Placing:
    """Where the columns of the context go; the others are traits of other rows.

    The row is an event, so the traits of its user belong to the context too, but for the email.
    """
    in_roles = {column.name for columns in roles.values() for column in columns}
    place = placing(table, rule, TRACK, Taken(in_roles, ()))

    def context_place(name: str) -> Place | None:
        found = place(name)
        return found if found is not None and found.in_context else None

    return context_place


def _or_deleted(says: Saying, is_deleted: Deleted) -> Saying:
    """A row that was deleted in the source says that its user is not a member."""
    return lambda row: False if is_deleted(row) else says(row)


def _as_it_is(name: str) -> str:
    return name
