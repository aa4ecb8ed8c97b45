"""The fields of a rule, compiled: each takes a column or a constant to a place of its own choice.

A field that speaks of the email of a person changes how the email is read, for the call needs it in
its own place; it can't put something else there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, Row
from destination_inflection.mapping.compiling.contact_names import flat_name
from destination_inflection.mapping.compiling.naming import naming
from destination_inflection.mapping.compiling.roles import Roles, known_columns
from destination_inflection.mapping.kinds import CallShape
from destination_inflection.mapping.mappers.arrangement import FieldPlan
from destination_inflection.mapping.rules import FieldRule, Rule
from destination_inflection.mapping.tables.columns import Column, Getter, column, is_there
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import Path
from destination_inflection.mapping.values.reserved_traits import place as reserved_place
from destination_inflection.mapping.values.timestamps import reader_of_times
from destination_inflection.mapping.values.transforms import (
    TRANSFORMS,
    UNREADABLE,
    Transform,
    TransformName,
    to_date,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field's plan (None: it is left out) and the column it takes (None: it is a constant)."""

    plan: FieldPlan | None
    column: Column | None
    reads_time: bool = False
    """Whether it makes a time of the column's value."""

    @property
    def hides(self) -> bool:
        """Whether something inside a column must not leave as it is."""
        is_hidden = self.plan is None or self.plan.transform is TRANSFORMS["sha256"]
        return self.column is not None and not self.column.is_whole and is_hidden


def compile_fields(table: Table, rule: Rule, shape: CallShape) -> list[Field]:
    """The fields of a rule; one that a glob's rule has for other tables is not among them.

    Raises:
        ConfigError: a column is unknown, or a constant can't be converted.
    """
    compiled = (_field(table, rule, shape, entry) for entry in rule.fields)
    return [field for field in compiled if field is not None]


def settle_email(rule: Rule, roles: Roles, fields: Sequence[Field]) -> tuple[Roles, list[Field]]:
    """Applies the fields that speak of the email to its role; returns the others.

    Raises:
        ConfigError: a field would put something else in the email's place.
    """
    columns = roles["email"]
    others: list[Field] = []
    for field in fields:
        if field.plan is None or field.plan.path != ("email",):
            others.append(field)
            continue
        source, transform = field.column, field.plan.transform
        gentle = transform in (None, TRANSFORMS["lower"], TRANSFORMS["trim"])
        if source is None or [source.name] != [each.name for each in columns] or not gentle:
            raise ConfigError(
                f'The rule for "{rule.stream}" puts something else in the place of the email, '
                "which identify needs: set the rule's email instead, or name the field otherwise."
            )
        if transform is not None:
            columns = (replace(source, read=_transformed(source.read, transform)),)
    return {**roles, "email": columns}, others


def _transformed(read: Getter, transform: Transform) -> Getter:
    def transformed(row: Row) -> Json:
        value = read(row)
        result = None if value is None else transform(value)
        return None if result is UNREADABLE else result

    return transformed


def _field(table: Table, rule: Rule, shape: CallShape, entry: FieldRule) -> Field | None:
    """One field; None where a glob's rule names a column that this table does not have."""
    if entry.value is not None:
        return Field(_constant(rule, shape, entry, entry.value), None)
    name = str(entry.column)
    source = column(name, table.columns)
    if rule.is_glob and table.columns and source.top not in table.columns:
        return None
    (source,) = known_columns(table, rule, "fields", [name])
    if entry.transform == "omit":
        return Field(None, source)
    # Without a name of its own, the column's, which may hold dots: those do not nest.
    if entry.name:
        path = _path(shape, tuple(entry.name.split(".")))
    elif shape.is_flat:
        path = flat_name(source.path[-1:])
    else:
        path = naming(table, shape.kind, rule.names).column(source.path[-1])
    transform = _transform(rule, entry.transform) if entry.transform else None
    plan = FieldPlan(source.name, source.read, transform, path, partial(is_there, source))
    return Field(plan, source, reads_time=entry.transform == "date")


def _transform(rule: Rule, name: TransformName) -> Transform:
    if name == "date":
        return to_date(reader_of_times(rule.time_zone or UTC))
    return TRANSFORMS[name]


def _constant(rule: Rule, shape: CallShape, entry: FieldRule, value: Json) -> FieldPlan:
    if entry.transform not in (None, "omit"):
        converted = _transform(rule, entry.transform)(value)
        if converted is UNREADABLE:
            raise ConfigError(
                f'The constant for "{entry.name}" in the rule for "{rule.stream}" can\'t be '
                f"read as {entry.transform}: change its value or its transform."
            )
        value = converted
    path = _path(shape, tuple(str(entry.name).split(".")))
    return FieldPlan("a constant", lambda _row: value, None, path, lambda _row: True)


def _path(shape: CallShape, parts: Path) -> Path:
    return flat_name(parts) if shape.is_flat else reserved_place(shape.kind, parts)
