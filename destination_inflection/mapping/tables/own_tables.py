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
from destination_inflection.mapping.values.credentials import is_credential
from destination_inflection.mapping.values.names import snake_case

_PERSONS: Final = frozenset(
    {"user", "person", "people", "member", "customer", "contact", "lead", "profile"}
)
# A table of these is not one of people, whoever they belong to.
_THINGS: Final = frozenset(
    [
        *("action", "activity", "address", "alert", "answer", "appointment", "attempt", "audit"),
        *("badge", "booking", "bounce", "call", "campaign", "case", "consent", "conversion"),
        *("daily", "error", "experiment", "exposure", "flag", "monthly", "open", "payout"),
        *("property", "registration", "search", "send", "snapshot", "step", "tag", "trait"),
        *("unsubscribe", "weekly", "yearly", "hourly"),
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
# What may come after the word for people in the name of a table of theirs.
_QUALIFIERS: Final = frozenset(
    [
        *("active", "all", "base", "clean", "cleaned", "current", "data", "deduped", "enriched"),
        *("final", "latest", "live", "master", "new", "plain", "prod", "raw", "stg", "table"),
        *("unified", "v1", "v2", "v3"),
    ]
)
_OF_HISTORY: Final = ("dbt_valid_to", "dbt_scd_id", "valid_to", "is_current", "is_current_record")
_OF_ORG: Final = frozenset({"industry", "employees", "website"})
_OF_MEMBER: Final = frozenset({"role", "status", "joined", "email", "user", "member"})
_NOT_YET_OR_NO_MORE: Final = frozenset(
    [
        *("banned", "blocked", "deleted", "ex", "expired", "former", "inactive", "invited", "past"),
        *("pending", "previous", "rejected", "removed", "suspended", "waitlist"),
    ]
)


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
    names, mark = _first(table, AUDIENCE_NAMES), _first(table, MEMBER_MARKS)
    is_audience = bool(names and mark) and has_email and (has_user or is_contact)
    is_membership = has_user and _group_ids(table) and not is_contact and _is_membership(table)
    if is_membership and not is_audience:
        yield OwnTable("memberships", _membership(table))
    happens = _has(table, TRACK, "event_column", "timestamp")
    if happens and has_user:
        yield OwnTable("events", Rule(table.name, "track"))
    if happens and not _is_person(table):
        return  # a contact is not one for each of its events
    if is_audience and _is_boolean(table, mark[0]):
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
        return not keeps_history(table)
    if is_of_things(table) or _first(table, AUDIENCE_NAMES) or keeps_history(table):
        return False
    if not _NOT_YET_OR_NO_MORE.isdisjoint(_words(table.name)):
        return False
    if user_id is not None:
        return not key and own_id is None
    return own_id is not None and key in (frozenset(), {own_id}) and names_people(table)


def keeps_history(table: Table) -> bool:
    """Whether it keeps earlier states of its rows, as dbt's snapshots do."""
    return any(map(table.find, _OF_HISTORY))


def names_people(table: Table) -> bool:
    """Whether its name ends in a word for people, but for words that say nothing of what it is."""
    return any(map(_ends_in_people, _bare_names(table)))


def _ends_in_people(name: str) -> bool:
    words = _words(name)
    while len(words) > 1 and words[-1] in (*_QUALIFIERS, "view"):
        words.pop()
    return words[-1] in _PERSONS


def _bare_names(table: Table) -> list[str]:
    """The names it may be known by, as they are spelled, but without a prefix that means a thing.

    Of `order_items` and `order_customers` neither is about people.
    """
    cuts = [cut for cut in table.names.values() if _THINGS.isdisjoint(_words(cut))]
    return [table.name[len(cut) :] for cut in cuts]


def is_of_things(table: Table) -> bool:
    """Whether its name speaks of something that people have or do."""
    return not _THINGS.isdisjoint(_words(table.name))


def _is_keyed_otherwise(table: Table) -> bool:
    """Whether its rows have an id of their own next to the user's: several rows may be one's."""
    own_id = table.find("id")
    both = own_id is not None and table.find("user_id") is not None
    return both and _key(table) in (frozenset(), {own_id})


def _words(name: str) -> list[str]:
    """The words of a table's name, in the singular."""
    return [_singular(word) for word in snake_case(name).split("_")]


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word if word.endswith(("ss", "us")) else word.removesuffix("s")


def _group_ids(table: Table) -> list[str]:
    return [column for name in GROUP_IDS if (column := table.find(name)) is not None]


def _is_membership(table: Table) -> bool:
    """Whether a row ties a user to an org, and says nothing else of them."""
    key = _key(table)
    if any(key == {table.find("user_id"), group} for group in _group_ids(table)):
        return True
    nouns = [_words(noun_of(group)) for group in _group_ids(table)]
    for name in _bare_names(table):
        *words, last = _words(name.lower().removesuffix("_view") if "_" in name else name)
        if not _NOT_YET_OR_NO_MORE.isdisjoint(words):
            return False
        if last in ("member", "membership"):
            return True
        if last == "user" and any(words[-len(noun) :] == noun for noun in nouns):
            return True
    return False


def _membership(table: Table) -> Rule:
    """Ties each user to the org, and sends only what is said of the org."""
    groups, key = _group_ids(table), _key(table)
    keyed = [group for group in groups if group in key]
    if len(keyed or groups) > 1:
        words = _words(table.name)
        keyed = [group for group in groups if not {*_words(noun_of(group))}.difference(words)]
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
    is_of_member = not _OF_MEMBER.isdisjoint(_words(said))
    # Nobody wrote a rule that would send a credential on purpose.
    if said == name or not said or is_of_member or is_credential(column):
        return None
    return said
