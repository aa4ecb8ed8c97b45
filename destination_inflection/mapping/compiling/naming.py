"""How columns are called in Inflection, where the spec reserves no form for them.

Snowflake writes all names in capitals, so a table in which all are is taken for Snowflake's: its
names go out in small letters, unless the rule says `as_is`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.rules import NameForm
from destination_inflection.mapping.tables.columns import is_system
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import Path, camel_case, snake_case
from destination_inflection.mapping.values.reserved_traits import is_reserved
from destination_inflection.mapping.values.reserved_traits import place as reserved_place
from destination_inflection.mapping.values.visible import visible

_Form: TypeAlias = Callable[[str], str]


def _as_it_is(name: str) -> str:
    return name


_FORMS: Final[Mapping[NameForm, _Form]] = MappingProxyType(
    {"as_is": _as_it_is, "snake_case": snake_case, "camelCase": camel_case}
)


@dataclass(frozen=True, slots=True)
class Naming:
    """The forms of columns' names, and of the names of entries in an object that is unwrapped."""

    kind: CallKind
    of_columns: _Form = _as_it_is
    of_entries: _Form = _as_it_is

    def column(self, name: str) -> Path:
        """Where a column belongs in the body."""
        return self._place(name, self.of_columns)

    def entry(self, name: str) -> Path:
        """Where an entry of an unwrapped object belongs in the body."""
        return self._place(name, self.of_entries)

    def _place(self, name: str, form: _Form) -> Path:
        # A name without a letter has no form: it stays as it is.
        seen = visible(name) or name
        named = seen if is_reserved(self.kind, seen) else form(seen) or seen
        return reserved_place(self.kind, (named,))


def naming(table: Table, kind: CallKind, form: NameForm | None) -> Naming:
    """The forms of a table's names; `form` is what the rule asks for."""
    if form is not None:
        return Naming(kind, _FORMS[form], _FORMS[form])
    return Naming(kind, str.lower) if is_in_capitals(table) else Naming(kind)


def is_in_capitals(table: Table) -> bool:
    """Whether all columns of a table are in capitals."""
    names = [name for name in table.columns if not is_system(name)]
    return any(map(str.isupper, names)) and not any(name != name.upper() for name in names)
