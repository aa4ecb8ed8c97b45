"""Airbyte's side of a session: lines become rows and checkpoints, and these become STATE lines."""

import os
from collections.abc import Callable, Iterable, Iterator

from destination_inflection.airbyte.bounds import LINE_BOUNDS, LineBounds
from destination_inflection.airbyte.line import Cut, Line
from destination_inflection.airbyte.messages import (
    Record,
    State,
    TooDeep,
    TooLarge,
    is_state,
    parse,
)
from destination_inflection.airbyte.reader import LineReader
from destination_inflection.airbyte.states import with_stats
from destination_inflection.airbyte.unreadable import Unreadable
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.plurals import plural
from destination_inflection.rejects.entry import SOME_LINE, Fault, Origin
from destination_inflection.sync.spans import Released
from destination_inflection.sync.sync import Sync


def feed(
    sync: Sync[State],
    line: bytes | Cut,
    origin: Origin | None = None,
    bounds: LineBounds = LINE_BOUNDS,
    where: str = SOME_LINE,
) -> None:
    """Hands one line of input to a sync; without an `origin` it is its own.

    `where` says which line it is, should it be rejected.

    Raises:
        ConfigError: it is the first record of a stream that can't be mapped, or a STATE that is
            too long to be read.
    """
    if isinstance(line, Cut) or not bounds.allow(line):
        cut = line if isinstance(line, Cut) else _cut(line, bounds)
        _pass_over(sync, cut, origin or cut, bounds, where)
        return
    kept = Line(line, bounds.uncounted_bytes) if origin is None else origin
    match parse(line, bounds):
        case Record(stream, dict() as row, read_at, not_finite):
            if not_finite:
                sync.left_out(stream, not_finite)
            sync.record(stream, row, read_at, kept)
        case Record(stream=stream):
            sync.reject(Fault(Reason.NOT_AN_OBJECT, stream), kept)
        case TooDeep(stream):
            sync.reject(Fault(Reason.TOO_DEEP, stream), kept)
        case TooLarge(stream):
            sync.reject(Fault(Reason.TOO_LARGE, stream), kept)
        case State() as state:
            sync.checkpoint(state)
        case Unreadable(why) if line.strip():
            fault = Fault(Reason.UNREADABLE_LINE, where=where, cause=why)
            sync.reject(fault, origin or _cut(line, bounds))


def _cut(line: bytes, bounds: LineBounds) -> Cut:
    return Cut(line[: bounds.kept_bytes], len(line))


def _pass_over(
    sync: Sync[State], line: Cut, origin: Origin, bounds: LineBounds, where: str
) -> None:
    """Counts a line that is not parsed; a STATE can't be left out, for it is the source's place."""
    if is_state(line.head):
        raise ConfigError(
            f"The source wrote a STATE of {line.length} bytes, which is too long to be read "
            f"({bounds}); without it the next sync would not know where to continue, so this one "
            "stops here: select fewer streams in this connection, or ask for smaller states where "
            "the source is maintained."
        )
    cause = bounds.excess(line.length)
    sync.reject(Fault(Reason.UNREADABLE_LINE, where=where, cause=cause), origin)


class LinesFromDescriptor:
    """The input of `write`: lines from a file descriptor."""

    def __init__(
        self,
        fd: int,
        sync: Sync[State],
        bounds: LineBounds = LINE_BOUNDS,
        read: Callable[[int, int], bytes] = os.read,
    ) -> None:
        """`read` reads from a file descriptor, at most so many bytes; none at its end."""
        self._reader = LineReader(fd, bounds, read)
        self._sync = sync
        self._bounds = bounds
        self._taken = 0

    @property
    def fd(self) -> int:
        """What to wait for."""
        return self._reader.fd

    @property
    def at_end(self) -> bool:
        """Whether nothing more comes."""
        return self._reader.at_end

    def take(self) -> None:
        """Reads once."""
        for line in self._reader.read():
            self._taken += 1
            feed(self._sync, line, bounds=self._bounds, where=_line_of_input(self._taken))


class LinesAtHand:
    """The input of a program that has the lines already; they are taken one at a time."""

    fd = None

    def __init__(self, lines: Iterable[bytes], sync: Sync[State]) -> None:
        self._lines: Iterator[bytes] = iter(lines)
        self._sync = sync
        self._taken = 0
        self.at_end = False

    def take(self) -> None:
        """Takes the next line."""
        line = next(self._lines, None)
        if line is None:
            self.at_end = True
        else:
            self._taken += 1
            feed(self._sync, line, where=_line_of_input(self._taken))


def _line_of_input(number: int) -> str:
    return f"line {number} of the input"


class StateLines:
    """Turns released checkpoints into the STATE lines that go back."""

    def __init__(self, write: Callable[[bytes], None], sync: Sync[State]) -> None:
        self._write = write
        self._sync = sync

    def release(self, released: Released[State]) -> None:
        """Sends a state back, and holds what the source counted against what was read."""
        state = released.at
        counted = released.settled + released.rejected
        if state.source_count is not None and state.source_count > counted:
            stream = self._sync.counted_as(state.stream) if state.stream else None
            of = f"Stream {stream}" if stream else "All streams"
            self._sync.report.missing[stream] += int(state.source_count) - counted
            self._sync.warn_once(
                stream,
                "missing",
                f"{of}: the source reported {int(state.source_count)} "
                f"{plural(int(state.source_count), 'record')} before a state, but only {counted} "
                "arrived: check the source's log; unreadable lines may be among them.",
            )
        self._write(with_stats(state.line, settled=released.settled, rejected=released.rejected))
