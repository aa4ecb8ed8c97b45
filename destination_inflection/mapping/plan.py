"""The plan: what each stream of a sync becomes, fixed before the first record.

`plan_stream` turns a table and the user's rules into a `StreamPlan`, or raises a `ConfigError`
that names the stream, what is missing and the option to set.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.compiling.audiences import compile_audience, compile_engage
from destination_inflection.mapping.compiling.call_ids import AmongRules
from destination_inflection.mapping.compiling.compiler import Compiled, compile_rule
from destination_inflection.mapping.compiling.engage import AUDIENCE_KEY, TRAIT_KEY
from destination_inflection.mapping.compiling.placing import BY_RULE
from destination_inflection.mapping.compiling.roles import known_columns
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.kinds import CallKind, CallShape, Takes, shape_of
from destination_inflection.mapping.mappers.conditions import condition, only_if
from destination_inflection.mapping.mappers.contacts import contact_mapper, member_mapper
from destination_inflection.mapping.mappers.events_table import mapper_without
from destination_inflection.mapping.mappers.memberships import Presence
from destination_inflection.mapping.mappers.messages import CallPlan, Mapper, mapper_of
from destination_inflection.mapping.mappers.paths import counting
from destination_inflection.mapping.mappers.segment_messages import (
    describe_messages,
    embedded_mapper,
    message_mapper,
    without_excluded,
)
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import (
    USUAL,
    Comparison,
    Condition,
    Defaults,
    Rule,
    RuleCall,
    rules_for,
)
from destination_inflection.mapping.tables.columns import Getter, at_path
from destination_inflection.mapping.tables.recognition import Reading, Warehouse, recognise
from destination_inflection.mapping.tables.selection import NO_OTHERS, Selection, select
from destination_inflection.mapping.tables.table import Table

_NOT_OF_ORG: Final = "not the org's: a rule with the call group sends it"
_MAKERS: Final[Mapping[CallKind, Callable[[CallPlan], Mapper]]] = MappingProxyType(
    {
        CallKind.IDENTIFY: mapper_of,
        CallKind.TRACK: mapper_of,
        CallKind.GROUP: mapper_of,
        CallKind.CONTACT: contact_mapper,
        CallKind.MEMBER: member_mapper,
    }
)


_CALLS: Final[Mapping[Warehouse, RuleCall]] = MappingProxyType(
    {Warehouse.IDENTIFY: "identify", Warehouse.TRACK: "track", Warehouse.GROUP: "group"}
)
# What the name of a table says of its rows; None where only a row can say.
_PRESENCES: Final[Mapping[Warehouse, Presence | None]] = MappingProxyType(
    {
        Warehouse.ENTERED: Presence.MEMBER,
        Warehouse.EXITED: Presence.NO_MEMBER,
        Warehouse.MOVED: None,
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing a stream becomes, and its description for the user."""

    mapper: Mapper
    description: Description


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """All that the rows of one stream become."""

    parts: tuple[Part, ...]

    def map(self, row: Row, read_at: int | None) -> list[Mapped]:
        """Maps one row, in the order of the rules; `read_at` is in epoch milliseconds."""
        try:
            return [part.mapper(row, read_at) for part in self.parts]
        except RecursionError:
            return [Reject(Reason.TOO_DEEP)]


def _skipper(reason: SkipReason) -> Mapper:
    skip = Skip(reason)
    return lambda _row, _read_at: skip


def plan_stream(
    table: Table,
    rules: Sequence[Rule],
    selection: Selection = NO_OTHERS,
    takes: Takes = Takes.MESSAGES,
    defaults: Defaults = USUAL,
) -> StreamPlan:
    """The plan of one stream: by its rules if it has any, else by what it is recognised as.

    `selection` is all tables of the sync; what some tables are depends on which others are there.
    `takes` is what the route takes; `defaults` hold where there is no rule.

    Raises:
        ConfigError: the stream can't be mapped.
    """
    table = selection.known(table)
    own = rules_for(rules, table.namespace, table.name)
    if own:
        return StreamPlan(tuple(_by_rule(table, rule, own, takes) for rule in own))
    reading = recognise(table, selection, takes)
    part = _recognised(table, reading, selection, takes, defaults)
    origin = f"recognised: {reading.label}"
    return StreamPlan((replace(part, description=replace(part.description, origin=origin)),))


def selection_of(tables: Sequence[Table], rules: Sequence[Rule]) -> Selection:
    """All tables of a sync; those that a rule skips do not count as sent."""
    return select(tables, [table for table in tables if not _is_skipped(table, rules)])


def _is_skipped(table: Table, rules: Sequence[Rule]) -> bool:
    own = rules_for(rules, table.namespace, table.name)
    return bool(own) and all(rule.call == "skip" for rule in own)


def _recognised(
    table: Table, reading: Reading, selection: Selection, takes: Takes, defaults: Defaults
) -> Part:
    rule = partial(Rule, table.name, time_zone=defaults.time_zone)
    match reading.becomes:
        case SkipReason() as reason:
            return Part(_skipper(reason), Description("skip"))
        case Rule() as own:
            return _own_table(table, replace(own, time_zone=defaults.time_zone), takes)
        case Warehouse.IDENTIFY | Warehouse.GROUP | Warehouse.TRACK as call:
            part = _call(table, rule(_CALLS[call]), takes)
            return _without_told(table, part, selection.events_next_to(table))
        case Warehouse.EACH_ROWS_CALL:
            return _each_rows_call(table, takes)
        case Warehouse.COMPUTED_TRAIT:
            shape = _shape(table, rule("audience"), takes)
            return _part(compile_engage(table, TRAIT_KEY, shape))
        case Warehouse.ENTERED | Warehouse.EXITED | Warehouse.MOVED as movement:
            return _movement(table, _PRESENCES[movement], takes)


def _own_table(table: Table, rule: Rule, takes: Takes) -> Part:
    """One of the user's own tables, by the rule it stands for."""
    compile_it = compile_audience if rule.call == "audience" else compile_rule
    part = _part(compile_it(table, rule, _shape(table, rule, takes)))
    left_out = tuple(
        (name, _NOT_OF_ORG if why == BY_RULE else why) for name, why in part.description.left_out
    )
    return replace(part, description=replace(part.description, left_out=left_out))


def _without_told(table: Table, part: Part, events: Collection[str]) -> Part:
    """A table of all events: those that have a sent table of their own are left to it."""
    if not events:
        return part
    becomes = f"{part.description.becomes}, but for events whose own table is selected"
    mapper = mapper_without(table, events, part.mapper)
    return Part(mapper, replace(part.description, becomes=becomes))


def _call(table: Table, rule: Rule, takes: Takes) -> Part:
    """A table of rows that are calls; RudderStack keeps the whole message next to the columns."""
    part = _part(compile_rule(table, rule, _shape(table, rule, takes)))
    column = table.spellings.get("rudder_event")
    if column is None:
        return part
    if takes is not Takes.MESSAGES:
        return replace(part, mapper=without_excluded(at_path((column,)), part.mapper))
    becomes = f"{part.description.becomes}, from {column} where filled"
    return Part(
        embedded_mapper(table, at_path((column,)), part.mapper),
        replace(part.description, becomes=becomes),
    )


def _each_rows_call(table: Table, takes: Takes) -> Part:
    """Raw messages, whatever they are: a route that does not take all of them takes none."""
    if takes is not Takes.MESSAGES:
        raise _other_route(table, "whatever call each row names")
    return Part(message_mapper(table), describe_messages(table))


def _movement(table: Table, presence: Presence | None, takes: Takes) -> Part:
    """Engage's tables of who entered and who left: the key names the audience.

    `presence` is what the table's name says of its rows; None where only a row can say.
    """
    shape = _shape(table, Rule(table.name, "audience"), takes)
    return _part(compile_engage(table, AUDIENCE_KEY, shape, presence))


def _part(compiled: Compiled) -> Part:
    mapper = _MAKERS[compiled.plan.kind](compiled.plan)
    return Part(counting(mapper, compiled.paths), compiled.description)


def _shape(table: Table, rule: Rule, takes: Takes) -> CallShape:
    """What the rows of a stream become on this route.

    Raises:
        ConfigError: the route does not take that.
    """
    shape = shape_of(rule.call if rule.list_id is None else "list", takes)
    if shape is not None:
        return shape
    if rule.list_id is not None:
        raise ConfigError(
            f'The rule for "{rule.stream}" sets list_id, and static lists are changed by the '
            "Developer API only: choose the route developer_api, or remove list_id."
        )
    raise _other_route(table, f"{rule.call} calls")


def _other_route(table: Table, what: str) -> ConfigError:
    return ConfigError(
        f'Stream "{table.name}" becomes {what}, and the Developer API takes people only: choose '
        "the route event_endpoint under delivery, or deselect the stream."
    )


def _by_rule(table: Table, rule: Rule, siblings: Sequence[Rule], takes: Takes) -> Part:
    if rule.call == "skip":
        return Part(_skipper(SkipReason.BY_RULE), Description("skip", origin="by rule"))
    compile_it = compile_audience if rule.call == "audience" else compile_rule
    shape, among = _shape(table, rule, takes), AmongRules.of(rule, siblings)
    compiled = compile_it(table, rule, shape, among)
    part = _part(replace(compiled, description=replace(compiled.description, origin="by rule")))
    return part if rule.only_if is None else _only_if(table, rule, rule.only_if, part)


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
    becomes = f"{part.description.becomes}, only if {said}"
    mapper = only_if(part.mapper, condition(column.read, wanted.comparison, other))
    return Part(mapper, replace(part.description, becomes=becomes))
