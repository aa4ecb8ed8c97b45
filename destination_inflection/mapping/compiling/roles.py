"""Roles become columns: those the rule names, else those that convention knows.

An unknown column is an error that names the nearest real one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final, TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.description import Feed, listed
from destination_inflection.mapping.kinds import FIELDS, CallShape
from destination_inflection.mapping.rules import ROLES, Rule, has_no_effect
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.columns import Column, column
from destination_inflection.mapping.tables.conventions import by_convention
from destination_inflection.mapping.tables.table import Table

Roles: TypeAlias = Mapping[str, tuple[Column, ...]]

# Which roles each call needs in addition to whom it is about, as alternatives.
_NEEDS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "identify": (("email",),),
        "track": (("event", "event_column"),),
        "group": (("group_id",),),
        "audience": (("audience", "audience_column", "member_column", "list_id"), ("email",)),
    }
)


def resolve(table: Table, rule: Rule, shape: CallShape) -> Roles:
    """The columns of every role.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    roles = {role: _columns(table, rule, shape, role) for role in ROLES}
    fixed = {name for name in ("event", "audience", "list_id") if getattr(rule, name) is not None}
    for alternatives in (shape.who, *_NEEDS[rule.call]):
        if not any(name in fixed or roles.get(name) for name in alternatives):
            what = FIELDS.get(alternatives[0], alternatives[0])
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
    if table.is_partial:
        return tuple(found)
    present = [c for c in found if c.top in table.columns]
    # A glob covers tables that differ: there, one column of the list is enough.
    if len(present) == len(found) or (rule.is_glob and present):
        return tuple(present)
    unknown = next(c.name for c in found if c.top not in table.columns)
    near = nearest(unknown, table.columns)
    hint = f' (the nearest is "{near}")' if near is not None else ""
    raise ConfigError(
        f'Stream "{table.name}" has no column "{unknown}"{hint}: change {option} in the rule for '
        f'"{rule.stream}".'
    )


def nearest(name: str, columns: Collection[str]) -> str | None:
    """The column whose name is like another, in any case; None where none is."""
    spelled = {column.lower(): column for column in reversed([*columns])}
    return next((spelled[each] for each in get_close_matches(name.lower(), spelled, n=1)), None)


def consumed_by(roles: Roles, shape: CallShape) -> set[str]:
    """The columns that are not sent a second time: those that fill a role alone.

    An object is sent though its inside fills a role.
    """
    alone = [
        column
        for columns in roles.values()
        if len(columns) == 1 or not shape.sends_spares
        for column in columns
    ]
    return {column.name for column in alone if column.is_whole}


def feeds_of(
    table: Table, rule: Rule, shape: CallShape, roles: Roles, key: Sequence[Column]
) -> list[Feed]:
    """Which column feeds which field of the call; `key` is what its id is derived from."""
    feeds: dict[str, Feed] = {}

    def fill(option: str, *columns: Column, words: str = "", note: str = "") -> None:
        """Notes what fills the field of an option, if the call has one."""
        field = shape.fields.get(option)
        if field is not None and (columns or words):
            feeds[field] = Feed((field,), columns, words, note)

    for role, columns in roles.items():
        fill(role, *columns)
    if rule.event is not None and not has_no_effect(rule, "event"):
        fill("event", *roles["event_column"], words=f'"{rule.event}"')
    if rule.audience is not None and not has_no_effect(rule, "audience"):
        fill("audience", words=f'"{rule.audience}"')
    if rule.list_id is not None:
        fill("list_id", words=f'"{rule.list_id}"')
    times = roles["timestamp"]
    otherwise = "" if times and shape.needs_time else "emitted_at"
    fill("timestamp", *times, words=otherwise, note=zone_note(table, rule, times))
    if not roles["message_id"]:
        fill("message_id", words=_made_of(roles, key))
    return list(feeds.values())


def zone_note(table: Table, rule: Rule, columns: Iterable[Column]) -> str:
    """In which zone columns are read, for the plan; nothing where no zone is asked for.

    A number could be one only as 14 digits, which is not worth a word in every plan.
    """
    inside = (table.type_of(column.top).at(column.path[1:]) for column in columns)
    if not any(each is not None and each.may_hold((Kind.TEXT,)) for each in inside):
        return ""
    return f"{rule.time_zone or UTC} where it has no offset"


def _made_of(roles: Roles, key: Sequence[Column]) -> str:
    """What a derived id is made of."""
    if not key:
        return "content"
    facts = [f"key {', '.join(column.name for column in key)}"]
    if roles["timestamp"]:
        facts.append(f"time {listed(roles['timestamp'])}")
    if roles["event_column"]:
        facts.append(f"event {listed(roles['event_column'])}")
    return " + ".join(facts)


def _columns(table: Table, rule: Rule, shape: CallShape, role: str) -> tuple[Column, ...]:
    if role in shape.placeless or has_no_effect(rule, role):
        return ()
    if named := rule.columns(role):
        return known_columns(table, rule, role, named)
    if role == "event_column" and rule.event is not None:
        return ()
    return tuple(column(name, table.columns) for name in by_convention(table, shape, role))
