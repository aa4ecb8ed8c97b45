"""The plan: what each stream of a sync becomes, fixed before the first record.

`plan_stream` turns a table and the user's rules into a `StreamPlan`, or raises a `ConfigError`
that names the stream, what is missing and the option to set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.compiler import compile_rule
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.recognition import recognise
from destination_inflection.mapping.rules import Rule, rules_for
from destination_inflection.mapping.segment_messages import compile_messages
from destination_inflection.mapping.tables import Table


class Mapper(Protocol):
    """Maps one row to one call, reject or skip."""

    def map(self, row: Row, emitted_at: int | None) -> Mapped:
        """Maps one row; `emitted_at` is in epoch milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a stream becomes, and its description for the user, on one line."""

    mapper: Mapper
    description: str


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """All that the rows of one stream become."""

    parts: tuple[Part, ...]

    def map(self, data: Json, emitted_at: int | None) -> list[Mapped]:
        """Maps the data of one record, in the order of the rules."""
        if not isinstance(data, dict):
            return [Reject(Reason.NOT_AN_OBJECT)]
        return [part.mapper.map(data, emitted_at) for part in self.parts]


@dataclass(frozen=True, slots=True)
class _Skipper:
    reason: SkipReason

    def map(self, row: Row, emitted_at: int | None) -> Mapped:  # noqa: ARG002 - the mapper's shape
        return Skip(self.reason)


def plan_stream(table: Table, rules: Sequence[Rule]) -> StreamPlan:
    """The plan of one stream: by its rules if it has any, else by what it is recognised as.

    Raises:
        ConfigError: the stream can't be mapped.
    """
    own = rules_for(rules, table.namespace, table.name)
    if not own:
        return StreamPlan((_recognised(table),))
    return StreamPlan(tuple(_part(table, rule, own) for rule in own))


def _recognised(table: Table) -> Part:
    reading = recognise(table)
    if reading.becomes == "message":
        plan = compile_messages(table)
        return Part(plan, f"{plan.description} (recognised: {reading.label})")
    rule = Rule(stream=table.name, call=reading.becomes.value)
    compiled = compile_rule(table, rule, ())
    return Part(compiled.plan, f"{compiled.description} (recognised: {reading.label})")


def _part(table: Table, rule: Rule, siblings: Sequence[Rule]) -> Part:
    if rule.call == "skip":
        return Part(_Skipper(SkipReason.BY_RULE), "skip (by rule)")
    alike = [other for other in siblings if other.call == rule.call]
    scope = (rule.event, *rule.event_column, *rule.user_id) if len(alike) > 1 else ()
    compiled = compile_rule(table, rule, scope)
    return Part(compiled.plan, f"{compiled.description} (by rule)")
