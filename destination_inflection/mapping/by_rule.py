"""What a stream becomes by one of its rules."""

from collections.abc import Sequence
from dataclasses import replace

from destination_inflection.mapping.compiling.audiences import compile_audience
from destination_inflection.mapping.compiling.call_ids import AmongRules
from destination_inflection.mapping.compiling.compiler import compile_rule
from destination_inflection.mapping.compiling.roles import known_columns
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.mappers.conditions import condition, either, only_if
from destination_inflection.mapping.parts import (
    Part,
    part_of,
    shape_for,
    skipping,
    without_told,
)
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Comparison, Condition, Rule
from destination_inflection.mapping.tables.columns import Getter
from destination_inflection.mapping.tables.deletion import marked_as_deleted
from destination_inflection.mapping.tables.selection import NO_OTHERS, Selection
from destination_inflection.mapping.tables.table import Table


def part_by_rule(
    table: Table,
    rule: Rule,
    siblings: Sequence[Rule],
    takes: Takes,
    selection: Selection = NO_OTHERS,
) -> Part:
    """What the rule makes of a stream; `siblings` are all its rules, this one included.

    `selection` is all tables of the sync: a rule does not send an event of `tracks` twice either.

    Raises:
        ConfigError: the rule can't be used for this stream, or on this route.
    """
    if rule.call == "skip":
        part = skipping(SkipReason.BY_RULE)
    else:
        compile_it = compile_audience if rule.call == "audience" else compile_rule
        shape, among = shape_for(table, rule, takes), AmongRules.of(rule, siblings)
        part = part_of(compile_it(table, rule, shape, among))
    if rule.call == "track":
        part = without_told(table, part, selection.events_next_to(table))
    if rule.only_if is not None:
        part = _only_if(table, rule, rule.only_if, part)
    return replace(part, description=replace(part.description, origin="by rule"))


def _only_if(table: Table, rule: Rule, wanted: Condition, part: Part) -> Part:
    """The same for some of the rows.

    Raises:
        ConfigError: the condition names a column that the table does not have.
    """
    (column,) = known_columns(table, rule, "only_if", [wanted.column])
    other: Getter = lambda _row: wanted.value  # noqa: E731 - a constant's getter
    if wanted.comparison is Comparison.DIFFERS_FROM:
        other = known_columns(table, rule, "only_if", [str(wanted.value)])[0].read
    said = f"{column.name} {wanted.comparison.value}" + (f" {wanted.value}" if wanted.value else "")
    holds = condition(column.read, wanted.comparison, other)
    if rule.call == "audience":
        # Who left has left, though a deleted row may hold nothing but its key.
        marks = known_columns(table, rule, "deleted_column", rule.deleted_column)
        holds = either(holds, marked_as_deleted(table, marks))
    mapper = only_if(part.mapper, holds)
    return part.becoming(f"{part.description.becomes}, only if {said}", mapper)
