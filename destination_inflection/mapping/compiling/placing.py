"""Where the columns go that a rule does not speak of, and why some of them go nowhere.

In a table of the user's own each column is a trait or property; in a warehouse's its name says
which part of the message it was. Either way a reserved trait is put where the spec has it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.compiling.contact_names import (
    contact_placing,
    why_no_property,
)
from destination_inflection.mapping.compiling.naming import Naming, naming
from destination_inflection.mapping.compiling.roles import known_columns
from destination_inflection.mapping.kinds import CallKind, CallShape
from destination_inflection.mapping.mappers.arrangement import Place, Placing
from destination_inflection.mapping.rules import ROLES, Rule
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.columns import Column, is_system
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.tables.warehouse import (
    body_path,
    context_path,
    trait_path,
    twins_of,
)
from destination_inflection.mapping.values.credentials import is_credential
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import Path

BY_RULE: Final = "by the rule"


@dataclass(frozen=True, slots=True)
class Taken:
    """The columns that are spoken for: they fill a role, or a field of the rule takes them."""

    by_roles: Collection[str]
    by_fields: Sequence[Column]
    guarded: Collection[str] = ()
    """The columns with something inside that a field omits or hashes."""
    by_paths: Sequence[Column] = ()
    """The columns of the roles that are inside others."""
    by_marks: Collection[str] = ()
    """Those of the roles that only say whether the row was deleted."""

    @property
    def whole(self) -> set[str]:
        """Those that are not sent a second time."""
        return {*self.by_roles, *(column.name for column in self.by_fields if column.is_whole)}

    def inside(self, name: str) -> tuple[Path, ...]:
        """The paths inside a column that are not sent with the rest of it.

        `city` in `address` is among them where a field speaks of a column `address_city`.
        """
        flat = (c.name for c in self.by_fields if c.is_whole and c.name.startswith(f"{name}_"))
        return (*_inside(self.by_fields, name), *((n[len(name) + 1 :],) for n in flat))

    def unwrapped(self, name: str) -> tuple[Path, ...]:
        """The paths inside an unwrapped column that are not sent with its other entries."""
        return (*self.inside(name), *_inside(self.by_paths, name))


def _inside(columns: Iterable[Column], name: str) -> tuple[Path, ...]:
    inner = (column for column in columns if not column.is_whole)
    return tuple(column.path[1:] for column in inner if column.top == name)


def placing(table: Table, rule: Rule, shape: CallShape, taken: Taken) -> Placing:
    """Where each column goes that is not taken."""
    names = naming(table, shape.kind, rule.names)
    is_own = not table.layout.is_warehouse
    by_layout = _own(names, _told_flat(table)) if is_own else _warehouse(shape, names)
    if shape.is_flat:
        by_layout = contact_placing(by_layout)
    unwrapped = _unwrapped(table, rule, shape)
    drops = rule.other_columns == "drop"
    whole = taken.whole if is_own else {name for one in taken.whole for name in twins_of(one)}
    named = {name for role in ROLES for name in rule.columns(role)}

    def place(name: str) -> Place | None:
        is_dropped = name in whole or (drops and name not in unwrapped)
        found = None if is_dropped else by_layout(name)
        if found is None and (is_dropped or name not in unwrapped):
            return None
        found = found or Place(())  # a tool's column, of which only the entries are sent
        without = taken.unwrapped(name) if name in unwrapped else taken.inside(name)
        is_boolean = table.type_of(name).holds_only(Kind.BOOLEAN)
        secret = is_credential(name) and name not in named and not is_boolean
        unwraps = name in unwrapped
        guarded = name in taken.guarded
        return replace(
            found, without=without, guarded=guarded, only_boolean=secret, unwraps=unwraps
        )

    return place


def _unwrapped(table: Table, rule: Rule, shape: CallShape) -> Collection[str]:
    """The columns whose entries are sent as if they were columns.

    Raises:
        ConfigError: the rule names one that the table does not have, or a value inside one.
    """
    named = known_columns(table, rule, "unwrap", rule.unwrap) if rule.unwrap else ()
    inner = next((column for column in named if not column.is_whole), None)
    if inner is not None:
        raise ConfigError(
            f'The rule for "{rule.stream}" unwraps "{inner.name}", which is inside a column: name '
            "whole columns in unwrap, or single values in fields."
        )
    for column in named:
        if not table.type_of(column.name).may_hold((Kind.OBJECT, Kind.TEXT)):
            raise ConfigError(
                f'Stream "{table.name}": the source declares that "{column.name}" never holds an '
                f'object, so there is nothing to unwrap: change the rule for "{rule.stream}".'
            )
    columns = {column.name for column in named}
    usual = None if rule.other_columns == "drop" else table.find("properties")
    if shape.kind is CallKind.TRACK and usual is not None and not table.layout.is_warehouse:
        columns.add(usual)
    return columns


def why_nowhere(table: Table, shape: CallShape, name: str, taken: Taken) -> str:
    """Why a column goes nowhere, for the plan."""
    if is_system(name):
        return "system column"
    if name in taken.by_marks:
        return "marks deleted rows"
    if shape.is_flat and (why := why_no_property(name, taken.by_roles)) is not None:
        return why
    if not table.layout.is_warehouse:
        return BY_RULE
    if name.lower().startswith("context_library"):
        return "replaced"
    return "system column" if body_path(name) is None else BY_RULE


def _told_flat(table: Table) -> Collection[str]:
    """The columns that may be objects of which other columns hold the entries."""
    names = set(table.columns)
    starts = {name[:at] for name in names for at, char in enumerate(name) if char == "_"}
    return {
        name for name in names if name in starts and table.type_of(name).may_hold((Kind.OBJECT,))
    }


def _own(names: Naming, told_flat: Collection[str]) -> Placing:
    def place(name: str) -> Place | None:
        if is_system(name):
            return None
        path = names.column(name)
        # company_plan joins an object company, if there is one; next to a text it stays as it is.
        return Place(path, weak=len(path) > 1, but_flat=name in told_flat)

    return place


def _warehouse(shape: CallShape, names: Naming) -> Placing:
    path_of = trait_path if shape.of_person else body_path

    def place(name: str) -> Place | None:
        path = path_of(name)
        if path is not None:
            # A trait of RudderStack's may stand there twice; the bare column is the newer form.
            twin = shape.of_person and lowered(name).startswith("context_")
            path = names.column(path[0])
            return Place(path, weak=twin or len(path) > 1)
        inner = context_path(name)
        return None if inner is None else Place(inner, in_context=True)

    return place
