"""Reserved traits: recognised however they are spelled, sent once, in the form the spec prints.

Source: Segment's spec of identify and group, complete. Sending both forms of one trait can give a
receiver two traits, so every spelling leads to one place. `address` and `company` are objects; they
may also come as `address_city` or `company_name` columns.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from destination_inflection.json_types import Json
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.values.names import Path, snake_case
from destination_inflection.mapping.values.remembered import LONGEST_REMEMBERED

_ADDRESS: Final = ("city", "country", "postalCode", "state", "street")
_COMPANY: Final = ("name", "id", "industry", "employee_count", "plan")
_SHARED: Final = (
    *("address", "avatar", "createdAt", "description", "email", "id", "name", "phone", "website"),
)
_IDENTIFY: Final = (
    *_SHARED,
    *("age", "birthday", "company", "firstName", "gender", "lastName", "title", "username"),
)
_GROUP: Final = (*_SHARED, "employees", "industry", "plan")
_INNER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"address": _ADDRESS, "company": _COMPANY}
)


def _places(traits: tuple[str, ...]) -> dict[str, Path]:
    places: dict[str, Path] = {_joined(name): (name,) for name in traits}
    for outer in traits:
        for inner in _INNER.get(outer, ()):
            places[_joined(f"{outer}_{inner}")] = (outer, inner)
    return places


def _joined(name: str) -> str:
    """A name without regard to case and separators: `first_name`, `firstName` and `FIRSTNAME`."""
    return snake_case(name).replace("_", "")


# Track has revenue, currency and value, which have one spelling only: nothing to settle.
_PLACES: Final[Mapping[CallKind, Mapping[str, Path]]] = MappingProxyType(
    {CallKind.IDENTIFY: _places(_IDENTIFY), CallKind.GROUP: _places(_GROUP)}
)


def is_reserved(kind: CallKind, name: str) -> bool:
    """Whether the spec has a form of its own for a trait, or for a part of one."""
    return _joined(name) in _PLACES.get(kind, {})


def place(kind: CallKind, path: Path) -> Path:
    """Where a trait of this name belongs: the spec's form if it is reserved, else as it is."""
    is_short = sum(map(len, path)) <= LONGEST_REMEMBERED
    return _remembered_place(kind, path) if is_short else _place(kind, path)


def _place(kind: CallKind, path: Path) -> Path:
    reserved = _PLACES.get(kind, {}).get(_joined(path[0]))
    if reserved is None:
        return path
    if len(path) == 2 and len(reserved) == 1:
        return _PLACES[kind].get(_joined(f"{reserved[0]}_{path[1]}"), (reserved[0], path[1]))
    return (*reserved, *path[1:])


_remembered_place: Final = lru_cache(maxsize=4096)(_place)
"""It is asked for each entry of an address in each row."""


def settle_inside(kind: CallKind, path: Path, value: Json) -> Json:
    """An `address` or `company` object with its own reserved keys in the spec's form."""
    if len(path) != 1 or path[0] not in _INNER or not isinstance(value, dict):
        return value
    if kind not in _PLACES:
        return value
    settled: dict[str, Json] = {}
    for key, inner in value.items():
        name = place(kind, (path[0], key))[-1]
        if settled.get(name) is None:
            settled[name] = inner
    return settled
