"""Compiles a rule for a table into a `CallPlan`, once per stream.

Roles become columns (`roles`), the other columns become traits or properties (`arrangement`). A
column that feeds an id, the email, the event or the message id is not sent a second time; nor is
the timestamp's, when it is the only one. In a warehouse's tables of messages NULL means that the
message did not have the value, so it is omitted whatever the rule says.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.compiling.roles import (
    Roles,
    consumed_by,
    feeds_of,
    known_columns,
    resolve,
)
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.mappers.arrangement import FieldPlan, Place, arranger
from destination_inflection.mapping.mappers.contacts import (
    SOURCE,
    Placing,
    check_names,
    contact_placing,
    flat_name,
    flattened,
)
from destination_inflection.mapping.mappers.message_ids import (
    Distinction,
    MessageId,
    derived,
    given,
)
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan
from destination_inflection.mapping.rules import ROLES, CallKind, FieldRule, Rule
from destination_inflection.mapping.tables.columns import (
    Column,
    Getter,
    at_path,
    column,
    deleted_column,
    is_system,
)
from destination_inflection.mapping.tables.conventions import is_newest_state
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.tables.warehouse import (
    body_path,
    context_path,
    is_warehouse,
    trait_path,
)
from destination_inflection.mapping.values.credentials import WHY, is_credential
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.reserved_traits import place as reserved_place
from destination_inflection.mapping.values.transforms import TRANSFORMS, UNREADABLE, Transform


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan and what it says of itself."""

    plan: CallPlan
    description: Description


@dataclass(frozen=True, slots=True)
class AmongRules:
    """What keeps the ids of several calls of one row apart; empty for a rule on its own.

    `derived` is for ids that are made, beside other rules with the same call; `given` for ids from
    a column, where an earlier rule of the stream sends them as they are.
    """

    derived: Sequence[Json] = ()
    given: Sequence[Json] = ()


_Field: TypeAlias = tuple[FieldPlan | None, Column | None]
"""A field's plan (None: it is left out) and the column it takes (None: it is a constant)."""


def compile_rule(
    table: Table, rule: Rule, kind: CallKind, among: AmongRules | None = None
) -> Compiled:
    """Compiles a rule for identify, track or group calls, or for contacts.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    roles = resolve(table, rule, kind)
    fields = [compiled for entry in rule.fields if (compiled := _field(table, rule, kind, entry))]
    if kind in (CallKind.IDENTIFY, CallKind.CONTACT):
        roles, fields = _settle_email(rule, roles, fields)
    plans = [plan for plan, _ in fields if plan is not None]
    sources = [source for _, source in fields if source is not None]
    taken = consumed_by(roles, kind) | {c.name for c in sources if c.is_whole}
    place = _placing(table, rule, kind, taken, [c for c in sources if not c.is_whole])
    always_omits = is_warehouse(table) and not is_newest_state(table)
    arrange: Arrange = arranger(kind, place, plans, "omit" if always_omits else rule.nulls)
    if kind is CallKind.CONTACT:
        check_names(table, place, rule.fields)
        to_object = TRANSFORMS["json"]
        as_json = {plan.path[0] for plan in plans if plan.transform is to_object}
        arrange = flattened(arrange, as_json)
    plan = build_plan(table, rule, kind, roles, arrange=arrange, among=among or AmongRules())
    feeds = feeds_of(rule, kind, roles, key_of(table, kind))
    body = "properties" if kind in (CallKind.TRACK, CallKind.CONTACT) else "traits"
    for field, source in fields:
        if field is not None:
            columns = (source,) if source is not None else ()
            feeds.append(Feed((body, *field.path), columns, words=field.source))
    fed = {column.name for feed in feeds for column in feed.columns if column.is_whole}
    left_out: list[tuple[str, str]] = []
    for name in table.columns:
        target = place(name)
        if target is None:
            if name not in fed:
                left_out.append((name, _why(table, kind, name, consumed_by(roles, kind))))
            continue
        if target.only_boolean:
            left_out.append((name, WHY))
            continue
        outer = "context" if target.in_context else body
        feed = Feed((outer, *target.path), (at_path((name,)),))
        twin = next((known.source for known in feeds if known.path == feed.path), None)
        if twin is None or target.weak:
            feeds.append(feed)
        else:
            left_out.append((name, f"only where {twin} is null"))
    return Compiled(plan, Description(kind.value, tuple(feeds), tuple(left_out)))


def _settle_email(rule: Rule, roles: Roles, fields: list[_Field]) -> tuple[Roles, list[_Field]]:
    """Applies a field that speaks of the email to the role, which is what the call needs.

    Raises:
        ConfigError: the field would put something else in the email's place.
    """
    speaking = [(p, c) for p, c in fields if p is not None and p.path == ("email",)]
    if not speaking:
        return roles, fields
    columns = roles["email"]
    for plan, source in speaking:
        gentle = plan.transform in (None, TRANSFORMS["lower"], TRANSFORMS["trim"])
        if source is None or [source.name] != [c.name for c in columns] or not gentle:
            raise ConfigError(
                f'The rule for "{rule.stream}" puts something else in the place of the email, '
                "which identify needs: set the rule's email instead, or name the field otherwise."
            )
        if plan.transform is not None:
            columns = (replace(source, read=_transformed(source.read, plan.transform)),)
    kept = [(plan, source) for plan, source in fields if (plan, source) not in speaking]
    return {**roles, "email": columns}, kept


def _transformed(read: Getter, transform: Transform) -> Getter:
    def transformed(row: Row) -> Json:
        value = read(row)
        result = None if value is None else transform(value)
        return None if result is UNREADABLE else result

    return transformed


def build_plan(  # noqa: PLR0913 - the pieces of a plan
    table: Table, rule: Rule, kind: CallKind, roles: Roles, *, arrange: Arrange, among: AmongRules
) -> CallPlan:
    """Puts a plan together from its compiled pieces."""
    return CallPlan(
        kind=kind,
        user_id=roles["user_id"],
        anonymous_id=roles["anonymous_id"],
        group_id=roles["group_id"],
        email=roles["email"],
        event=rule.event if rule.event is not None else roles["event_column"],
        timestamp=roles["timestamp"],
        message_id=_message_id(table, rule, kind, roles, among),
        arrange=arrange,
        is_audience=rule.call == "audience",
        list_id=rule.list_id,
        deleted_at=deleted_column(table.columns),
    )


def key_of(table: Table, kind: CallKind) -> tuple[Column, ...]:
    """The columns an id is derived from: a track row's primary key; otherwise none (content)."""
    return tuple(at_path(path) for path in table.primary_key) if kind is CallKind.TRACK else ()


def _message_id(
    table: Table, rule: Rule, kind: CallKind, roles: Roles, among: AmongRules
) -> MessageId:
    in_job = [table.sync_id] if kind is not CallKind.TRACK and table.sync_id > 0 else []
    scope = [table.namespace, table.name, rule.call, *in_job, *among.derived]
    events = roles["event_column"] if rule.event is None else ()
    otherwise = derived(scope, key_of(table, kind), Distinction(roles["timestamp"], events))
    if not roles["message_id"]:
        return otherwise
    return given(roles["message_id"], otherwise, among.given)


def _placing(
    table: Table, rule: Rule, kind: CallKind, taken: set[str], inside: Sequence[Column]
) -> Callable[[str], Place | None]:
    """Where each column goes that the rule does not speak of; of `inside` it does, in part."""
    identifies = kind in (CallKind.IDENTIFY, CallKind.CONTACT)

    def plain(name: str) -> Place | None:
        if is_system(name):
            return None
        path = reserved_place(kind, (name,))
        # company_plan joins an object company, if there is one; beside a text it stays as it is.
        return Place(path, weak=len(path) > 1)

    def warehouse(name: str) -> Place | None:
        path = trait_path(name) if identifies else body_path(name)
        if path is not None:
            # A trait of RudderStack's may stand there twice; the bare column is the newer form.
            twin = identifies and name.lower().startswith("context_")
            path = reserved_place(kind, path)
            return Place(path, weak=twin or len(path) > 1)
        inner = context_path(name)
        return None if inner is None else Place(inner, in_context=True)

    by_layout: Placing = warehouse if is_warehouse(table) else plain
    if kind is CallKind.CONTACT:
        by_layout = contact_placing(by_layout)

    named = {name for role in ROLES for name in rule.columns(role)}

    def placing(name: str) -> Place | None:
        found = None if name in taken else by_layout(name)
        if found is None:
            return None
        without = tuple(c.path[1:] for c in inside if c.top == name)
        secret = is_credential(name) and name not in named and name not in table.booleans
        return replace(found, without=without, only_boolean=secret) if without or secret else found

    return placing if rule.other_columns == "include" else lambda _name: None


def _why(table: Table, kind: CallKind, name: str, consumed: Collection[str]) -> str:
    if is_system(name):
        return "system column"
    if kind is CallKind.CONTACT and name in consumed:
        return "a contact has no id of yours"
    if kind is CallKind.CONTACT and name == SOURCE:
        return "set by Inflection"
    if kind is CallKind.CONTACT and not snake_case(name):
        return "no letter to make a name of"
    if not is_warehouse(table):
        return "by the rule"
    if name.lower().startswith("context_library"):
        return "replaced"
    return "system column" if body_path(name) is None else "by the rule"


def _path(kind: CallKind, parts: tuple[str, ...]) -> tuple[str, ...]:
    return flat_name(parts) if kind is CallKind.CONTACT else reserved_place(kind, parts)


def _field(table: Table, rule: Rule, kind: CallKind, entry: FieldRule) -> _Field | None:
    """One field; None where a glob's rule names a column that this table does not have."""
    if entry.value is not None:
        constant: Json = entry.value
        if entry.transform not in (None, "omit"):
            result = TRANSFORMS[entry.transform](entry.value)
            if result is UNREADABLE:
                raise ConfigError(
                    f'The constant for "{entry.name}" in the rule for "{rule.stream}" can\'t be '
                    f"read as {entry.transform}: change its value or its transform."
                )
            constant = result
        path = _path(kind, tuple(str(entry.name).split(".")))
        return FieldPlan("a constant", lambda _row: constant, None, path), None
    name = str(entry.column)
    source = column(name, table.columns)
    if rule.is_glob and table.columns and source.top not in table.columns:
        return None
    (source,) = known_columns(table, rule, "fields", [name])
    if entry.transform == "omit":
        return None, source
    # Without a name of its own, the column's, which may hold dots: those do not nest.
    path = _path(kind, tuple(entry.name.split(".")) if entry.name else source.path[-1:])
    transform = TRANSFORMS[entry.transform] if entry.transform else None
    return FieldPlan(source.name, source.read, transform, path), source
