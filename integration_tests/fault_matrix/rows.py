"""What a cell's source sends: rows of two streams whose fate is known, and states between them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from destination_inflection.json_types import JsonObject
from integration_tests.conftest import catalog, record, state, stream

SECRET: Final = "Zqxsecret"
"""It is in a value of each row, and must not be seen outside."""


class Route(Enum):
    """The route, by its name in the form."""

    EVENTS = "event_endpoint"
    CONTACTS = "developer_api"


class Fate(Enum):
    """Where a row has to end."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """A record; `number` counts all of a table, and is in a column of it."""

    number: int
    stream: str
    person: str
    fate: Fate
    line: JsonObject

    @property
    def text(self) -> str:
        """Its value that no other row has."""
        return _text(self.number)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of a stream; `number` is its id."""

    number: int
    stream: str
    line: JsonObject


Item = Row | Mark


@dataclass(frozen=True, slots=True)
class Load:
    """A sync's input: `first` items are sent before anything goes wrong, then the others."""

    catalog: JsonObject
    rules: Sequence[JsonObject]
    items: tuple[Item, ...]
    first: int
    settled: int
    """How many requests are answered before anything goes wrong."""


_COLUMNS: Final = ("id", "email", "name", "plan", "number")
_WANTED: Final[JsonObject] = {"column": "plan", "test": "not_equals", "value": "none"}


def load_of(route: Route) -> Load:
    """150 messages about five people, or 2,200 contacts in three batches, some of them twice.

    The first rows hold no rejects: states behind a reject wait for its file, which takes a minute.
    """
    if route is Route.EVENTS:
        events = stream("events", "id", "user_id", "event", "timestamp", "number")
        streams = (stream("people", *_COLUMNS), {**events, "primary_key": [["id"]]})
        rows, every = [_message(number) for number in range(1, 151)], 10
    else:
        streams = (stream("people", *_COLUMNS), stream("leads", *_COLUMNS))
        rows, every = [_contact(number) for number in range(1, 2201)], 100
    rules: list[JsonObject] = [
        {"stream": each["stream"]["name"], "call": "identify", "only_if": _WANTED}
        for each in streams
        if each["stream"]["name"] != "events"
    ]
    items = tuple(_with_states(rows, every))
    first, settled = (75, 30) if route is Route.EVENTS else (1100, 2)
    return Load(catalog(*streams), rules, items, first, settled)


def after(items: Sequence[Item], released: Sequence[int]) -> tuple[Item, ...]:
    """What the source sends when it goes on from the last released state of each stream."""
    known = set(released)
    reached = {each.stream: place for place, each in enumerate(items) if is_known(each, known)}
    return tuple(each for place, each in enumerate(items) if place > reached.get(each.stream, -1))


def is_known(item: Item, released: set[int]) -> bool:
    """Whether it is a state that was released."""
    return isinstance(item, Mark) and item.number in released


def rows_in(items: Sequence[Item]) -> list[Row]:
    """The rows among some items."""
    return [each for each in items if isinstance(each, Row)]


def marks_in(items: Sequence[Item]) -> list[Mark]:
    """The states among some items."""
    return [each for each in items if isinstance(each, Mark)]


def as_lines(items: Sequence[Item]) -> bytes:
    """The items as the connector reads them."""
    return b"".join(json.dumps(each.line).encode() + b"\n" for each in items)


def _message(number: int) -> Row:
    person = f"u{number % 5}"
    if number % 3 == 0:
        return _identity(number, "people", person, 60)
    fate = Fate.REJECTED if number > 60 and number % 17 == 0 else Fate.DELIVERED
    line = record(
        "events",
        id=number,
        user_id=None if fate is Fate.REJECTED else person,
        event=_text(number),
        timestamp=1767225600 + number,
        number=number,
    )
    return Row(number, "events", person, fate, line)


def _contact(number: int) -> Row:
    stream = "people" if number % 2 else "leads"
    return _identity(number, stream, f"c{number % 1950}", 700)


def _identity(number: int, stream: str, person: str, rejects_from: int) -> Row:
    fate = Fate.DELIVERED
    if number > rejects_from and number % 21 == 0:
        fate = Fate.REJECTED
    elif number % 24 == 0:
        fate = Fate.SKIPPED
    line = record(
        stream,
        id=person,
        email=None if fate is Fate.REJECTED else f"{person}@{SECRET.lower()}.example",
        name=_text(number),
        plan="none" if fate is Fate.SKIPPED else "gold",
        number=number,
    )
    return Row(number, stream, person, fate, line)


def _text(number: int) -> str:
    return f"{SECRET} {number}"


def _with_states(rows: Sequence[Row], every: int) -> Iterator[Item]:
    """The rows, and after so many of them a state of each stream; all streams end with one."""
    streams = sorted({row.stream for row in rows})
    for place, row in enumerate(rows, 1):
        yield row
        if place % every == 0:
            for which, name in enumerate(streams):
                number = place * 10 + which
                yield Mark(number, name, state(name, number))
