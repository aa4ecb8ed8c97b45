"""Arranging a row: which column goes where among the traits or properties and in the context.

Compiled once per rule. A rule's own fields go first and win; of several columns that lead to one
place, the first that is not null fills it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.rules import Nulls
from destination_inflection.mapping.tables.columns import Getter
from destination_inflection.mapping.values.credentials import without_credentials
from destination_inflection.mapping.values.names import Path
from destination_inflection.mapping.values.reserved_traits import settle_inside
from destination_inflection.mapping.values.transforms import UNREADABLE, Transform

_Fill: TypeAlias = Callable[[Row, JsonObject, list[str]], tuple[str, ...]]

_MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: into the body or the context.

    A `weak` one gives way to all others; where it finds no room it stays under its own name.
    """

    path: Path
    in_context: bool = False
    weak: bool = False
    without: tuple[Path, ...] = ()
    """Paths inside the value that are not sent with it: a rule's fields speak of them."""
    only_boolean: bool = False
    """Whether the name is a credential's, so that nothing but a boolean is sent."""


Placing: TypeAlias = Callable[[str], Place | None]
"""Where the column of a name goes; None for nowhere."""


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field of a rule: where its value comes from, what is done to it, where it goes."""

    source: str
    read: Getter
    transform: Transform | None
    path: Path


class Arranged(NamedTuple):
    """A row's traits or properties, its context, and the sources that were left out of them.

    `unreadable` are those whose values could not be read, `withheld` those that look like
    credentials or have something of that kind inside.

    A tuple: one is made for each row, and a frozen dataclass takes three times as long to make.
    """

    body: JsonObject
    context: JsonObject
    unreadable: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()


def arranger(  # noqa: C901 - as below
    kind: CallKind,
    place: Placing,
    fields: Sequence[FieldPlan],
    nulls: Nulls,
) -> Callable[[Row], Arranged]:
    """The function that arranges rows."""
    sends_nulls = nulls == "send"
    fill_fields = _filler(kind, fields, nulls)
    # What was found out about a column; a name alone stands for the commonest place, in the body.
    places: dict[str, Place | str | None] = {}

    def remember(name: str) -> Place | str | None:
        found = place(name)
        plain = found is not None and found == Place(found.path[:1])
        target = found.path[0] if found is not None and plain else found
        if len(places) < _MOST_REMEMBERED:
            places[name] = target
        return target

    # One loop over a row's columns; a call for each would cost as much.
    def arrange(row: Row) -> Arranged:  # noqa: C901
        body: JsonObject = {}
        context: JsonObject = {}
        withheld: list[str] = []
        unreadable = fill_fields(row, body, withheld) if fields else ()
        weak: list[tuple[str, Path, Json]] = []
        for name, value in row.items():
            if value is None and not sends_nulls:
                continue
            try:
                target = places[name]
            except KeyError:
                target = remember(name)
            if type(target) is str:
                if type(value) is dict:
                    inner = _harmless(name, value, withheld)
                    _put(body, (target,), settle_inside(kind, (target,), inner))
                elif target not in body or body[target] is None:
                    listed = type(value) is list
                    body[target] = _harmless(name, value, withheld) if listed else value
            elif isinstance(target, Place):
                if type(value) is dict or type(value) is list:
                    value = _harmless(name, value, withheld)  # noqa: PLW2901 - not the row's
                if target.only_boolean and type(value) is not bool:
                    withheld.append(name)
                elif target.weak:
                    weak.append((name, target.path, value))
                else:
                    _put_at(kind, target, value, context if target.in_context else body)
        if weak:
            _put_weak(body, weak)
        return Arranged(body, context, unreadable, tuple(withheld) if withheld else ())

    return arrange


def _harmless(source: str, value: Json, withheld: list[str]) -> Json:
    """The value without credentials inside it; `source` is noted if there were any."""
    left = without_credentials(value)
    if left is not value:
        withheld.append(source)
    return left


def _put_at(kind: CallKind, place: Place, value: Json, outer: JsonObject) -> None:
    """Puts a value at a place that is not the commonest one."""
    left = cut(value, place.without) if place.without else value
    if place.without and left == {}:
        return
    if place.in_context:
        # Where something that is not an object stands in the way, the name stays flat.
        if not _put(outer, place.path, left):
            outer.setdefault("_".join(place.path), left)
    else:
        _put(outer, place.path, settle_inside(kind, place.path, left))


def cut(value: Json, paths: Sequence[Path]) -> Json:
    """A copy of an object without what is at `paths`; objects that this leaves empty go too."""
    if not isinstance(value, dict):
        return value
    kept: JsonObject = {}
    for key, inner in value.items():
        inside = [path[1:] for path in paths if path[0] == key]
        if not inside:
            kept[key] = inner
        elif () not in inside:
            left = cut(inner, inside)
            if left != {}:
                kept[key] = left
    return kept


def _filler(kind: CallKind, fields: Sequence[FieldPlan], nulls: Nulls) -> _Fill:
    """The function that puts a rule's own fields; it returns the sources that can't be read."""

    def fill(row: Row, body: JsonObject, withheld: list[str]) -> tuple[str, ...]:
        unreadable: list[str] = []
        for plan in fields:
            value = _harmless(plan.source, plan.read(row), withheld)
            if value is not None and plan.transform is not None:
                result = plan.transform(value)
                if result is UNREADABLE:
                    unreadable.append(plan.source)
                    continue
                value = _harmless(plan.source, result, withheld)
            if (value is not None or nulls == "send") and not _put(
                body, plan.path, settle_inside(kind, plan.path, value)
            ):
                unreadable.append(plan.source)
        return tuple(unreadable)

    return fill


def _put_weak(body: JsonObject, weak: list[tuple[str, Path, Json]]) -> None:
    for name, path, value in weak:
        if not _put(body, path, value):
            body.setdefault(name, value)


def _put(outer: JsonObject, path: Path, value: Json) -> bool:
    """Puts a value where nothing is yet; two objects for one place are joined, the first wins.

    Returns False when the way there is blocked: something that is not an object stands on it.
    """
    for part in path[:-1]:
        inner = outer.get(part)
        if inner is None:
            inner = outer[part] = {}
        if not isinstance(inner, dict):
            return False
        outer = inner
    known = outer.get(path[-1])
    if known is None:
        # An object is copied: later values may be joined to it, and rows are only read.
        outer[path[-1]] = dict(value) if isinstance(value, dict) else value
    elif isinstance(known, dict) and isinstance(value, dict):
        for key, inner_value in value.items():
            if known.get(key) is None:
                known[key] = inner_value
    return True
