"""The user's own tables: memberships, events, audiences and people, by their names and columns.

What is recognised is the rule that the user would have had to write. Which names count is our
choice, no specification fixes it, and where a table could be something else a rule is asked for: a
wrong guess would put wrong data into Inflection.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import CONTACT, TRACK, CallShape, Takes
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.conventions import (
    AUDIENCE_NAMES,
    GROUP_IDS,
    MEMBER_MARKS,
    by_convention,
)
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

_PERSONS: Final = frozenset(
    {"user", "person", "people", "member", "customer", "contact", "lead", "profile"}
)
# A table of these is not one of people, whoever they belong to.
_THINGS: Final = frozenset(
    [
        *("activity", "address", "answer", "appointment", "booking", "call", "campaign", "case"),
        *("cart", "change", "charge", "click", "comment", "deal", "device", "document", "download"),
        *("event", "export", "feedback", "file", "form", "history", "import", "interaction"),
        *("invitation", "invite", "invoice", "item", "license", "list", "log", "login", "meeting"),
        *("message", "metric", "note", "notification", "opportunity", "order", "payment"),
        *("permission", "preference", "product", "purchase", "quote", "referral", "refund"),
        *("renewal", "report", "request", "response", "review", "role", "score", "session"),
        *("setting", "shipment", "stat", "submission", "subscription", "survey", "task", "ticket"),
        *("token", "transaction", "upload", "usage", "view", "visit"),
    ]
)
_OF_ORG: Final = frozenset({"industry", "employees", "website"})
_OF_MEMBER: Final = ("_role", "_status", "_joined_at", "_email")


@dataclass(frozen=True, slots=True)
class OwnTable:
    """What a table is, and the rule it stands for."""

    label: str
    rule: Rule


def own_table(table: Table, takes: Takes) -> OwnTable | None:
    """What one of the user's own tables is; None where only a rule can say.

    Raises:
        ConfigError: it holds memberships, and several columns could name the org.
    """
    return next(_kinds(table, takes), None)


def _kinds(table: Table, takes: Takes) -> Iterator[OwnTable]:
    """All that a table could be; the first counts."""
    has_email, has_user = _has(table, CONTACT, "email"), _has(table, TRACK, "user_id")
    is_contact = takes is Takes.CONTACTS and has_email
    if has_user and _group_ids(table) and not is_contact and _is_membership(table):
        yield OwnTable("memberships", _membership(table))
    happens = _has(table, TRACK, "event_column", "timestamp")
    if happens and has_user:
        yield OwnTable("events", Rule(table.name, "track"))
    if happens and not _is_person(table):
        return  # a contact is not one for each of its events
    names, mark = _first(table, AUDIENCE_NAMES), _first(table, MEMBER_MARKS)
    if names and mark and has_email and (has_user or is_contact) and _is_boolean(table, mark[0]):
        rule = Rule(table.name, "audience", audience_column=names, member_column=mark)
        yield OwnTable("an audience's members", rule)
    is_people = not _is_keyed_otherwise(table) if is_contact else _is_person(table)
    if has_email and is_people:
        yield OwnTable("people", Rule(table.name, "identify"))


def _is_boolean(table: Table, column: str) -> bool:
    """Whether a column can hold booleans, as they are or as 1 and 0."""
    return table.type_of(column).may_hold((Kind.BOOLEAN, Kind.NUMBER))


def _has(table: Table, shape: CallShape, *roles: str) -> bool:
    return all(by_convention(table, shape, role) for role in roles)


def _first(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    """The first of these columns that the table has."""
    return next(((found,) for name in names if (found := table.find(name)) is not None), ())


def _key(table: Table) -> frozenset[str]:
    """The primary key's columns."""
    return frozenset(".".join(path) for path in table.primary_key)


def _is_person(table: Table) -> bool:
    """Whether a row is a person, by the key and the name of the table."""
    key, user_id, own_id = _key(table), table.find("user_id"), table.find("id")
    if user_id is not None and key == {user_id}:
        return True
    if is_of_things(table) or _first(table, AUDIENCE_NAMES):
        return False
    if user_id is not None:
        return not key and own_id is None
    is_keyed = own_id is not None and key in (frozenset(), {own_id})
    return is_keyed and any(not _PERSONS.isdisjoint(_words(name)) for name in _names(table))


def is_of_things(table: Table) -> bool:
    """Whether its name speaks of something that people have or do."""
    return all(not _THINGS.isdisjoint(_words(name)) for name in _names(table))


def _names(table: Table) -> list[str]:
    """The names it may be known by, as they are spelled: words may begin with capitals."""
    return [table.name[len(cut) : len(cut) + len(name)] for name, cut in table.names.items()]


def _is_keyed_otherwise(table: Table) -> bool:
    """Whether its rows have an id of their own next to the user's: several rows may be one's."""
    own_id = table.find("id")
    both = own_id is not None and table.find("user_id") is not None
    return both and _key(table) in (frozenset(), {own_id})


def _words(name: str) -> set[str]:
    """The words of a name, and each without the ending of a plural."""
    words = snake_case(name).split("_")
    singular = [f"{w[:-3]}y" if w.endswith("ies") else w.removesuffix("s") for w in words]
    return {*words, *singular}


def _group_ids(table: Table) -> list[str]:
    return [column for name in GROUP_IDS if (column := table.find(name)) is not None]


def _is_membership(table: Table) -> bool:
    """Whether a row ties a user to an org, and says nothing else of them."""
    key = _key(table)
    if any(key == {table.find("user_id"), group} for group in _group_ids(table)):
        return True
    words = [snake_case(name).split("_") for name in _names(table)]
    nouns = {noun_of(group) for group in _group_ids(table)}
    return any(
        last[-1:] in (["member"], ["members"], ["membership"], ["memberships"])
        or (last[-1:] == ["users"] and "_".join(last[:-1]).endswith(tuple(nouns)))
        for last in words
    )


def _membership(table: Table) -> Rule:
    """Ties each user to the org, and sends only what is said of the org."""
    groups, key = _group_ids(table), _key(table)
    keyed = [group for group in groups if group in key]
    if len(keyed or groups) > 1:
        raise ConfigError(
            f'Stream "{table.name}" has several group id columns ({", ".join(groups)}): add a rule '
            "for it under streams with the group_id to use."
        )
    (group,) = keyed or groups
    noun = noun_of(group)
    fields = tuple(
        FieldRule(name, name=stripped)
        for name in table.columns
        if name != group and (stripped := _said_of_org(name, noun))
    )
    return Rule(
        table.name,
        "group",
        group_id=(group,),
        fields=fields,
        other_columns="drop",
    )


def noun_of(group_id: str) -> str:
    """What the org is called: `workspace` in `workspace_id`."""
    return snake_case(group_id).removesuffix("id").removesuffix("_")


def _said_of_org(column: str, noun: str) -> str | None:
    """The name of a trait of the org, without the org's noun; None if it is about the member."""
    name = snake_case(column)
    if name in _OF_ORG:
        return name
    said = name.removeprefix(f"{noun}_")
    if said == name or not said or name.endswith(_OF_MEMBER) or "_user" in name:
        return None
    return said
