"""How long the sandbox takes for each of its pages, as a browser on a kept connection sees it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from statistics import median
from time import perf_counter
from typing import Final
from urllib.parse import quote

from benchmarks.bare_client import Connection, EventStream, request
from benchmarks.sandbox_calls import BUSY, EVENTS, LARGE_ORG, MANY, RARE_EVENT, USUAL

GOAL_MS: Final = 50.0
_TIMES: Final = 20
_DEEP: Final = 20
"""So many pages on."""
_NEXT: Final = re.compile(rb'<a rel="next" href="([^"]+)"')
_PERSON: Final = re.compile(rb'href="(/people/[0-9a-f]+)"')
_CALL: Final = re.compile(rb'href="(/calls/\d+)"')
_CHANGES: Final = 50
"""As many calls as the overview shows."""


@dataclass(frozen=True, slots=True)
class Timed:
    """What one page took, in milliseconds."""

    name: str
    middle: float
    worst: float


def pages_of(url: str) -> Iterator[Timed]:
    """Times each page, and what the overview gets while it is open."""
    with Connection(url) as browser:
        for name, path in _pages(browser):
            sent = request("GET", path)
            yield _timed(name, partial(browser.ask, sent))
        last = int(_found(_CALL, browser, "/").rpartition("/")[2])

    def changes() -> None:
        with EventStream(url, f"/live?after={last - _CHANGES}") as stream:
            stream.wait_for_event()

    yield _timed(f"/live: the numbers and {_CHANGES} calls, on a new connection", changes)


def _pages(browser: Connection) -> Iterator[tuple[str, str]]:
    """The pages by what they are."""
    yield "/", "/"
    yield "/people", "/people"
    yield "/people, deep", _deep(browser, "/people")
    yield "/people?q=, one person has it", "/people?q=person07919"
    yield "/people?q=, a user id", "/people?q=user-07919"
    yield "/people?q=, nobody has it", "/people?q=nobody"
    yield "/people?q=, everyone has it", "/people?q=o"
    yield "/people?q=, everyone has it, deep", _deep(browser, "/people?q=o")
    for name, email in (
        ("a usual person", USUAL),
        ("a person with 10,000 activities", BUSY),
        ("a person with 1,000 user ids", MANY),
    ):
        path = _found(_PERSON, browser, f"/people?q={email}")
        yield f"/people/…, {name}", path
        if email != USUAL:
            yield f"/people/…, {name}, deep", _deep(browser, path)
    yield "/orgs", "/orgs"
    yield "/orgs, deep", _deep(browser, "/orgs", 10)
    org = f"/org?id={LARGE_ORG}"
    yield "/org, 10,000 members", org
    yield "/org, 10,000 members, deep", _deep(browser, org)
    event = f"/activity?event={quote(EVENTS[1])}"
    for name, path in (
        ("all", "/activity"),
        ("an event", event),
        ("10,000 of a person", f"/activity?person={BUSY}"),
        ("1,000 user ids", f"/activity?person={MANY}"),
        ("an event of a person", f"{event}&person={BUSY}"),
        ("an event of 1,000 user ids", f"{event}&person={MANY}"),
    ):
        yield f"/activity, {name}", path
        yield f"/activity, {name}, deep", _deep(browser, path)
    yield "/activity, a rare event of a person", f"/activity?event={RARE_EVENT}&person={BUSY}"
    yield "/activity, nobody's", f"/activity?event={RARE_EVENT}&person={MANY}"
    yield "/faults", "/faults"
    yield "/calls/…", _found(_CALL, browser, "/activity")


def _deep(browser: Connection, path: str, pages: int = _DEEP) -> str:
    for _ in range(pages):
        path = _found(_NEXT, browser, path)
    return path


def _found(what: re.Pattern[bytes], browser: Connection, path: str) -> str:
    """An address in a page. Raises RuntimeError if it has no such link."""
    found = what.search(browser.ask(request("GET", path)))
    if found is None:
        raise RuntimeError(f"{path} has no link like {what.pattern.decode()}")
    return unescape(found[1].decode())


def _timed(name: str, do: Callable[[], object]) -> Timed:
    do()
    times = []
    for _ in range(_TIMES):
        started = perf_counter()
        do()
        times.append((perf_counter() - started) * 1e3)
    return Timed(name, median(times), max(times))
