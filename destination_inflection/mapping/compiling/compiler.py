"""Compiles a rule for a table into a `CallPlan`, once per stream.

Roles become columns (`roles`), the rule's fields get their places (`fields`), the other columns
become traits or properties (`placing`). A column that feeds an id, the email, the event or the
message id is not sent a second time; nor is the timestamp's, when it is the only one. In a
warehouse's tables of messages NULL means that the message did not have the value, so it is omitted
whatever the rule says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from destination_inflection.mapping.compiling.call_ids import ALONE, AmongRules, call_ids, key_of
from destination_inflection.mapping.compiling.contact_names import (
    check_names,
    company_feeds,
    property_name,
)
from destination_inflection.mapping.compiling.fields import Field, compile_fields, settle_email
from destination_inflection.mapping.compiling.naming import naming
from destination_inflection.mapping.compiling.placing import Taken, placing, why_nowhere
from destination_inflection.mapping.compiling.role_types import check_types
from destination_inflection.mapping.compiling.roles import (
    Roles,
    consumed_by,
    feeds_of,
    resolve,
    zone_note,
)
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.kinds import CallShape
from destination_inflection.mapping.mappers.arrangement import Placing, Treatment, arranger
from destination_inflection.mapping.mappers.contacts import flattened
from destination_inflection.mapping.mappers.message_ids import MessageId
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.columns import Column, at_path
from destination_inflection.mapping.tables.deletion import marked_as_deleted
from destination_inflection.mapping.tables.layout import Layout
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.credentials import WHY
from destination_inflection.mapping.values.names import Path, snake_case
from destination_inflection.mapping.values.timestamps import reader_of_times
from destination_inflection.mapping.values.transforms import TRANSFORMS


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan and what it says of itself."""

    plan: CallPlan
    description: Description
    paths: tuple[Column, ...] = ()
    """The values inside columns that it reads."""


def compile_rule(table: Table, rule: Rule, shape: CallShape, among: AmongRules = ALONE) -> Compiled:
    """Compiles a rule for identify, track or group calls, or for contacts.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    roles = resolve(table, rule, shape)
    fields = compile_fields(table, rule, shape)
    if shape.of_person:
        roles, fields = settle_email(rule, roles, fields)
    by_fields = [field.column for field in fields if field.column is not None]
    check_types(table, roles, by_fields)
    marks = {column.name for column in roles["deleted_column"]}
    taken = Taken(
        {*consumed_by(roles, shape), *marks},
        by_fields,
        guarded=[f.column.top for f in fields if f.column is not None and f.hides],
        by_paths=inner_paths(roles),
        by_marks=marks,
    )
    place = placing(table, rule, shape, taken)
    plan = build_plan(
        table,
        rule,
        shape,
        roles,
        arrange=_arrange(table, rule, shape, fields, place, taken),
        message_id=call_ids(table, rule, shape, roles, among=among),
    )
    feeds = feeds_of(table, rule, shape, roles, key_of(table, shape))
    feeds += _feeds_of(table, rule, fields, shape)
    if shape.is_flat:
        feeds += company_feeds(table, place)
    paths = inner_paths(roles, by_fields)
    return Compiled(plan, _described(table, shape, feeds, place, taken), paths)


def inner_paths(roles: Roles, by_fields: Iterable[Column] = ()) -> tuple[Column, ...]:
    """The values inside columns that a call is made of."""
    columns = [*by_fields, *(column for found in roles.values() for column in found)]
    return tuple({c.name: c for c in columns if not c.is_whole}.values())


def build_plan(  # noqa: PLR0913 - the pieces of a plan
    table: Table,
    rule: Rule,
    shape: CallShape,
    roles: Roles,
    *,
    arrange: Arrange,
    message_id: MessageId,
) -> CallPlan:
    """Puts a plan together from its compiled pieces."""
    return CallPlan(
        kind=shape.kind,
        user_id=roles["user_id"],
        anonymous_id=roles["anonymous_id"],
        group_id=roles["group_id"],
        email=roles["email"],
        event=roles["event_column"],
        event_name=rule.event,
        timestamp=roles["timestamp"],
        read_time=reader_of_times(rule.time_zone or UTC),
        needs_time=shape.needs_time,
        cursor=at_path(table.cursor) if table.cursor else None,
        message_id=message_id,
        arrange=arrange,
        is_audience=rule.call == "audience",
        list_id=rule.list_id,
        is_deleted=marked_as_deleted(table, roles["deleted_column"]),
    )


def _arrange(  # noqa: PLR0913, PLR0917 - the pieces of an arrangement
    table: Table,
    rule: Rule,
    shape: CallShape,
    fields: Sequence[Field],
    place: Placing,
    taken: Taken,
) -> Arrange:
    """How a row's columns become the body of a call."""
    plans = [field.plan for field in fields if field.plan is not None]
    nulls = "omit" if table.layout is Layout.MESSAGES else rule.nulls
    not_text = {name for name in table.columns if not table.type_of(name).may_hold_any_text}
    names = naming(table, shape.kind, rule.names)
    spoken_for = {snake_case(name) for name in taken.whole}

    def entry_path(name: str) -> Path:
        """Where an entry of an unwrapped object goes; a column of its name wins, sent or not."""
        if snake_case(name) in spoken_for:
            return ()
        if shape.is_flat:
            return property_name(name)
        alike = table.spellings.get(snake_case(name))
        return names.entry(name) if alike is None else names.column(alike)

    treatment = Treatment(nulls, not_text, entry_path)
    arrange = arranger(shape.kind, place, plans, treatment)
    if not shape.is_flat:
        return arrange
    check_names(table, place, rule.fields)
    as_json = {plan.path[0] for plan in plans if plan.transform is TRANSFORMS["json"]}
    omitted = [f.column.path for f in fields if f.plan is None and f.column is not None]
    left_out = {name for path in omitted for name in property_name(*path)}
    return flattened(arrange, as_json, left_out)


def _feeds_of(
    table: Table, rule: Rule, fields: Iterable[Field], shape: CallShape
) -> Iterator[Feed]:
    """What the rule's fields fill."""
    for field in fields:
        if field.plan is not None:
            columns = (field.column,) if field.column is not None else ()
            words = "" if columns else field.plan.source
            note = zone_note(table, rule, columns) if field.reads_time else ""
            yield Feed((shape.body, *field.plan.path), columns, words, note)


def _described(
    table: Table, shape: CallShape, feeds: Sequence[Feed], place: Placing, taken: Taken
) -> Description:
    """What the plan says: `feeds` are those of the roles and fields, which the columns join."""
    fed = {column.name for feed in feeds for column in feed.columns if column.is_whole}
    all_feeds = list(feeds)
    by_path = {feed.path: feed for feed in reversed(all_feeds)}  # of equal ones the first counts
    left_out: list[tuple[str, str]] = []
    for name in table.columns:
        target = place(name)
        if target is None:
            if name not in fed:
                left_out.append((name, why_nowhere(table, shape, name, taken)))
        elif target.only_boolean:
            left_out.append((name, WHY))
        elif shape.of_person and target.path == ("email",) and not target.in_context:
            left_out.append((name, "the email is from another column"))
        else:
            outer = "context" if target.in_context else shape.body
            to = ("*",) if target.unwraps else target.path
            feed = Feed((outer, *to), (at_path((name,)),))
            twin = by_path.setdefault(feed.path, feed)
            if twin is feed or target.weak or target.unwraps:
                all_feeds.append(feed)
            else:
                left_out.append((name, f"only where {twin.source} is null"))
    return Description(shape.kind.value, tuple(all_feeds), tuple(left_out))
