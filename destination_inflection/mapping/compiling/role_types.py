"""Holds the columns of a rule against what the source declares: some can never hold what is asked.

What the source does not declare passes, and so does text, which may hold anything as JSON.
"""

from collections.abc import Iterable

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.compiling.roles import Roles
from destination_inflection.mapping.kinds import FIELDS
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.tables.conventions import KINDS
from destination_inflection.mapping.tables.table import Table


def check_types(table: Table, roles: Roles, by_fields: Iterable[Column]) -> None:
    """Makes sure that the columns of the roles, and of a rule's fields, can hold what is asked.

    Raises:
        ConfigError: one can't, as the source declares it.
    """
    for role, columns in roles.items():
        for column in columns:
            found = table.type_of(column.top).at(column.path[1:])
            if found is None or not found.may_hold(KINDS[role]):
                what = FIELDS.get(role, "mark of deletion")
                raise ConfigError(
                    f"{_declared(table, column)}, which can't be the {what}: set {role} in a rule "
                    f'for "{table.name}" to another column{_path_into(table, column)}.'
                )
    for column in by_fields:
        if table.type_of(column.top).at(column.path[1:]) is None:
            raise ConfigError(
                f'{_declared(table, column)}, so there is nothing at "{column.name}": change '
                f'fields in the rule for "{table.name}".'
            )


def _path_into(table: Table, column: Column) -> str:
    kind = table.type_of(column.top)
    if not kind.may_hold((Kind.OBJECT, Kind.LIST)):
        return ""
    within = "0.id" if kind.holds_only(Kind.LIST) else "id"
    return f', or to a path such as "{column.top}.{within}" that leads to text or a number'


def _declared(table: Table, column: Column) -> str:
    reached = next(
        at
        for at in range(len(column.path), 0, -1)
        if table.type_of(column.top).at(column.path[1:at]) is not None
    )
    found = table.type_of(column.top).at(column.path[1:reached])
    kinds = sorted(kind.value for kind in found.kinds) if found is not None else []
    name = ".".join(column.path[:reached])
    return f'Stream "{table.name}": the source declares "{name}" to hold {" or ".join(kinds)}'
