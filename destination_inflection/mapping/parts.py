"""The parts of a stream's plan: what its rows become, and what is said of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.calls import Skip
from destination_inflection.mapping.compiling.compiler import Compiled
from destination_inflection.mapping.description import Description
from destination_inflection.mapping.kinds import CallKind, CallShape, Takes, shape_of
from destination_inflection.mapping.mappers.contacts import contact_mapper, member_mapper
from destination_inflection.mapping.mappers.events_table import mapper_without
from destination_inflection.mapping.mappers.messages import CallPlan, Mapper, mapper_of
from destination_inflection.mapping.mappers.paths import counting
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import Rule
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
    """One thing a stream becomes, and its description for the user.

    `skip` is what every row becomes, whatever it holds; None where that depends on the row.
    """

    mapper: Mapper
    description: Description
    skip: Skip | None = None
    kind: CallKind | None = None
    """The kind of its calls, where they are all of one."""

    def becoming(self, becomes: str, mapper: Mapper) -> "Part":
        """The same with another mapper, and other words for what it becomes."""
        return Part(mapper, replace(self.description, becomes=becomes), kind=self.kind)


def part_of(compiled: Compiled) -> Part:
    """A part from its compiled plan."""
    mapper = _MAKERS[compiled.plan.kind](compiled.plan)
    return Part(counting(mapper, compiled.paths), compiled.description, kind=compiled.plan.kind)


def skipping(reason: SkipReason) -> Part:
    """A part of which nothing is sent."""
    skip = Skip(reason)
    return Part(lambda _row, _read_at: skip, Description("skip"), skip)


def without_told(table: Table, part: Part, events: Collection[str]) -> Part:
    """A table of all events: those that have a sent table of their own are left to it."""
    if not events:
        return part
    becomes = f"{part.description.becomes}, but for events whose own table is selected"
    return part.becoming(becomes, mapper_without(table, events, part.mapper))


def shape_for(table: Table, rule: Rule, takes: Takes) -> CallShape:
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
    raise other_route(table, f"{rule.call} calls")


def other_route(table: Table, what: str) -> ConfigError:
    """What to say where a stream becomes `what` and the route is for people."""
    return ConfigError(
        f'Stream "{table.name}" becomes {what}, and the Developer API takes people only: choose '
        "the route event_endpoint under delivery, or deselect the stream."
    )
