"""What must hold after a run, and after all runs of a cell: judged by what the sandbox stored."""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from integration_tests.conftest import KEY
from integration_tests.fault_matrix.faults import End
from integration_tests.fault_matrix.rows import (
    SECRET,
    Fate,
    Item,
    Route,
    Row,
    is_known,
    marks_in,
    rows_in,
)
from integration_tests.fault_matrix.stage import Ran

_TOTAL: Final = re.compile(r"Total: read (\d+), delivered (\d+), rejected (\d+).*skipped (\d+)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that the sandbox took or, on the route of contacts, the newest row of a contact."""

    number: int
    person: str
    text: str
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is there after a run: arrivals of all runs in order, and the numbers of stored rejects.

    The first `before` arrivals came in earlier runs.
    """

    route: Route
    arrivals: tuple[Arrival, ...]
    rejects: frozenset[int]
    before: int = 0
    leaking: tuple[str, ...] = ()
    """Files that hold what they must not."""

    def lacks(self, rows: Sequence[Row]) -> list[int]:
        """The numbers of the rows that should be there and are not."""
        numbers = {each.number for each in self.arrivals}
        newest = {each.person: each.number for each in self.arrivals}
        return [
            row.number
            for row in rows
            if (row.fate is Fate.REJECTED and row.number not in self.rejects)
            or (
                row.fate is Fate.DELIVERED
                and (
                    row.number not in numbers
                    if self.route is Route.EVENTS
                    else newest.get(row.person, 0) < row.number
                )
            )
        ]


def released_by(ran: Ran) -> list[int]:
    """The ids of the states that came back."""
    return [each["id"] for each in _states(ran)]


def problems(ran: Ran, end: End, stored: Stored) -> Iterator[str]:
    """What is wrong with one run."""
    status, failure = end.value
    failures = [
        each["trace"]["error"]["failure_type"] for each in _messages(ran) if each["type"] == "TRACE"
    ]
    if (ran.status, failures) != (status, [failure] if failure else []):
        yield f"it ended with {ran.status} and {failures}, not as {end.name}"
    yield from _of_states(ran, end)
    missing = stored.lacks(rows_in(covered(ran.fed, released_by(ran))))
    if missing:
        yield f"released states cover rows that are not there: {missing[:9]}"
    yield from _of_output(ran)
    if stored.leaking:
        yield f"a value or the key is in {', '.join(stored.leaking)}"
    yield from _of_arrivals(stored, ran.fed)
    if end is End.GREEN:
        yield from _of_sums(ran)


def problems_at_the_end(items: Sequence[Item], stored: Stored) -> Iterator[str]:
    """What is wrong after the last run, which was green."""
    given = {row.number: (row.person, row.text) for row in rows_in(items)}
    mixed = {x.number for x in stored.arrivals if (x.person, x.text) != given.get(x.number)}
    if mixed:
        yield f"rows have another's values: {sorted(mixed)[:9]}"
    missing = stored.lacks(rows_in(items))
    if missing:
        yield f"rows are not there: {missing[:9]}"
    if stored.route is Route.CONTACTS:
        newest = {row.person: row.number for row in _due(items)}
        if newest != {each.person: each.number for each in stored.arrivals}:
            yield "contacts do not have the newest values"


def covered(items: Sequence[Item], released: Sequence[int]) -> tuple[Item, ...]:
    """The items that released states cover."""
    known = set(released)
    reached = {each.stream: place for place, each in enumerate(items) if is_known(each, known)}
    return tuple(each for place, each in enumerate(items) if place < reached.get(each.stream, -1))


def leaking(kept: Mapping[str, bytes]) -> tuple[str, ...]:
    """The files that hold the key or, if they do not hold rejects, a value of a row."""
    found = []
    for name, content in sorted(kept.items()):
        has_rejects = name.endswith(".gz")
        text = (gzip.decompress(content) if has_rejects else content).decode()
        if _has_key(text) or (not has_rejects and _has_value(text)):
            found.append(name)
    return tuple(found)


def _has_key(text: str) -> bool:
    return KEY in text or json.dumps(KEY)[1:-1] in text


def _has_value(text: str) -> bool:
    return SECRET.lower() in text.lower()


def _of_states(ran: Ran, end: End) -> Iterator[str]:
    """States come back untouched, once, in order; all of them when the run is green."""
    came = _states(ran)
    for stream in {mark.stream for mark in marks_in(ran.fed)}:
        given = [mark.line["state"] for mark in marks_in(ran.fed) if mark.stream == stream]
        back = [
            {name: value for name, value in each.items() if name != "destinationStats"}
            for each in came
            if each["stream"]["stream_descriptor"]["name"] == stream
        ]
        if back != given[: len(back)] or (end is End.GREEN and len(back) < len(given)):
            yield f"states of {stream}: {len(back)} of {len(given)} came back, or not in order"


def _of_output(ran: Ran) -> Iterator[str]:
    """Nothing is seen of a row or of the key."""
    text = b"".join(ran.lines).decode() + ran.stderr
    if _has_value(text):
        yield "a value of a row was printed"
    if _has_key(text):
        yield "the key was printed"


def _of_arrivals(stored: Stored, fed: Sequence[Item]) -> Iterator[str]:
    """Only what should arrives, each row under one id, each person's rows in order within a run."""
    if stored.route is Route.CONTACTS:
        return
    here = stored.arrivals[stored.before :]
    due = {row.number for row in _due(fed)}
    if strangers := {each.number for each in here} - due:
        yield f"rows arrived that should not: {sorted(strangers)[:9]}"
    ids: dict[int, set[str]] = defaultdict(set)
    for each in stored.arrivals:
        ids[each.number].add(each.message_id)
    if any(len(found) != 1 for found in ids.values()):
        yield "a row came again under another id"
    if len({next(iter(found)) for found in ids.values()}) != len(ids):
        yield "two rows have the same id"
    first: dict[str, Arrival] = {}
    for each in here:
        first.setdefault(each.message_id, each)  # a repeat may come late: it is dropped
    by_person: dict[str, list[int]] = defaultdict(list)
    for each in first.values():
        by_person[each.person].append(each.number)
    if any(one > next_one for each in by_person.values() for one, next_one in pairwise(each)):
        yield "rows of a person arrived out of order"


def _of_sums(ran: Ran) -> Iterator[str]:
    """What the connector says of a green run adds up, and is what has to be."""
    fates = Counter(row.fate for row in rows_in(ran.fed))
    expected = [fates.total(), *(fates[fate] for fate in Fate)]
    logged = "\n".join(each["log"]["message"] for each in _messages(ran) if each["type"] == "LOG")
    found = _TOTAL.search(logged)
    if found is None or [int(each) for each in found.groups()] != expected:
        yield f"the log's total is {found and found.group()}, not {expected}"
    stats = [
        each["state"]["destinationStats"] for each in _messages(ran) if each["type"] == "STATE"
    ]
    counted = Counter[str]()
    for each in stats:
        counted.update({name: int(value) for name, value in each.items()})
    rows = rows_in(covered(ran.fed, released_by(ran)))
    rejected = sum(row.fate is Fate.REJECTED for row in rows)
    wanted = Counter(recordCount=len(rows) - rejected, rejectedRecordCount=rejected)
    if counted != wanted:
        yield f"the states' sums are {dict(counted)}, not {dict(wanted)}"


def _due(items: Sequence[Item]) -> list[Row]:
    return [row for row in rows_in(items) if row.fate is Fate.DELIVERED]


def _states(ran: Ran) -> list[dict[str, Any]]:
    return [each["state"] for each in _messages(ran) if each["type"] == "STATE"]


def _messages(ran: Ran) -> list[dict[str, Any]]:
    """What was printed; a last line that a kill cut off is not counted."""
    whole = [line for line in ran.lines if line.endswith(b"\n")]
    return [json.loads(line) for line in whole]
