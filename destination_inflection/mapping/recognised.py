"""What a stream becomes that was recognised, without a rule."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from destination_inflection.mapping.compiling.audiences import compile_audience, compile_engage
from destination_inflection.mapping.compiling.compiler import compile_rule
from destination_inflection.mapping.compiling.engage import AUDIENCE_KEY, TRAIT_KEY
from destination_inflection.mapping.compiling.placing import BY_RULE
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.mappers.memberships import Presence
from destination_inflection.mapping.mappers.segment_messages import (
    describe_messages,
    embedded_mapper,
    message_mapper,
    without_excluded,
)
from destination_inflection.mapping.parts import (
    Part,
    other_route,
    part_of,
    shape_for,
    skipping,
    without_told,
)
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Defaults, Rule, RuleCall
from destination_inflection.mapping.tables.columns import at_path
from destination_inflection.mapping.tables.recognition import Reading, Warehouse
from destination_inflection.mapping.tables.selection import Selection
from destination_inflection.mapping.tables.table import Table

_NOT_OF_ORG: Final = "not the org's: a rule with the call group sends it"
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


def part_by_reading(
    table: Table, reading: Reading, selection: Selection, takes: Takes, said: Defaults
) -> Part:
    """What the reading makes of a stream; `said` fills in what no rule says.

    Raises:
        ConfigError: the stream lacks what its call needs, or the route does not take it.
    """
    rule = partial(Rule, table.name, time_zone=said.time_zone, names=said.names)
    match reading.becomes:
        case SkipReason() as reason:
            part = skipping(reason)
        case Rule() as own:
            part = _own_table(
                table, replace(own, time_zone=said.time_zone, names=said.names), takes
            )
        case Warehouse.IDENTIFY | Warehouse.GROUP | Warehouse.TRACK as call:
            part = _call(table, rule(_CALLS[call]), takes)
            part = without_told(table, part, selection.events_next_to(table))
        case Warehouse.EACH_ROWS_CALL:
            part = _each_rows_call(table, takes)
        case Warehouse.COMPUTED_TRAIT:
            shape = shape_for(table, rule("audience"), takes)
            part = part_of(compile_engage(table, TRAIT_KEY, shape))
        case Warehouse.ENTERED | Warehouse.EXITED | Warehouse.MOVED as movement:
            shape = shape_for(table, rule("audience"), takes)
            part = part_of(compile_engage(table, AUDIENCE_KEY, shape, _PRESENCES[movement]))
    origin = f"recognised: {reading.label}"
    return replace(part, description=replace(part.description, origin=origin))


def _own_table(table: Table, rule: Rule, takes: Takes) -> Part:
    """One of the user's own tables, by the rule it stands for."""
    compile_it = compile_audience if rule.call == "audience" else compile_rule
    part = part_of(compile_it(table, rule, shape_for(table, rule, takes)))
    left_out = tuple(
        (name, _NOT_OF_ORG if why == BY_RULE else why) for name, why in part.description.left_out
    )
    return replace(part, description=replace(part.description, left_out=left_out))


def _call(table: Table, rule: Rule, takes: Takes) -> Part:
    """A table of rows that are calls; RudderStack keeps the whole message next to the columns."""
    part = part_of(compile_rule(table, rule, shape_for(table, rule, takes)))
    column = table.spellings.get("rudder_event")
    if column is None:
        return part
    if takes is not Takes.MESSAGES:
        return replace(part, mapper=without_excluded(at_path((column,)), part.mapper))
    becomes = f"{part.description.becomes}, from {column} where filled"
    return part.becoming(becomes, embedded_mapper(table, at_path((column,)), part.mapper))


def _each_rows_call(table: Table, takes: Takes) -> Part:
    """Raw messages, whatever they are: a route that does not take all of them takes none."""
    if takes is not Takes.MESSAGES:
        raise other_route(table, "whatever call each row names")
    return Part(message_mapper(table), describe_messages(table))
