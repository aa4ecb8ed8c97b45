"""Arranging a row: which column goes where among the traits or properties and in the context.

Compiled once per rule. A rule's own fields go first and win; of several columns that lead to one
place, the first that is not null fills it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import Reject
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.mappers.objects import (
    EMPTIED,
    cut,
    put,
    put_in_context,
    put_weak,
    without_flat,
)
from destination_inflection.mapping.reasons import Reason
from destination_inflection.mapping.rules import Nulls
from destination_inflection.mapping.tables.columns import Getter, at_path, is_blocked
from destination_inflection.mapping.values.credentials import without_credentials
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.lengths import MOST_NAMES
from destination_inflection.mapping.values.names import Path
from destination_inflection.mapping.values.nulls import without_nulls
from destination_inflection.mapping.values.remembered import LONGEST_REMEMBERED
from destination_inflection.mapping.values.reserved_traits import settle_inside
from destination_inflection.mapping.values.transforms import UNREADABLE, Transform

_Fill: TypeAlias = Callable[[Row, JsonObject, list[str]], tuple[str, ...]]

_Put: TypeAlias = Callable[
    [str, Json, "Place", Row, JsonObject, JsonObject, list[str], "list[_Weak]"], None
]

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
    but_flat: bool = False
    """Whether entries of an object are left out that stand in the row as columns, too."""
    guarded: bool = False
    """Whether one of `without` must not leave: what it can't be found in does not, either."""
    unwraps: bool = False
    """Whether the entries of an object go to places of their own; those of columns come first."""
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
    is_there: Callable[[Row], bool]
    """Whether a row has a value there, null or not."""


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


_Weak: TypeAlias = tuple[str, Path, Json]
"""A value that is kept until all else has its place, with its name and where it belongs."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to the values of a table before they are put into their places."""

    nulls: Nulls
    not_text: Collection[str] = ()
    """The columns in which an empty text does not count as a value."""
    entry_path: Callable[[str], Path] = lambda name: (name,)
    """Where an entry of an unwrapped object belongs; empty for nowhere."""


def arranger(  # noqa: C901 - one path, run once a record
    kind: CallKind, place: Placing, fields: Sequence[FieldPlan], treatment: Treatment
) -> Callable[[Row], Arranged | Reject]:
    """The function that arranges rows.

    One with more new names than a message could hold several times over is a reject: each costs
    some time, and an object may have half a million of them.
    """
    sends_nulls, not_text = treatment.nulls == "send", treatment.not_text
    settle = _as_it_is if sends_nulls else without_nulls
    fill_fields = _filler(kind, fields, settle, not_text)
    # What was found out about a column. A name alone stands for the commonest place, in the body,
    # a path for one in the context.
    places: dict[str, Place | Path | str | None] = {}

    def remember(name: str) -> Place | Path | str | None:
        found = place(name)
        target: Place | Path | str | None = found
        if found is not None and found == Place(found.path[:1]):
            target = found.path[0]
        elif found is not None and found == Place(found.path, in_context=True):
            target = found.path
        if len(places) < _MOST_REMEMBERED and len(name) <= LONGEST_REMEMBERED:
            places[name] = target
        return target

    put_at = _putter(kind, settle, treatment)

    # One loop over a row's columns; a call for each would cost as much.
    def arrange(row: Row) -> Arranged | Reject:  # noqa: C901, PLR0912 - as above
        body: JsonObject = {}
        context: JsonObject = {}
        withheld: list[str] = []
        weak: list[_Weak] = []
        of_new_names = 0
        unreadable = fill_fields(row, body, withheld) if fields else ()
        for name, value in row.items():
            if not value and (
                (value is None and not sends_nulls) or (value == "" and name in not_text)
            ):
                continue
            try:
                target = places[name]
            except KeyError:
                target = remember(name)
                if target is not None:
                    of_new_names += len(name)
                    if of_new_names > MOST_NAMES:
                        return Reject(Reason.TOO_LARGE)
            if type(target) is str:
                if type(value) is dict:
                    inner = settle(_harmless(name, value, withheld))
                    if inner is not None:
                        put(body, (target,), settle_inside(kind, (target,), inner))
                elif target not in body or body[target] is None:  # cheaper than get
                    listed = type(value) is list
                    body[target] = settle(_harmless(name, value, withheld)) if listed else value
            elif type(target) is tuple:
                if type(value) is dict or type(value) is list:
                    value = settle(_harmless(name, value, withheld))  # noqa: PLW2901 - a copy
                put_in_context(context, target, value)
            elif isinstance(target, Place):
                put_at(name, value, target, row, body, context, withheld, weak)
        if weak:
            put_weak(body, weak)
        return Arranged(body, context, unreadable, tuple(withheld) if withheld else ())

    return arrange


def _putter(kind: CallKind, settle: Callable[[Json], Json], treatment: Treatment) -> _Put:
    """The function that puts a value at a place that is not one of the commonest."""

    def put_at(  # noqa: PLR0913, PLR0917 - what a row is put into, without an object around it
        name: str,
        value: Json,
        place: Place,
        row: Row,
        body: JsonObject,
        context: JsonObject,
        withheld: list[str],
        weak: list[_Weak],
    ) -> None:
        if place.only_boolean and type(value) is not bool:
            withheld.append(name)
            return
        entries = json_inside(value) if place.unwraps and isinstance(value, str) else value
        if place.unwraps and isinstance(entries, dict):
            left = settle(_harmless(name, cut(entries, place.without), withheld))
            inside = left.items() if isinstance(left, dict) else ()
            found = ((key, treatment.entry_path(key), inner) for key, inner in inside)
            weak.extend((key, path, inner) for key, path, inner in found if path)
            return
        if not place.path or (place.guarded and _hides(place.without, value)):
            return
        if type(value) is dict and place.but_flat:
            value = without_flat(name, value, row)
            if not value:
                return
        if type(value) is dict or type(value) is list:
            value = settle(_harmless(name, value, withheld))
            if value is None:
                return
        if place.weak:
            weak.append((name, place.path, value))
        else:
            _put_at(kind, place, value, context if place.in_context else body)

    return put_at


def _hides(paths: Sequence[Path], value: Json) -> bool:
    """Whether a value is a text or a list in which what is at one of the paths can't be found."""
    row: Row = {"": value}
    hidden = (is_blocked(at_path(("", *path)), row) for path in paths)
    return isinstance(value, str | list) and any(hidden)


def _as_it_is(value: Json) -> Json:
    return value


def _harmless(source: str, value: Json, withheld: list[str]) -> Json:
    """The value without credentials inside it; `source` is noted if there were any."""
    left = without_credentials(value)
    if left is not value:
        withheld.append(source)
    return left


def _put_at(kind: CallKind, place: Place, value: Json, outer: JsonObject) -> None:
    """Puts a value at a place that is not the commonest one."""
    left = cut(value, place.without) if place.without else value
    if place.without and left in EMPTIED:
        return
    if place.in_context:
        put_in_context(outer, place.path, left)
    else:
        put(outer, place.path, settle_inside(kind, place.path, left))


def _filler(
    kind: CallKind,
    fields: Sequence[FieldPlan],
    settle: Callable[[Json], Json],
    not_text: Collection[str],
) -> _Fill:
    """The function that puts a rule's own fields; it returns the sources that can't be read."""

    def fill(row: Row, body: JsonObject, withheld: list[str]) -> tuple[str, ...]:
        unreadable: list[str] = []
        for plan in fields:
            value = _harmless(plan.source, plan.read(row), withheld)
            if (value is None and not plan.is_there(row)) or (
                value == "" and plan.source in not_text
            ):
                continue
            if value is not None and plan.transform is not None:
                result = plan.transform(value)
                if result is UNREADABLE:
                    unreadable.append(plan.source)
                    continue
                value = _harmless(plan.source, result, withheld)
            value = settle(value)
            if (value is not None or settle is _as_it_is) and not put(
                body, plan.path, settle_inside(kind, plan.path, value)
            ):
                unreadable.append(plan.source)
        return tuple(unreadable)

    return fill
