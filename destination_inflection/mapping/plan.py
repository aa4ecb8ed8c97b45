"""The plan: what each stream of a sync becomes, fixed before the first record.

`plan_stream` turns a table and the user's rules into a `StreamPlan`, or raises a `ConfigError`
that names the stream, what is missing and the option to set.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from types import MappingProxyType
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.compiling.audiences import compile_audience, compile_computed
from destination_inflection.mapping.compiling.call_ids import ALONE, AmongRules
from destination_inflection.mapping.compiling.compiler import Compiled, compile_rule
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.kinds import CallKind, CallShape, Takes, shape_of
from destination_inflection.mapping.mappers.contacts import contact_mapper, member_mapper
from destination_inflection.mapping.mappers.memberships import Presence
from destination_inflection.mapping.mappers.messages import CallPlan, Mapper, mapper_of
from destination_inflection.mapping.mappers.segment_messages import (
    describe_messages,
    embedded_mapper,
    message_mapper,
)
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import USUAL, Defaults, Rule, RuleCall, rules_for
from destination_inflection.mapping.tables.columns import at_path
from destination_inflection.mapping.tables.recognition import Becomes, Reading, recognise
from destination_inflection.mapping.tables.table import Table

_MAKERS: Final[Mapping[CallKind, Callable[[CallPlan], Mapper]]] = MappingProxyType(
    {
        CallKind.IDENTIFY: mapper_of,
        CallKind.TRACK: mapper_of,
        CallKind.GROUP: mapper_of,
        CallKind.CONTACT: contact_mapper,
        CallKind.MEMBER: member_mapper,
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
    selected: Sequence[Table] = (),
    takes: Takes = Takes.MESSAGES,
    defaults: Defaults = USUAL,
) -> StreamPlan:
    """The plan of one stream: by its rules if it has any, else by what it is recognised as.

    `selected` are all tables of the sync; what some tables are depends on which others are there.
    `takes` is what the route takes; `defaults` hold where no rule says otherwise. Segment and
    RudderStack write UTC, so their tables are in UTC unless the table's own rule names a zone.

    Raises:
        ConfigError: the stream can't be mapped.
    """
    zone = UTC if table.layout.is_warehouse else defaults.time_zone
    own = tuple(
        rule if rule.time_zone is not None else replace(rule, time_zone=zone)
        for rule in rules_for(rules, table.namespace, table.name)
    )
    if own:
        return StreamPlan(tuple(_by_rule(table, rule, own, takes) for rule in own))
    sent = [other for other in selected if not _is_skipped(other, rules)]
    reading = recognise(table, sent, takes)
    part = _recognised(table, reading, takes, partial(Rule, table.name, time_zone=zone))
    origin = f"recognised: {reading.label}"
    return StreamPlan((replace(part, description=replace(part.description, origin=origin)),))


def _is_skipped(table: Table, rules: Sequence[Rule]) -> bool:
    own = rules_for(rules, table.namespace, table.name)
    return bool(own) and all(rule.call == "skip" for rule in own)


def _recognised(
    table: Table, reading: Reading, takes: Takes, rule: Callable[[RuleCall], Rule]
) -> Part:
    """A table by what it was recognised as; `rule` makes the one that a user would write."""
    match reading.becomes:
        case SkipReason() as reason:
            return Part(_skipper(reason), Description("skip"))
        case Becomes.IDENTIFY:
            return _call(table, rule("identify"), takes)
        case Becomes.TRACK:
            return _call(table, rule("track"), takes)
        case Becomes.GROUP:
            return _call(table, rule("group"), takes)
        case Becomes.EACH_ROWS_CALL:
            return _each_rows_call(table, takes)
        case Becomes.COMPUTED_TRAIT:
            shape = _shape(table, rule("audience"), takes)
            return _part(compile_computed(table, shape))
        case Becomes.ENTERED:
            return _movement(table, Presence.MEMBER, takes)
        case Becomes.EXITED:
            return _movement(table, Presence.NO_MEMBER, takes)


def _call(table: Table, rule: Rule, takes: Takes) -> Part:
    """A table of rows that are calls; RudderStack keeps the whole message next to the columns."""
    part = _part(compile_rule(table, rule, _shape(table, rule, takes)))
    column = table.spellings.get("rudder_event")
    if column is None or takes is not Takes.MESSAGES:
        return part
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


def _movement(table: Table, presence: Presence, takes: Takes) -> Part:
    """Engage's tables of who entered and who left: the key names the audience."""
    rule = Rule(table.name, "audience", audience_column=(table.spellings["audience_key"],))
    return _part(compile_audience(table, rule, _shape(table, rule, takes), ALONE, presence))


def _part(compiled: Compiled) -> Part:
    make = _MAKERS[compiled.plan.kind]
    return Part(make(compiled.plan), compiled.description)


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
    return _part(replace(compiled, description=replace(compiled.description, origin="by rule")))
