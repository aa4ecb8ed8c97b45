"""The names of a contact's properties: flat, in snake_case, and each from one column.

Inflection stores a property of any other name silently as null (source: its published
description), so names are converted, and two columns that would become one property are an error.
Not sent are the email, which is not a property but the contact itself, and `_source`, which
Inflection sets.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.description import Feed
from destination_inflection.mapping.kinds import CONTACT
from destination_inflection.mapping.mappers.arrangement import Place, Placing
from destination_inflection.mapping.mappers.contacts import COMPANY, COMPANY_NAME, EMAIL, TEXTS
from destination_inflection.mapping.rules import FieldRule
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import Path, snake_case

_PLAIN: Final = re.compile(r"[a-z][a-z0-9_]*")
"""snake_case is documented. Whether a name may hold other letters or begin with a digit is not."""
_SOURCE: Final = "_source"
_WITHOUT_SEPARATORS: Final = MappingProxyType({name.replace("_", ""): name for name in TEXTS})


def flat_name(parts: Iterable[str]) -> Path:
    """The property that a path becomes: one name, because properties are not nested.

    A property of Inflection's own is known by its letters alone (`firstname`, `LASTNAME`).
    """
    name = snake_case("_".join(parts))
    return (_WITHOUT_SEPARATORS.get(name.replace("_", ""), name),)


def property_name(*parts: str) -> Path:
    """The property that a column or an entry becomes; empty where it can't be one."""
    path = flat_name(parts)
    return () if path[0] in ("", EMAIL) or parts == (_SOURCE,) else path


def is_plain(name: str) -> bool:
    """Whether Inflection takes a property's name for sure: small ASCII letters, digits and `_`."""
    return _PLAIN.fullmatch(name) is not None


def contact_placing(place: Placing) -> Placing:
    """The same columns as properties; the context has no place in a contact."""

    def placing(name: str) -> Place | None:
        found = place(name)
        if found is None or found.in_context:
            return None
        path = property_name(*found.path)
        return replace(found, path=path) if path else None

    return placing


def why_no_property(name: str, in_roles: Collection[str]) -> str | None:
    """Why a column is not a property of a contact, where that is why; `in_roles` fill a role."""
    if name in in_roles:
        return "a contact has no id of yours"
    if name == _SOURCE:
        return "set by Inflection"
    return None if snake_case(name) else "no letter to make a name of"


def company_feeds(table: Table, place: Placing) -> Iterator[Feed]:
    """What a company that is declared as an object fills in addition to its own property."""
    targets = {t.path[0]: name for name in table.columns if (t := place(name)) and t.path}
    company = targets.get(COMPANY)
    named = COMPANY_NAME in targets
    if company is not None and not named and Kind.OBJECT in table.type_of(company).kinds:
        yield Feed((CONTACT.body, COMPANY_NAME), words=f"the name in {company}")


def check_names(table: Table, place: Placing, fields: Sequence[FieldRule]) -> None:
    """Makes sure that no two columns become one property, as one of them would be lost.

    A name among `fields` is settled by the rule; several of one name are tried in order.

    Raises:
        ConfigError: two do, the first such pair is named; or a field's name can't be one.
    """
    named = _check_fields(table, fields)
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for name in table.columns:
        target = place(name)
        hidden = target is None or target.weak or target.only_boolean or target.unwraps
        if target is not None and not hidden and target.path[0] not in named:
            sources[target.path[0]].append(name)
    for target_name, columns in sources.items():
        if len(columns) > 1:
            listed = " and ".join(f'"{column}"' for column in columns[:2])
            raise ConfigError(
                f'Stream "{table.name}": the columns {listed} both become the property '
                f'"{target_name}", as Inflection wants snake_case: give one of them another name, '
                "or the transform omit, in the fields of a rule for this stream."
            )


def _check_fields(table: Table, fields: Sequence[FieldRule]) -> Collection[str]:
    """The properties that fields become; two of different names that become one are an error."""
    named: dict[str, str] = {}
    for entry in fields:
        if entry.transform == "omit":
            continue
        given = entry.name or str(entry.column).rpartition(".")[2]
        (name,) = flat_name(given.split("."))
        if not name or named.setdefault(name, given) != given:
            raise ConfigError(
                f'Stream "{table.name}": the field "{given}" becomes the property "{name}", which '
                "is empty or taken by another field: give it another name."
            )
    return named
