"""Audience memberships become identify calls with `snake_case(audience name): true | false`.

That is what Segment Engage sends, and what Segment's destination for Inflection describes: a
membership is a property of the user. Three shapes of table are understood: one audience for the
whole table (`audience`), one a row (`audience_column`), one a boolean column (`member_column`
alone; several columns make several traits of one call). Without a member column a row means
member. A row that was deleted in the source means no member.
"""

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.compiling.call_ids import ALONE, AmongRules, call_ids
from destination_inflection.mapping.compiling.compiler import Compiled, build_plan
from destination_inflection.mapping.compiling.roles import Roles, feeds_of, resolve
from destination_inflection.mapping.description import Description, listed
from destination_inflection.mapping.kinds import MESSAGES, CallShape
from destination_inflection.mapping.mappers.computed_traits import computed_trait, in_snake_case
from destination_inflection.mapping.mappers.contacts import MEMBER, flattened
from destination_inflection.mapping.mappers.memberships import (
    Memberships,
    Presence,
    by_column,
    by_name,
    by_words,
    membership,
    membership_traits,
    of_one,
    saying,
)
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.columns import at_path, deleted_column
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case


def compile_audience(
    table: Table,
    rule: Rule,
    shape: CallShape,
    among: AmongRules = ALONE,
    presence: Presence = Presence.MEMBER,
) -> Compiled:
    """Compiles a rule whose call is `audience`.

    Raises:
        ConfigError: a column is unknown, or nothing says which audience it is.
    """
    _check(rule)
    roles = resolve(table, rule, shape)
    memberships = _memberships(rule, roles, deleted_column(table.columns), presence)
    named: list[Json] = [rule.audience, *rule.audience_column, *rule.member_column]
    plan = build_plan(
        table,
        rule,
        shape,
        roles,
        arrange=membership_traits(memberships, listed(roles["member_column"])),
        message_id=call_ids(table, rule, shape, roles, among=among, facts=named),
    )
    becomes = "audience" if shape.kind in MESSAGES else f"audience, as {shape.kind.value}"
    return Compiled(plan, Description(becomes, tuple(feeds_of(rule, shape, roles, ()))))


def compile_computed(table: Table, shape: CallShape) -> Compiled:
    """The plan for Engage's table of computed traits: the key names the column with the value."""
    key = at_path((table.spellings["trait_key"],))
    rule = Rule(table.name, "audience", audience_column=(key.name,))
    roles = resolve(table, rule, shape)
    arrange = computed_trait(key)
    plan = build_plan(
        table,
        rule,
        shape,
        roles,
        arrange=flattened(in_snake_case(arrange), ()) if shape.is_flat else arrange,
        message_id=call_ids(table, rule, shape, roles),
    )
    return Compiled(plan, Description(shape.kind.value, tuple(feeds_of(rule, shape, roles, ()))))


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


def _memberships(rule: Rule, roles: Roles, deleted_at: str, presence: Presence) -> Memberships:
    """How a row of this rule says who is in what."""
    members = roles["member_column"]
    reading = by_words(rule.member_values) if rule.member_values else membership
    says = saying(members, reading, deleted_at, presence)
    if rule.list_id is not None:
        return of_one(MEMBER, says)
    if rule.audience is not None:
        return of_one(snake_case(rule.audience), says)
    if roles["audience_column"]:
        return by_name(roles["audience_column"], says)
    return by_column(members, reading, deleted_at)
