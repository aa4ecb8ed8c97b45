"""A world by hand: nothing happens in it unless a test says so."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, cast

import orjson
import pytest

from destination_inflection.commands.outside import RunBounds
from destination_inflection.json_types import JsonObject
from simulation.history import History
from simulation.life import Life
from simulation.lines import Fate, InputLine
from simulation.scenario import Kill, Limiter, Scenario
from simulation.shapes import Shape, StateKind
from simulation.source import Source
from simulation.states import StateLine
from simulation.tables import TABLES, Route
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.violation import Rule, Violation

PIPE_BYTES: Final = 65_536
_NONE: Final[Mapping[str, int]] = MappingProxyType({})
PLAIN: Final = Scenario(
    seed=1,
    route=Route.EVENT_ENDPOINT,
    shape=Shape(
        Route.EVENT_ENDPOINT, TABLES[Route.EVENT_ENDPOINT][:1], 10, 3, 1, StateKind.STREAM, None
    ),
    connections=4,
    ceiling=500,
    bounds=RunBounds(),
    round_trip=(0.02, 0.08),
    troubles=MappingProxyType({}),
    bad_until=0.0,
    outages=(),
    has_retry_after=False,
    limiter=Limiter.NONE,
    limit=5,
    has_poison=False,
    refused=0.0,
    walled=0.0,
    has_store=False,
    store_troubles=MappingProxyType({}),
    kills=(),
    reading_seconds=0.0,
    pipe_bytes=1 << 16,
    row_seconds=0.0,
    pauses=0.0,
    chunk_bytes=1 << 20,
)


@contextmanager
def breaks(rule: Rule, what: str) -> Iterator[None]:
    """Expects a violation of a rule; `what` is a part of its words."""
    with pytest.raises(Violation, match=re.escape(what)) as found:
        yield
    assert found.value.broken.rule is rule


@dataclass
class Scene:
    """A process that has begun to live."""

    kill: Kill | None = None
    timeline: Timeline = field(default_factory=Timeline)

    def __post_init__(self) -> None:
        self.trace = Trace(self.timeline)
        self.life = Life(self.timeline, self.trace, self.kill)


def mark(position: int, stream: str = "people") -> str:
    return f"mark_{stream}_{position:06}"


def line(
    position: int,
    fate: Fate = Fate.SENT,
    *,
    stream: str = "people",
    calls: tuple[str, ...] = ("identify",),
    org: str = "",
) -> InputLine:
    named = mark(position, stream)
    text = b"INFO " + named.encode()
    if fate is not Fate.UNREADABLE:
        data: JsonObject = {f"m{stream}{position}": named}
        record: JsonObject = {"stream": stream, "data": data}
        text = orjson.dumps({"type": "RECORD", "record": record})
    return InputLine(
        text, stream, position, named, fate, calls if fate is Fate.SENT else (), "u1", org
    )


def state(
    number: int, covers: str | None = "people", counts: Mapping[str, int] = _NONE, **cursors: int
) -> StateLine:
    data = ",".join(f'"at {stream}":{position}' for stream, position in cursors.items())
    text = f'{{"type":"STATE","state":{{"id":{number},"data":{{{data}}}}}}}'
    return StateLine(text.encode(), number, text.encode(), covers, cursors, counts)


@dataclass(frozen=True, slots=True)
class _Lines:
    by_stream: Mapping[str, tuple[InputLine, ...]]


def history(*lines: InputLine, has_store: bool = False) -> History:
    """Of a source with these lines; a history asks it for nothing else."""
    by_stream: dict[str, tuple[InputLine, ...]] = {}
    for each in lines:
        by_stream[each.stream] = (*by_stream.get(each.stream, ()), each)
    return History(cast(Source, _Lines(by_stream)), has_store=has_store)
