"""What each stream of a sync becomes, fixed before the first record, and told to the user."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream, selection_of
from destination_inflection.mapping.rules import USUAL, Defaults, Rule
from destination_inflection.mapping.tables.table import Table
from destination_inflection.streams import StreamKey


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A stream that can't be mapped, but may pass as long as no record of it comes."""

    problem: ConfigError


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


def tell_plans(plans: Plans, may_pass: Collection[StreamKey], log: Callable[[str], None]) -> None:
    """Tells the user what each stream becomes.

    Those in `may_pass` may be unmapped until a record of them comes: streams in overwrite mode,
    which without records are Airbyte's "Clear data".

    Raises:
        ConfigError: another stream can't be mapped; all of them are named.
    """
    log(f"Plan for {len(plans)} streams:")
    problems: list[str] = []
    for key, plan in plans.items():
        if isinstance(plan, StreamPlan):
            for part in plan.parts:
                log(f"  {key} -> {part.description}")
        elif key not in may_pass:
            problems.append(plan.problem.message)
    if problems:
        raise ConfigError(" ".join(problems))
