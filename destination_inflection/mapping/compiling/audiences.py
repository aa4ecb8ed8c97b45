"""Audience memberships become identify calls with `snake_case(audience name): true | false`.

That is what Segment Engage sends, and what Segment's destination for Inflection describes: a
membership is a property of the user. Three shapes of table are understood: one audience for the
whole table (`audience`), one a row (`audience_column`), one a boolean column (`member_column`
alone; several columns make several traits of one call). Without a member column a row means
member. A row that was deleted in the source means no member.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import Reject, Skip
from destination_inflection.mapping.compiling.call_ids import ALONE, AmongRules, call_ids
from destination_inflection.mapping.compiling.compiler import Compiled, build_plan
from destination_inflection.mapping.compiling.roles import Roles, feeds_of, resolve
from destination_inflection.mapping.description import Description, listed
from destination_inflection.mapping.kinds import MESSAGES, CallShape
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.contacts import MEMBER, flattened
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.columns import Column, at_path, deleted_column
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.credentials import is_credential, without_credentials
from destination_inflection.mapping.values.ids import clean_event, is_blank
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.transforms import UNREADABLE, Unreadable, to_boolean

_NO_MEMBERSHIP: Final = SkipReason.NO_MEMBERSHIP
_JOINED: Final = frozenset({"added", "entered", "joined", "member"})
_LEFT: Final = frozenset({"removed", "exited", "left", "deleted"})

Saying: TypeAlias = Callable[[Row], "bool | Unreadable | None"]
Memberships: TypeAlias = Callable[[Row], "dict[str, bool | Unreadable] | Reject"]
"""The audiences a row speaks of; one whose membership is null is not among them."""


class Presence(Enum):
    """What a row says by being there, where no column says more."""

    MEMBER = True
    NO_MEMBER = False


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
        arrange=_arrange(memberships, listed(roles["member_column"])),
        message_id=call_ids(table, rule, shape, roles, among=among, facts=named),
    )
    becomes = "audience" if shape.kind in MESSAGES else f"audience, as {shape.kind.value}"
    return Compiled(plan, Description(becomes, tuple(feeds_of(rule, shape, roles, ()))))


def compile_computed(table: Table, shape: CallShape) -> Compiled:
    """The plan for Engage's table of computed traits: the key names the column with the value."""
    key = at_path((table.spellings["trait_key"],))
    rule = Rule(table.name, "audience", audience_column=(key.name,))
    roles = resolve(table, rule, shape)
    arrange = _computed(key)
    plan = build_plan(
        table,
        rule,
        shape,
        roles,
        arrange=flattened(_in_snake_case(arrange), ()) if shape.is_flat else arrange,
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
    says = _saying(members, deleted_at, presence)
    if rule.list_id is not None:
        return _of_one(MEMBER, says)
    if rule.audience is not None:
        return _of_one(snake_case(rule.audience), says)
    if roles["audience_column"]:
        return _by_name(roles["audience_column"], says)
    return _by_column(members, deleted_at)


def membership(value: Json) -> bool | Unreadable | None:
    """Whether a value says member: a boolean in any spelling, or a word such as added, removed."""
    if is_blank(value):
        return None
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _JOINED:
        return True
    return False if word in _LEFT else to_boolean(value)


def _computed(key: Column) -> Arrange:
    """Arranges the one trait that `key` names."""

    def arrange(row: Row) -> Arranged | Reject | Skip:
        name = clean_event(key.read(row))
        if name is None:
            return Reject(Reason.MISSING_AUDIENCE, key.name)
        # Snowflake's columns are in capitals, the key that names one is not.
        value = row.get(name, row.get(name.upper()))
        if value is None:
            return Skip(_NO_MEMBERSHIP)
        if is_credential(name) and not isinstance(value, bool):
            return Arranged({}, {}, withheld=(key.name,))
        left = without_credentials(value)
        personas: JsonObject = {"computation_class": "trait", "computation_key": name}
        withheld = () if left is value else (key.name,)
        return Arranged({name: left}, {"personas": personas}, withheld=withheld)

    return arrange


def _in_snake_case(arrange: Arrange) -> Arrange:
    def arrange_named(row: Row) -> Arranged | Reject | Skip:
        found = arrange(row)
        if not isinstance(found, Arranged):
            return found
        body = {snake_case(name): value for name, value in found.body.items()}
        return Arranged(body, {}, withheld=found.withheld)

    return arrange_named


def _of_one(name: str, says: Saying) -> Memberships:
    def read(row: Row) -> dict[str, bool | Unreadable]:
        said = says(row)
        return {} if said is None else {name: said}

    return read


def _by_name(names: tuple[Column, ...], says: Saying) -> Memberships:
    def read(row: Row) -> dict[str, bool | Unreadable] | Reject:
        audience = next((n for c in names if (n := clean_event(c.read(row))) is not None), None)
        name = snake_case(audience) if audience is not None else ""
        if not name:
            return Reject(Reason.MISSING_AUDIENCE, listed(names))
        said = says(row)
        return {} if said is None else {name: said}

    return read


def _by_column(members: tuple[Column, ...], deleted_at: str) -> Memberships:
    names = [(snake_case(column.name), column) for column in members]

    def read(row: Row) -> dict[str, bool | Unreadable]:
        if row.get(deleted_at) is not None:
            return {name: False for name, _ in names}
        said = {name: membership(column.read(row)) for name, column in names}
        return {name: value for name, value in said.items() if value is not None}

    return read


def _saying(members: tuple[Column, ...], deleted_at: str, presence: Presence) -> Saying:
    def says(row: Row) -> bool | Unreadable | None:
        if row.get(deleted_at) is not None:
            return False
        if not members:
            return presence.value
        return next((said for c in members if (said := membership(c.read(row))) is not None), None)

    return says


def _arrange(memberships: Memberships, members: str) -> Arrange:
    def arrange(row: Row) -> Arranged | Reject | Skip:
        found = memberships(row)
        if isinstance(found, Reject):
            return found
        traits: JsonObject = {n: said for n, said in found.items() if said is not UNREADABLE}
        unreadable = (members,) if len(traits) < len(found) else ()
        if not traits:
            return Reject(Reason.UNREADABLE_MEMBER, members) if found else Skip(_NO_MEMBERSHIP)
        return Arranged(traits, {"personas": _personas(traits)}, unreadable)

    return arrange


def _personas(traits: JsonObject) -> JsonObject:
    """What Engage says of the computation; its key is the trait's name (of one audience)."""
    kind: JsonObject = {"computation_class": "audience"}
    return {**kind, "computation_key": next(iter(traits))} if len(traits) == 1 else kind
