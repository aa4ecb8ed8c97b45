"""What to do about a stream that can't be mapped: the rule that would do, in words and as JSON.

A rule is proposed only if the stream can be mapped by it. Whether it says what the user means is
theirs to judge: the columns in it are the likeliest, no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.by_rule import part_by_rule
from destination_inflection.mapping.compiling.roles import nearest
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.rule_form import as_json, as_written
from destination_inflection.mapping.rules import (
    ROLES,
    Comparison,
    Condition,
    FieldRule,
    Rule,
    with_columns,
    with_split_lists,
)
from destination_inflection.mapping.tables.columns import column, split_list
from destination_inflection.mapping.tables.likely_columns import likely_column
from destination_inflection.mapping.tables.own_tables import is_of_things, names_people, noun_of
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

_LAYERS: Final = ("stg", "fct", "dim", "raw", "int", "base", "mart", "rpt")
"""What dbt's projects put before the names of their tables."""
_ROLES_OF: Final = {
    "identify": ("user_id", "email"),
    "audience": ("user_id", "email"),
    "track": ("user_id", "event_column", "timestamp"),
    "group": ("user_id", "group_id"),
}


def with_proposal(
    problem: ConfigError, table: Table, own: Sequence[Rule], takes: Takes
) -> ConfigError:
    """The problem with the rule that would solve it, if there is one.

    `own` are the stream's rules as they are written, or none if it was to be recognised.
    """
    failing = next((rule for rule in own if not _stands(table, rule, takes)), None)
    if own and failing is None:
        return problem
    found = (
        rule_for(table, takes)
        if failing is None
        else _first_that_stands(table, _mended(table, failing, takes), takes)
    )
    if found is None:
        return problem
    is_added = failing is None or failing.stream != found.stream
    what = "add the rule" if is_added else "change the rule to"
    return ConfigError(f"{problem.message} For example, {what} {as_json(found)}")


def rule_for(table: Table, takes: Takes) -> Rule | None:
    """The rule that is likeliest for a stream without one; `skip` where no other would do."""
    return _first_that_stands(table, _new(table, takes), takes)


def _first_that_stands(table: Table, proposed: Iterable[Rule], takes: Takes) -> Rule | None:
    return next((rule for rule in proposed if _stands(table, rule, takes)), None)


def _stands(table: Table, rule: Rule, takes: Takes) -> bool:
    """Whether a stream can be mapped by a rule, read as it is written."""
    read = with_split_lists(as_written(rule), table.columns)
    try:
        part_by_rule(table, read, (read,), takes)
    except ConfigError:
        return False
    return True


def _new(table: Table, takes: Takes) -> Iterator[Rule]:
    """Rules for a stream that was not recognised, the likeliest first."""
    base = Rule(table.name, "skip", namespace=table.namespace)
    user, email = _user_id(table), likely_column(table, "email")
    is_thing = is_of_things(table)
    person = replace(base, call="identify", user_id=_listed(user), email=_listed(email))
    if takes is Takes.CONTACTS:
        contact = replace(base, call="identify", email=_listed(email))
        if email is not None and not is_thing:
            yield contact
            yield replace(contact, fields=_omitted(table))
        yield base
        return
    group, time = likely_column(table, "group_id"), likely_column(table, "timestamp")
    event = likely_column(table, "event_column")
    member = replace(base, call="group", user_id=_listed(user), group_id=_listed(group))
    happened = replace(base, call="track", user_id=_listed(user), timestamp=_listed(time))
    is_member = group is not None and user is not None and user != group
    if event is not None and time is not None and user is not None:
        yield replace(happened, event_column=(event,))
    if is_member and _is_of(table, str(group)):
        yield member
    if email is not None and user is not None and not is_thing:
        yield replace(person, only_if=_newest_state(table))
    if time is not None and user is not None:
        yield replace(happened, event=_title(table.name))
    if is_member:
        yield member
    yield base


def _user_id(table: Table) -> str | None:
    """The likeliest id of a user; the row's own only where each row is a person."""
    own = table.find("id") if names_people(table) else None
    return likely_column(table, "user_id") or own


def _newest_state(table: Table) -> Condition | None:
    """What holds of the newest states, in a table that keeps earlier ones too."""
    for name in ("dbt_valid_to", "valid_to"):
        if (end := table.find(name)) is not None:
            return Condition(end, Comparison.IS_NULL)
    for name in ("is_current", "is_current_record"):
        if (mark := table.find(name)) is not None:
            return Condition(mark, Comparison.EQUALS, "true")
    return None


def _listed(column_name: str | None) -> tuple[str, ...]:
    return () if column_name is None else (column_name,)


def _is_of(table: Table, group: str) -> bool:
    """Whether the table's rows are the orgs of a group id: `workspaces` with a `workspace_id`."""
    noun = noun_of(group)
    return any(name in (noun, f"{noun}s", f"{noun[:-1]}ies") for name in table.names)


def _title(stream: str) -> str:
    """A name for the events of a table, as Segment's spec writes them: `Order`, `Page View`."""
    words = (snake_case(stream) or "event").split("_")
    while len(words) > 1 and words[0] in _LAYERS:
        words.pop(0)
    return " ".join(word.capitalize() for word in [*words[:-1], words[-1].removesuffix("s")])


def _mended(table: Table, rule: Rule, takes: Takes) -> Iterator[Rule]:
    """The rule with real columns, and with those that its call lacks.

    A pattern's rule is for other streams too: it stays, and one for this stream is added.
    """
    if rule.is_glob:
        rule = replace(rule, stream=table.name, namespace=table.namespace)
    skip = Rule(rule.stream, "skip", namespace=rule.namespace)
    named = _with_real_columns(table, rule)
    if _sends_more(named, with_split_lists(rule, table.columns)):
        yield skip
        return
    filled = _with_what_is_missing(table, named)
    yield named
    yield filled
    if named.call == "track" and named.event is None and not named.event_column:
        yield _with_what_is_missing(table, replace(named, event=_title(table.name)))
    if named.call == "audience":
        yield replace(filled, fields=())
        yield replace(filled, audience=filled.audience or _title(table.name), fields=())
    yield replace(filled, list_id=None, unwrap=())
    if takes is Takes.CONTACTS:
        yield replace(filled, fields=(*filled.fields, *_omitted(table)))
    yield skip


def _sends_more(mended: Rule, rule: Rule) -> bool:
    """Whether a rule has lost what keeps rows or columns from being sent."""
    return (
        len(mended.fields) < len(rule.fields)
        or (mended.only_if is None and rule.only_if is not None)
        or len(mended.deleted_column) < len(rule.deleted_column)
        or len(mended.member_column) < len(rule.member_column)
    )


def _with_what_is_missing(table: Table, rule: Rule) -> Rule:
    lacking = {
        role: _user_id(table) if role == "user_id" else likely_column(table, role)
        for role in _ROLES_OF.get(rule.call, ())
        if not rule.columns(role) and not (role == "event_column" and rule.event is not None)
    }
    return with_columns(rule, {r: (name,) for r, name in lacking.items() if name is not None})


def _with_real_columns(table: Table, rule: Rule) -> Rule:
    """The rule with the columns it means; one that is like none of the table's is left out."""

    def real(name: str) -> str | None:
        is_known = not table.columns or column(name, table.columns).top in table.columns
        return name if is_known else nearest(name, table.columns)

    def listed(texts: Sequence[str]) -> tuple[str, ...]:
        found = [real(name) for name in split_list(texts, table.columns)]
        return tuple(dict.fromkeys(name for name in found if name is not None))

    fields = [
        field if field.column is None else replace(field, column=column_name)
        for field in rule.fields
        if field.column is None or (column_name := real(field.column)) is not None
    ]
    roles = {role: listed(rule.columns(role)) for role in ROLES if rule.columns(role)}
    mended = replace(rule, fields=tuple(fields), unwrap=listed(rule.unwrap))
    if (wanted := rule.only_if) is not None:
        other = wanted.value
        if wanted.comparison is Comparison.DIFFERS_FROM:
            other = real(str(wanted.value)) or other
        left = real(wanted.column)
        condition = None if left is None else replace(wanted, column=left, value=other)
        mended = replace(mended, only_if=condition)
    return with_columns(mended, roles)


def _omitted(table: Table) -> tuple[FieldRule, ...]:
    """For each property that several columns become: all of them left out but the first."""
    known: dict[str, str] = {}
    others = [n for n in table.columns if known.setdefault(snake_case(n), n) != n]
    return tuple(FieldRule(name, transform="omit") for name in others)
