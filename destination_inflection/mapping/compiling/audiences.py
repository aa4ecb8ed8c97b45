"""Audience memberships become identify calls with `snake_case(audience name): true | false`.

That is what Segment Engage sends, and what Segment's destination for Inflection describes: a
membership is a property of the user. Three shapes of table are understood: one audience for the
whole table (`audience`), one a row (`audience_column`), one a boolean column (`member_column`
alone; several columns make several traits of one call). Without a member column a row means
member. A row that was deleted in the source means no member. Tables that Engage wrote have a shape
of their own (`engage`).
"""

from dataclasses import replace
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.compiling.call_ids import ALONE, AmongRules, call_ids
from destination_inflection.mapping.compiling.compiler import Compiled, build_plan, inner_paths
from destination_inflection.mapping.compiling.engage import (
    TRAIT_KEY,
    arrange_key,
    check_email,
    context_feeds,
    engage_key,
)
from destination_inflection.mapping.compiling.role_types import check_types
from destination_inflection.mapping.compiling.roles import Roles, feeds_of, resolve
from destination_inflection.mapping.description import Description, listed
from destination_inflection.mapping.kinds import MESSAGES, CallShape
from destination_inflection.mapping.mappers.contacts import MEMBER
from destination_inflection.mapping.mappers.memberships import (
    Memberships,
    Presence,
    by_column,
    by_name,
    membership_traits,
    of_one,
    reading_of,
    saying,
)
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.deletion import Deleted, marked_as_deleted
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

# Those by which a change log marks a row, of which it may know the key alone.
_CDC_MARKS: Final = ("_ab_cdc_deleted_at", "__deleted", "_peerdb_is_deleted")


def compile_audience(
    table: Table,
    rule: Rule,
    shape: CallShape,
    among: AmongRules = ALONE,
    presence: Presence | None = None,
) -> Compiled:
    """Compiles a rule whose call is `audience`.

    `presence` is what the name of a table of Engage's says of its rows; None where only a row can.

    Raises:
        ConfigError: a column is unknown, no column holds an email, or nothing says which audience
            it is.
    """
    _check(rule)
    key = engage_key(table, rule)
    if key is not None:
        check_email(table, rule, shape)
    roles = resolve(table, rule, shape)
    check_types(table, roles, ())
    if key is not None:
        arrange = arrange_key(table, rule, shape, roles, presence)
    else:
        is_deleted = marked_as_deleted(table, roles["deleted_column"])
        memberships = _memberships(rule, roles, is_deleted)
        arrange = membership_traits(memberships, listed(roles["member_column"]))
    named: list[Json] = [rule.audience, *rule.audience_column, *rule.member_column]
    plan = build_plan(
        table,
        rule,
        shape,
        roles,
        arrange=arrange,
        message_id=call_ids(table, rule, shape, roles, among=among, facts=named),
    )
    feeds = feeds_of(table, rule, shape, roles, ())
    if key is not None:
        feeds += context_feeds(table, rule, shape, roles)
    if key == TRAIT_KEY:
        # A trait that was computed once says nothing when its row goes.
        plan = replace(plan, is_audience=False)
        return Compiled(plan, Description(shape.kind.value, tuple(feeds)), inner_paths(roles))
    becomes = "audience" if shape.kind in MESSAGES else f"audience, as {shape.kind.value}"
    if key is None and any(name.lower() in _CDC_MARKS for name in table.columns):
        becomes += " (deleted rows need their email: in Postgres, set REPLICA IDENTITY FULL)"
    return Compiled(plan, Description(becomes, tuple(feeds)), inner_paths(roles))


def compile_engage(
    table: Table, key: str, shape: CallShape, presence: Presence | None = None
) -> Compiled:
    """The plan for a table that was recognised as Engage's, by its key.

    Its rows are events: one that was deleted says nothing.

    Raises:
        ConfigError: no column holds an email.
    """
    rule = Rule(table.name, "audience", audience_column=(table.spellings[key],))
    compiled = compile_audience(table, rule, shape, ALONE, presence)
    return replace(compiled, plan=replace(compiled.plan, is_audience=False))


def _check(rule: Rule) -> None:
    """Makes sure that the rule names audiences, each by a name of its own, and nothing else.

    Raises:
        ConfigError: it does not.
    """
    if rule.list_id is not None and (rule.audience_column or len(rule.member_column) > 1):
        raise ConfigError(
            f'The rule for "{rule.stream}" names one static list, but several audiences: remove '
            "audience_column, and name one member_column at most."
        )
    if rule.fields:
        raise ConfigError(
            f'The rule for "{rule.stream}" is an audience, which sends memberships: remove fields.'
        )
    columns = [snake_case(name) for name in rule.member_column]
    if rule.audience is None and len(set(columns)) < len(columns):
        raise ConfigError(
            f'The rule for "{rule.stream}" names two member columns that become one audience: keep '
            "one of them."
        )
    if rule.audience is not None and not snake_case(rule.audience):
        raise ConfigError(
            f'The audience in the rule for "{rule.stream}" has no letter to make a name of.'
        )


def _memberships(rule: Rule, roles: Roles, is_deleted: Deleted) -> Memberships:
    """How a row of this rule says who is in what."""
    members = roles["member_column"]
    reading = reading_of(rule.member_values)
    says = saying(members, reading, is_deleted, Presence.MEMBER)
    if rule.list_id is not None:
        return of_one(MEMBER, says)
    if rule.audience is not None:
        return of_one(snake_case(rule.audience), says)
    if roles["audience_column"]:
        return by_name(roles["audience_column"], says)
    return by_column(members, reading, is_deleted)
