"""What each stream of a sync becomes, fixed before the first record, and told to the user."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.doubts import doubts_about_all
from destination_inflection.mapping.kinds import CallKind, Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream, selection_of
from destination_inflection.mapping.rules import USUAL, Defaults, Rule
from destination_inflection.mapping.tables.table import Table
from destination_inflection.plurals import plural
from destination_inflection.streams import StreamKey

_MOST_NAMED: Final = 20
"""Streams in one sentence."""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A stream that can't be mapped, but may pass as long as no record of it comes."""

    problem: ConfigError


@dataclass(frozen=True, slots=True)
class Teller:
    """Where a plan is told, where its warnings are, and where what is wrong with it."""

    log: Callable[[str], None]
    warn: Callable[[str], None]
    fail: Callable[[str], None]


Plans: TypeAlias = Mapping[StreamKey, StreamPlan | Unmapped]


def plan_all(
    tables: Sequence[Table],
    rules: Sequence[Rule],
    takes: Takes,
    defaults: Defaults = USUAL,
) -> Plans:
    """What each table becomes on a route that takes `takes`, or why it can't be mapped.

    `defaults` hold for tables without a rule.
    """
    plans: dict[StreamKey, StreamPlan | Unmapped] = {}
    selection = selection_of(tables, rules)
    for table in tables:
        key = StreamKey(table.namespace, table.name)
        try:
            plans[key] = plan_stream(table, rules, selection, takes, defaults)
        except ConfigError as problem:
            plans[key] = Unmapped(problem)
    return plans


def kinds_in(plans: Plans) -> frozenset[CallKind]:
    """The kinds of calls that the streams become, where a stream becomes calls of one kind."""
    mapped = [plan for plan in plans.values() if isinstance(plan, StreamPlan)]
    return frozenset(part.kind for plan in mapped for part in plan.parts if part.kind is not None)


def doubts_in(plans: Plans, tables: Sequence[Table]) -> list[str]:
    """What looks wrong about streams that can be mapped: warnings, each a sentence."""
    planned = [
        (table, [part.description for part in plan.parts])
        for table in tables
        if isinstance(plan := plans[StreamKey(table.namespace, table.name)], StreamPlan)
    ]
    of_each = [
        f'Stream "{StreamKey(table.namespace, table.name)}": {doubt}.'
        for table, said in planned
        for part in said
        for doubt in part.doubts
    ]
    of_each = list(dict.fromkeys(of_each))
    return [*of_each, *doubts_about_all([t for t, _ in planned], [said for _, said in planned])]


def tell_plans(plans: Plans, may_pass: Collection[StreamKey], tell: Teller) -> None:
    """Tells the user what each stream becomes.

    Those in `may_pass` may be unmapped until a record of them comes: streams in overwrite mode,
    which without records are Airbyte's "Clear data".

    Of several other streams that can't be mapped, each problem is told, and the first is raised
    with the names of all of them: it may be all that somebody sees.

    Raises:
        ConfigError: another stream can't be mapped.
    """
    tell.log(f"Plan for {len(plans)} {plural(len(plans), 'stream')}:")
    problems: dict[StreamKey, ConfigError] = {}
    for key, plan in plans.items():
        if isinstance(plan, StreamPlan):
            for part in plan.parts:
                tell.log(f"  {key} -> {part.description}")
        elif key in may_pass:
            stop = "" if plan.problem.message.endswith(".") else "."  # it may end with a rule
            tell.warn(f"{plan.problem.message}{stop} The sync fails at its first record.")
        else:
            problems[key] = plan.problem
    if len(problems) > 1:
        for problem in problems.values():
            tell.fail(problem.message)
    if problems:
        raise _as_one(problems)


def _as_one(problems: Mapping[StreamKey, ConfigError]) -> ConfigError:
    first, *others = problems.values()
    if not others:
        return first
    names = [str(key) for key in problems][:_MOST_NAMED]
    more = len(problems) - len(names)
    named = ", ".join(names) + (f" and {more} more" if more else "")
    return ConfigError(
        f"{len(problems)} streams can't be mapped: {named}. The log has an ERROR line on each. The "
        f"first: {first.message}"
    )
