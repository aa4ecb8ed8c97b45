"""Airbyte's side of a session: lines become rows and checkpoints, and these become STATE lines."""

from collections.abc import Callable, Iterable, Iterator

from destination_inflection.airbyte.line import Line
from destination_inflection.airbyte.messages import Record, State, TooDeep, Unreadable, parse
from destination_inflection.airbyte.reader import LineReader
from destination_inflection.airbyte.states import with_stats
from destination_inflection.mapping.reasons import Reason
from destination_inflection.plurals import plural
from destination_inflection.rejects.entry import Fault, Origin
from destination_inflection.sync.ledger import Released
from destination_inflection.sync.sync import Sync


def feed(sync: Sync[State], line: bytes, origin: Origin | None = None) -> None:
    """Hands one line of input to a sync; without an `origin` it is its own.

    Raises:
        ConfigError: it is the first record of a stream that can't be mapped.
    """
    kept = Line(line) if origin is None else origin
    match parse(line):
        case Record(stream, dict() as row, read_at, not_finite):
            if not_finite:
                sync.left_out(stream, not_finite)
            sync.record(stream, row, read_at, kept)
        case Record(stream=stream):
            sync.reject(Fault(Reason.NOT_AN_OBJECT, stream), kept)
        case TooDeep(stream):
            sync.reject(Fault(Reason.TOO_DEEP, stream), kept)
        case State() as state:
            sync.checkpoint(state)
        case Unreadable() if line.strip():
            sync.reject(Fault(Reason.UNREADABLE_LINE), kept)


class LinesFromDescriptor:
    """The input of `write`: lines from a file descriptor."""

    def __init__(self, fd: int, sync: Sync[State]) -> None:
        self._reader = LineReader(fd)
        self._sync = sync

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
            feed(self._sync, line)


class LinesAtHand:
    """The input of a program that has the lines already; they are taken one at a time."""

    fd = None

    def __init__(self, lines: Iterable[bytes], sync: Sync[State]) -> None:
        self._lines: Iterator[bytes] = iter(lines)
        self._sync = sync
        self.at_end = False

    def take(self) -> None:
        """Takes the next line."""
        line = next(self._lines, None)
        if line is None:
            self.at_end = True
        else:
            feed(self._sync, line)


class StateLines:
    """Turns released checkpoints into the STATE lines that go back."""

    def __init__(self, write: Callable[[str], None], sync: Sync[State]) -> None:
        self._write = write
        self._sync = sync

    def release(self, released: Released[State]) -> None:
        """Sends a state back, and holds what the source counted against what was read."""
        state = released.at
        counted = released.settled + released.rejected
        if state.source_count is not None and state.source_count > counted:
            of = f"Stream {state.stream}" if state.stream else "All streams"
            self._sync.report.missing[state.stream] += int(state.source_count) - counted
            self._sync.warn_once(
                state.stream,
                "missing",
                f"{of}: the source counts {int(state.source_count)} "
                f"{plural(int(state.source_count), 'record')} before a state, but only {counted} "
                "arrived.",
            )
        self._write(with_stats(state.text, settled=released.settled, rejected=released.rejected))
