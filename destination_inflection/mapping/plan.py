"""The plan: what each stream of a sync becomes, fixed before the first record.

`plan_stream` turns a table and the user's rules into a `StreamPlan`, or raises a `ConfigError`
that names the stream, what is missing and the option to set.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.calls import Mapped, Reject, Skip
from destination_inflection.mapping.compiling.audiences import compile_audience, compile_computed
from destination_inflection.mapping.compiling.compiler import AmongRules, Compiled, compile_rule
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.mappers.contacts import contact_mapper
from destination_inflection.mapping.mappers.messages import Mapper, mapper_of
from destination_inflection.mapping.mappers.segment_messages import (
    describe_messages,
    embedded_mapper,
    message_mapper,
)
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import ROLES, CallKind, Rule, Takes, rules_for
from destination_inflection.mapping.tables.columns import at_path
from destination_inflection.mapping.tables.recognition import Reading, recognise
from destination_inflection.mapping.tables.table import Table, spellings


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
    return lambda _row, _emitted_at: skip


def plan_stream(
    table: Table,
    rules: Sequence[Rule],
    selected: Sequence[Table] = (),
    takes: Takes = Takes.MESSAGES,
) -> StreamPlan:
    """The plan of one stream: by its rules if it has any, else by what it is recognised as.

    `selected` are all tables of the sync; what some tables are depends on which others are there.
    `takes` is what the route takes.

    Raises:
        ConfigError: the stream can't be mapped.
    """
    own = rules_for(rules, table.namespace, table.name)
    if own:
        return StreamPlan(tuple(_by_rule(table, rule, own, takes) for rule in own))
    sent = [other for other in selected if not _is_skipped(other, rules)]
    reading = recognise(table, sent, takes)
    part = _recognised(table, reading, takes)
    origin = f"recognised: {reading.label}"
    return StreamPlan((replace(part, description=replace(part.description, origin=origin)),))


def _is_skipped(table: Table, rules: Sequence[Rule]) -> bool:
    own = rules_for(rules, table.namespace, table.name)
    return bool(own) and all(rule.call == "skip" for rule in own)


def _recognised(table: Table, reading: Reading, takes: Takes) -> Part:
    match reading.becomes:
        case SkipReason() as reason:
            return Part(_skipper(reason), Description("skip"))
        case "identify" | "track" | "group" as call:
            rule = Rule(table.name, call)
            kind = _kind_of(table, rule, takes)
            compiled = compile_rule(table, rule, kind)
            column = spellings(table).get("rudder_event")
            if column is None or takes is Takes.CONTACTS:
                return _part(compiled)
            return Part(
                embedded_mapper(table, at_path((column,)), mapper_of(compiled.plan)),
                replace(compiled.description, becomes=f"{kind.value}, from {column} where filled"),
            )
        case "message":
            if takes is Takes.CONTACTS:
                raise _other_route(table, "whatever call each row names")
            return Part(message_mapper(table), describe_messages(table))
        case "computed":
            key = at_path((spellings(table)["trait_key"],))
            kind = CallKind.IDENTIFY if takes is Takes.MESSAGES else CallKind.CONTACT
            return _part(compile_computed(table, key, kind))
        case "entered" | "exited" as movement:
            return _movement(table, movement, takes)
    raise AssertionError(f"No stream is recognised as {reading.becomes}.")


def _movement(table: Table, movement: str, takes: Takes) -> Part:
    """Engage's tables of who entered and who left: the key names the audience."""
    key = spellings(table)["audience_key"]
    rule = Rule(table.name, "audience", audience_column=(key,))
    kind = _kind_of(table, rule, takes)
    return _part(compile_audience(table, rule, kind, row_means=movement == "entered"))


def _part(compiled: Compiled) -> Part:
    by_email = compiled.plan.kind in (CallKind.CONTACT, CallKind.MEMBER)
    make = contact_mapper if by_email else mapper_of
    return Part(make(compiled.plan), compiled.description)


def _kind_of(table: Table, rule: Rule, takes: Takes) -> CallKind:
    """What the rows of a stream become on this route.

    Raises:
        ConfigError: the route does not take that.
    """
    if takes is Takes.CONTACTS:
        if rule.call in ("track", "group"):
            raise _other_route(table, f"{rule.call} calls")
        return CallKind.CONTACT if rule.list_id is None else CallKind.MEMBER
    if rule.list_id is not None:
        raise ConfigError(
            f'The rule for "{rule.stream}" sets list_id, and static lists are changed by the '
            "Developer API only: choose the route developer_api, or remove list_id."
        )
    return CallKind.IDENTIFY if rule.call == "audience" else CallKind(rule.call)


def _other_route(table: Table, what: str) -> ConfigError:
    return ConfigError(
        f'Stream "{table.name}" becomes {what}, and the Developer API takes people only: choose '
        "the route event_endpoint under delivery, or deselect the stream."
    )


def _by_rule(table: Table, rule: Rule, siblings: Sequence[Rule], takes: Takes) -> Part:
    if rule.call == "skip":
        return Part(_skipper(SkipReason.BY_RULE), Description("skip", origin="by rule"))
    kind = _kind_of(table, rule, takes)
    calling = [other for other in siblings if other.call != "skip"]
    alike = [other for other in calling if other.call == rule.call]
    scope: list[Json] = [rule.event, rule.audience]
    scope += [list(rule.columns(role)) for role in ROLES]
    place = AmongRules(
        scope if len(alike) > 1 else [], [rule.call, *scope] if rule is not calling[0] else []
    )
    compile_it = compile_audience if rule.call == "audience" else compile_rule
    compiled = compile_it(table, rule, kind, place)
    return _part(replace(compiled, description=replace(compiled.description, origin="by rule")))
