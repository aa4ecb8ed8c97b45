"""What to do about a stream that can't be mapped: the rule that would do, in words and as JSON.

A rule is proposed only if the stream can be mapped by it. Whether it says what the user means is
theirs to judge: the columns in it are the likeliest, no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.by_rule import part_by_rule
from destination_inflection.mapping.compiling.roles import nearest
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.rule_form import as_json
from destination_inflection.mapping.rules import ROLES, FieldRule, Rule, with_columns
from destination_inflection.mapping.tables.columns import column
from destination_inflection.mapping.tables.likely_columns import likely_column
from destination_inflection.mapping.tables.own_tables import is_of_things, noun_of
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

_ROLES_OF: Final = {
    "identify": ("user_id", "email"),
    "audience": ("user_id", "email"),
    "track": ("user_id", "event_column", "timestamp"),
    "group": ("user_id", "group_id"),
}


def with_proposal(
    problem: ConfigError, table: Table, own: Sequence[Rule], takes: Takes
) -> ConfigError:
    """The problem with the rule that would solve it, if there is one; `own` are the stream's."""
    failing = next((rule for rule in own if not _stands(table, rule, own, takes)), None)
    if own and failing is None:
        return problem
    mended = _new(table, takes) if failing is None else _mended(table, failing, takes)
    found = next((rule for rule in mended if _stands(table, rule, (rule,), takes)), None)
    if found is None:
        return problem
    what = "For example, add the rule" if failing is None else "For example, change the rule to"
    return ConfigError(f"{problem.message} {what} {as_json(found)}")


def _stands(table: Table, rule: Rule, siblings: Sequence[Rule], takes: Takes) -> bool:
    try:
        part_by_rule(table, rule, siblings, takes)
    except ConfigError:
        return False
    return True


def _new(table: Table, takes: Takes) -> Iterator[Rule]:
    """Rules for a stream that was not recognised, the likeliest first."""
    base = Rule(table.name, "skip", namespace=table.namespace)
    user, email = likely_column(table, "user_id"), likely_column(table, "email")
    user = user or table.find("id")
    if takes is Takes.CONTACTS:
        if email is not None and not is_of_things(table):
            yield replace(base, call="identify", email=(email,))
        yield base
        return
    group, time = likely_column(table, "group_id"), likely_column(table, "timestamp")
    event = likely_column(table, "event_column")
    person = replace(base, call="identify", user_id=_listed(user), email=_listed(email))
    member = replace(base, call="group", user_id=_listed(user), group_id=_listed(group))
    happened = replace(base, call="track", user_id=_listed(user), timestamp=_listed(time))
    if event is not None and time is not None and user is not None:
        yield replace(happened, event_column=(event,))
    if group is not None and user not in (None, group) and _is_of(table, group):
        yield member
    if email is not None and user is not None and not is_of_things(table):
        yield person
    if time is not None and likely_column(table, "user_id") is not None:
        yield replace(happened, event=_title(table.name))
    if email is not None and user is not None:
        yield person
    yield base


def _listed(column_name: str | None) -> tuple[str, ...]:
    return () if column_name is None else (column_name,)


def _is_of(table: Table, group: str) -> bool:
    """Whether the table's rows are the orgs of a group id: `workspaces` with a `workspace_id`."""
    noun = noun_of(group)
    return any(name in (noun, f"{noun}s", f"{noun[:-1]}ies") for name in table.names)


def _title(stream: str) -> str:
    """A name for the events of a table, as Segment's spec writes them: `Order`, `Page View`."""
    words = (snake_case(stream) or "event").split("_")
    return " ".join(word.capitalize() for word in [*words[:-1], words[-1].removesuffix("s")])


def _mended(table: Table, rule: Rule, takes: Takes) -> Iterator[Rule]:
    """The same rule with real columns, and with those that its call lacks."""
    named = _with_real_columns(table, rule)
    yield named
    yield _with_what_is_missing(table, named)
    if named.call == "track" and named.event is None and not named.event_column:
        yield _with_what_is_missing(table, replace(named, event=_title(table.name)))
    if takes is Takes.CONTACTS:
        yield replace(_with_what_is_missing(table, named), fields=_with_omitted(table, named))
    yield Rule(rule.stream, "skip", namespace=rule.namespace)


def _with_what_is_missing(table: Table, rule: Rule) -> Rule:
    lacking = {
        role: likely_column(table, role)
        for role in _ROLES_OF.get(rule.call, ())
        if not rule.columns(role) and not (role == "event_column" and rule.event is not None)
    }
    if "user_id" in lacking:
        lacking["user_id"] = lacking["user_id"] or table.find("id")
    return with_columns(rule, {r: (name,) for r, name in lacking.items() if name is not None})


def _with_real_columns(table: Table, rule: Rule) -> Rule:
    def real(name: str) -> str:
        found = column(name, table.columns)
        if not table.columns or found.top in table.columns:
            return name
        return nearest(name, table.columns)

    roles = {role: tuple(map(real, rule.columns(role))) for role in ROLES if rule.columns(role)}
    fields = [f if f.column is None else replace(f, column=real(f.column)) for f in rule.fields]
    wanted = rule.only_if and replace(rule.only_if, column=real(rule.only_if.column))
    unwrap = tuple(map(real, rule.unwrap))
    mended = replace(rule, fields=tuple(fields), only_if=wanted, unwrap=unwrap)
    return with_columns(mended, roles)


def _with_omitted(table: Table, rule: Rule) -> tuple[FieldRule, ...]:
    """The fields, and for each name that several columns become all but the first left out."""
    known: dict[str, str] = {}
    others = [n for n in table.columns if known.setdefault(snake_case(n), n) != n]
    return (*rule.fields, *(FieldRule(name, transform="omit") for name in others))
