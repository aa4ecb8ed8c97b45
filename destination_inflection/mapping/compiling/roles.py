"""Roles become columns: those the rule names, else those that convention knows.

An unknown column is an error that names the nearest real one.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.description import Feed, listed
from destination_inflection.mapping.rules import ROLES, CallKind, Rule
from destination_inflection.mapping.tables.columns import Column, column
from destination_inflection.mapping.tables.conventions import by_convention
from destination_inflection.mapping.tables.table import Table

Roles: TypeAlias = Mapping[str, tuple[Column, ...]]

_WHO: Final = ("user_id", "anonymous_id")
# A contact has neither a time nor an id of its own: such columns are properties like others.
_BY_EMAIL: Final = (CallKind.CONTACT, CallKind.MEMBER)
_NOT_IN_CONTACTS: Final = ("timestamp", "message_id")

# Which roles each call needs, as alternatives; the first of each is what the error speaks of.
_NEEDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "identify": (_WHO, ("email",)),
        "track": (_WHO, ("event", "event_column")),
        "group": (("user_id",), ("group_id",)),
        "audience": (
            _WHO,
            ("audience", "audience_column", "member_column", "list_id"),
        ),
    }
)
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user_id": "userId",
        "anonymous_id": "anonymousId",
        "group_id": "groupId",
        "email": "email",
        "event_column": "event",
        "timestamp": "timestamp",
        "message_id": "messageId",
        "audience_column": "audience",
        "member_column": "membership",
    }
)


def resolve(table: Table, rule: Rule, kind: CallKind) -> Roles:
    """The columns of every role.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    roles = {role: _columns(table, rule, kind, role) for role in ROLES}
    fixed = {name for name in ("event", "audience", "list_id") if getattr(rule, name) is not None}
    needs = _NEEDS[rule.call]
    if kind in _BY_EMAIL:
        needs = (("email",), *(each for each in needs if each not in (_WHO, ("email",))))
    for alternatives in needs:
        if not any(name in fixed or roles.get(name) for name in alternatives):
            what = _FIELDS.get(alternatives[0], alternatives[0])
            raise ConfigError(
                f'Stream "{table.name}" has no column that is known to hold the {what} of '
                f"{rule.call} calls: set {' or '.join(alternatives)} in the rule for "
                f'"{rule.stream}".'
            )
    return roles


def known_columns(
    table: Table, rule: Rule, option: str, names: Sequence[str]
) -> tuple[Column, ...]:
    """The columns an option names, checked against the table's.

    Raises:
        ConfigError: the table has no such column.
    """
    found = [column(name, table.columns) for name in names]
    if not table.columns:
        return tuple(found)
    present = [c for c in found if c.top in table.columns]
    # A glob covers tables that differ: there, one column of the list is enough.
    if len(present) == len(found) or (rule.is_glob and present):
        return tuple(present)
    unknown = next(c.name for c in found if c.top not in table.columns)
    near = get_close_matches(unknown, table.columns, n=1, cutoff=0.0)
    hint = f' (the nearest is "{near[0]}")' if near else ""
    raise ConfigError(
        f'Stream "{table.name}" has no column "{unknown}"{hint}: change {option} in the rule for '
        f'"{rule.stream}".'
    )


def consumed_by(roles: Roles, kind: CallKind) -> set[str]:
    """The columns that are not sent a second time: those that fill a role alone.

    Of several that are tried in order, only one was used. An object is sent though its inside was.
    A contact holds no ids and one email: there, none of them is sent.
    """
    by_email = kind in _BY_EMAIL
    alone = [
        each for columns in roles.values() if len(columns) == 1 or by_email for each in columns
    ]
    return {column.name for column in alone if column.is_whole}


def feeds_of(rule: Rule, kind: CallKind, roles: Roles, key: Sequence[Column]) -> list[Feed]:
    """Which column feeds which field of the message."""
    if kind in _BY_EMAIL:
        shown = [role for role in ("email", "audience_column", "member_column") if roles[role]]
        return [Feed((_FIELDS[role],), roles[role]) for role in shown]
    feeds = {_FIELDS[role]: Feed((_FIELDS[role],), found) for role, found in roles.items() if found}
    if rule.event is not None:
        feeds["event"] = Feed(("event",), words=f'"{rule.event}"')
    if rule.audience is not None:
        feeds["audience"] = Feed(("audience",), words=f'"{rule.audience}"')
    feeds.setdefault("timestamp", Feed(("timestamp",), words="emitted_at"))
    made_of = [f"key {', '.join(column.name for column in key)}"] if key else ["content"]
    if key and roles["timestamp"]:
        made_of.append(f"time {listed(roles['timestamp'])}")
    if key and rule.event is None and roles["event_column"]:
        made_of.append(f"event {listed(roles['event_column'])}")
    feeds.setdefault("messageId", Feed(("messageId",), words=" + ".join(made_of)))
    return list(feeds.values())


def _columns(table: Table, rule: Rule, kind: CallKind, role: str) -> tuple[Column, ...]:
    if kind in _BY_EMAIL and role in _NOT_IN_CONTACTS:
        return ()
    if named := rule.columns(role):
        return known_columns(table, rule, role, named)
    if role == "event_column" and rule.event is not None:
        return ()
    if role == "event_column" and kind is not CallKind.TRACK:
        return ()
    if role == "group_id" and kind is not CallKind.GROUP:
        return ()
    return tuple(column(name, table.columns) for name in by_convention(table, kind, role))
