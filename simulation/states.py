"""The states that a source writes among its lines, each with what it has to say.

What is in a state's data is the source's own business: it holds positions, and `cursors_in` reads
them back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from simulation.lines import Fate, InputLine
from simulation.shapes import Shape, StateKind

NUMBERS_A_RUN: Final = 1_000_000
"""More states than a run has."""
_CURSOR: Final = re.compile(rb'"at (\w+)":\s*(\d+)')
# Whatever JSON's grammar allows has to come back as it was.
_ODDITIES: Final = (
    rb'{"big":123456789012345678901234567890,"far":-1e400,"same":1.0,"same":1.00,"esc":"\u00e9\/'
    rb'\ud800","raw":"' + "Zo\u00eb \u2028 \U0001f600".encode() + rb'","destinationStats":{}}'
)
_COUNTED_BEFORE: Final = b'"destinationStats":{"recordCount":7.0},'
"""What some states bring along, as if another destination had counted."""


@dataclass(frozen=True, slots=True)
class StateLine:
    """A STATE, without its newline."""

    text: bytes
    number: int
    """Its `id`, which is in the text: no other state of the world has it."""
    echo: bytes
    """The same as it has to come back, without the counts."""
    covers: str | None
    """The stream; None: all."""
    cursors: Mapping[str, int]
    """Of each stream it covers, the position after which a run goes on from it."""
    counts: Mapping[str, int]
    """Records of each stream it covers since the last state that covers it, in this run."""


Message: TypeAlias = InputLine | StateLine


class SettledState(NamedTuple):
    """A state before which all is settled: its number, and the streams that it covers."""

    number: int
    streams: list[str]


def cursors_in(text: bytes) -> dict[str, int]:
    """The positions in a state of a source's, however it was written since."""
    return {name.decode(): int(position) for name, position in _CURSOR.findall(text)}


class States:
    """The states of one run, and what they have to remember."""

    def __init__(self, shape: Shape, cursors: Mapping[str, int], run: int) -> None:
        self._shape = shape
        self._of_all = shape.state_kind is not StateKind.STREAM
        self._number = run * NUMBERS_A_RUN
        self._at = {table.name: cursors.get(table.name, 0) for table in shape.tables}
        self._counts = dict.fromkeys(self._at, 0)
        self._lines = dict.fromkeys(self._at, 0)
        self._stated: set[str] = set()  # asked about single streams only: it has no order

    def after(self, line: InputLine) -> Iterator[StateLine]:
        """The states that follow a line: none, as a rule."""
        self._at[line.stream] = line.position
        self._lines[line.stream] += 1
        self._counts[line.stream] += line.fate is not Fate.UNREADABLE
        often = self._shape.rows_per_state
        seen = sum(self._lines.values()) if self._of_all else self._lines[line.stream]
        if often is not None and seen >= often:
            yield from self._state(None if self._of_all else line.stream)

    def at_end(self) -> Iterator[StateLine]:
        """The states that end a run: of each stream that had none since its last line."""
        if self._of_all:
            yield from self._state(None)
            return
        for stream, lines in self._lines.items():
            if lines or stream not in self._stated:
                yield from self._state(stream)

    def _state(self, covers: str | None) -> Iterator[StateLine]:
        covered = [covers] if covers is not None else list(self._at)
        for _ in range(2 if self._shape.repeats_states else 1):
            self._number += 1
            cursors = {stream: self._at[stream] for stream in covered}
            counts = {stream: self._counts[stream] for stream in covered}
            # A source counts what it wrote, not what can be read of it.
            written = sum(self._lines[stream] for stream in covered)
            for stream in covered:
                self._counts[stream] = self._lines[stream] = 0
                self._stated.add(stream)
            echo = _state_text(self._shape, self._number, covers, cursors, written)
            text = echo
            if self._number % 5 == 2:
                text = echo.replace(b'"id":', _COUNTED_BEFORE + b'"id":', 1)
            yield StateLine(text, self._number, echo, covers, cursors, counts)


def _state_text(
    shape: Shape, number: int, covers: str | None, cursors: Mapping[str, int], written: int
) -> bytes:
    def named(stream: str) -> bytes:
        at = b'{"at %s":%d,"more":%s,"%s":null}' % (
            stream.encode(),
            cursors[stream],
            _ODDITIES,
            pad,
        )
        return b'{"stream_descriptor":{"name":"%s"},"stream_state":%s}' % (stream.encode(), at)

    pad = b"p" * shape.state_bytes
    stats = b',"sourceStats":{"recordCount":%d.0}' % written if shape.counts_records else b""
    kind = shape.state_kind.value.encode()
    if covers is not None:
        body = b'"stream":' + named(covers)
    elif shape.state_kind is StateKind.GLOBAL:
        each = b",".join(map(named, cursors))
        body = b'"global":{"shared_state":%s,"stream_states":[%s]}' % (_ODDITIES, each)
    else:
        at = b",".join(b'"at %s":%d' % (name.encode(), place) for name, place in cursors.items())
        body = b'"data":{%s,"more":%s,"%s":[]}' % (at, _ODDITIES, pad)
    inner = b'{"type":"%s","id":%d,%s%s}' % (kind, number, body, stats)
    if number % 3 == 0:
        return b'{ "state" : %s , "unknown":[1E+2] , "type":"STATE"}' % inner
    return b'{"type":"STATE","state":%s}' % inner
