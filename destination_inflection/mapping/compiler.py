"""Compiles a rule for a table into a `CallPlan`, once per stream.

Roles become columns (`roles`), the other columns become traits or properties (`arrangement`). A
column that feeds an id, the email, the event or the message id is not sent a second time; nor is
the timestamp's, when it is the only one. In a warehouse's tables of messages NULL means that the
message did not have the value, so it is omitted whatever the rule says.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.arrangement import FieldPlan, Place, arranger
from destination_inflection.mapping.call_plan import Arrange, CallPlan
from destination_inflection.mapping.columns import Column, at_path, is_system
from destination_inflection.mapping.conventions import is_newest_state
from destination_inflection.mapping.description import Description, Feed
from destination_inflection.mapping.message_ids import MessageId, derived, given
from destination_inflection.mapping.reserved import place as reserved_place
from destination_inflection.mapping.roles import (
    Roles,
    consumed_by,
    feeds_of,
    known_columns,
    resolve,
)
from destination_inflection.mapping.rules import CallKind, FieldRule, Rule
from destination_inflection.mapping.tables import Table
from destination_inflection.mapping.transforms import TRANSFORMS, UNREADABLE
from destination_inflection.mapping.warehouse import (
    body_path,
    context_path,
    is_warehouse,
    trait_path,
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan and what it says of itself."""

    plan: CallPlan
    description: Description


def compile_rule(table: Table, rule: Rule, scope: Iterable[Json]) -> Compiled:
    """Compiles a rule for identify, track or group calls.

    `scope` keeps the ids of several alike rules of one stream apart.

    Raises:
        ConfigError: a column is unknown, or one that the call needs is not to be found.
    """
    kind = CallKind(rule.call)
    roles = resolve(table, rule, kind)
    key = key_of(table, kind)
    fields = [_field(table, rule, kind, entry) for entry in rule.fields]
    taken = consumed_by(roles) | {c.top for _, c in fields if c is not None and c.name == c.top}
    place = _placing(table, rule, kind, taken)
    always_omits = is_warehouse(table.columns) and not is_newest_state(table)
    plans = [plan for plan, _ in fields if plan is not None]
    arrange = arranger(kind, place, plans, "omit" if always_omits else rule.nulls)
    plan = build_plan(table, rule, roles, arrange, scope)
    feeds = feeds_of(rule, roles, key)
    body = "properties" if kind is CallKind.TRACK else "traits"
    feeds += [Feed(".".join((body, *entry.path)), entry.source) for entry in plans]
    left_out: list[tuple[str, str]] = []
    for name in table.columns:
        target = place(name)
        if target is not None:
            outer = "context" if target.in_context else body
            feeds.append(Feed(".".join((outer, *target.path)), name))
        elif name not in taken:
            left_out.append((name, _why(table, name)))
        elif not any(name in feed.source.split(" or ") for feed in feeds):
            left_out.append((name, "used otherwise or omitted by the rule"))
    return Compiled(plan, Description(rule.call, tuple(feeds), tuple(left_out)))


def build_plan(
    table: Table, rule: Rule, roles: Roles, arrange: Arrange, scope: Iterable[Json]
) -> CallPlan:
    """Puts a plan together from its compiled pieces; an audience call is an identify."""
    kind = CallKind.IDENTIFY if rule.call == "audience" else CallKind(rule.call)
    return CallPlan(
        kind=kind,
        user_id=roles["user_id"],
        anonymous_id=roles["anonymous_id"],
        group_id=roles["group_id"],
        email=roles["email"],
        event=rule.event if rule.event is not None else roles["event_column"],
        timestamp=roles["timestamp"],
        message_id=_message_id(table, rule, kind, roles, scope),
        arrange=arrange,
        is_audience=rule.call == "audience",
    )


def key_of(table: Table, kind: CallKind) -> tuple[Column, ...]:
    """The columns an id is derived from: a track row's primary key; otherwise none (content)."""
    return tuple(at_path(path) for path in table.primary_key) if kind is CallKind.TRACK else ()


def _message_id(
    table: Table, rule: Rule, kind: CallKind, roles: Roles, scope: Iterable[Json]
) -> MessageId:
    in_job = [table.sync_id] if kind is not CallKind.TRACK and table.sync_id > 0 else []
    facts = [table.namespace, table.name, rule.call, *in_job, *scope]
    otherwise = derived(facts, key_of(table, kind))
    return given(roles["message_id"], otherwise) if roles["message_id"] else otherwise


def _placing(
    table: Table, rule: Rule, kind: CallKind, taken: set[str]
) -> Callable[[str], Place | None]:
    """Where each column goes that the rule does not speak of."""
    identifies = kind is CallKind.IDENTIFY

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

    by_layout = warehouse if is_warehouse(table.columns) else plain

    def placing(name: str) -> Place | None:
        return None if name in taken else by_layout(name)

    return placing if rule.other_columns == "include" else lambda _name: None


def _why(table: Table, name: str) -> str:
    if is_system(name):
        return "system column"
    if not is_warehouse(table.columns):
        return "dropped by the rule"
    return "replaced" if name.lower().startswith("context_library") else "system column"


def _field(
    table: Table, rule: Rule, kind: CallKind, entry: FieldRule
) -> tuple[FieldPlan | None, Column | None]:
    """One field's plan (None: it is left out) and the column it takes, if it takes one."""
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
        path = reserved_place(kind, tuple(str(entry.name).split(".")))
        return FieldPlan("a constant", lambda _row: constant, None, path), None
    (source,) = known_columns(table, rule, "fields", [str(entry.column)])
    if entry.transform == "omit":
        return None, source
    name = entry.name or source.name.rpartition(".")[2]
    path = reserved_place(kind, tuple(name.split(".")))
    transform = TRANSFORMS[entry.transform] if entry.transform else None
    return FieldPlan(source.name, source.read, transform, path), source
