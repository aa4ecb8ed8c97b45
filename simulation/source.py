"""The source of a world: its catalog, its lines, and the states that it writes among them.

Everything is built once, from a shape and its seed; after that a source never changes. A run that
starts from some positions gets each stream's lines after them, in an order that is always the same,
with states in between and one at the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

from destination_inflection.json_types import JsonObject
from simulation.lines import InputLine
from simulation.shapes import Shape
from simulation.states import Message, States
from simulation.tables import Table
from simulation.writing import Writer


class Source:
    """A source; `messages` says what a run of it writes."""

    def __init__(self, shape: Shape, rng: Random) -> None:
        self.shape: Final = shape
        self.catalog: Final[JsonObject] = {
            "streams": [_configured(table, shape.job) for table in shape.tables]
        }
        self.rules: Final[list[JsonObject]] = [
            {"stream": table.name, **rule} for table in shape.tables for rule in table.rules
        ]
        shares = [rng.uniform(0.1, 1.0) for _ in shape.tables]
        self.by_stream: Final[Mapping[str, Sequence[InputLine]]] = MappingProxyType(
            {
                table.name: _lines(
                    shape, table, max(1, round(shape.rows * share / sum(shares))), rng
                )
                for table, share in zip(shape.tables, shares, strict=True)
            }
        )
        self._order: Final = _in_order(list(self.by_stream.values()), rng, is_mixed=shape.is_mixed)
        # What nobody can read has no column of its own, but its column is nobody else's either.
        self.lines: Final[Mapping[str, InputLine]] = MappingProxyType(
            {line.column: line for line in self._order}
        )

    def messages(self, cursors: Mapping[str, int], run: int = 0) -> Iterator[Message]:
        """What a run writes that starts from these positions; `run` numbers the world's runs."""
        states = States(self.shape, cursors, run)
        for line in self._order:
            if line.position > cursors.get(line.stream, 0):
                yield line
                yield from states.after(line)
        yield from states.at_end()


def _configured(table: Table, job: int) -> JsonObject:
    columns: JsonObject = {
        name: {"type": ["null", kind]} if kind else {} for name, kind in table.columns.items()
    }
    stream: JsonObject = {
        "name": table.name,
        "json_schema": {"type": "object", "properties": columns},
        "supported_sync_modes": ["full_refresh", "incremental"],
    }
    configured: JsonObject = {"stream": stream, "sync_mode": "incremental"}
    configured["destination_sync_mode"] = "append_dedup" if table.key else "append"
    configured["primary_key"] = [[name] for name in table.key]
    configured["cursor_field"] = [table.cursor] if table.cursor else []
    return {**configured, "sync_id": job} if job else configured


def _lines(shape: Shape, table: Table, number: int, rng: Random) -> tuple[InputLine, ...]:
    writer = Writer(shape, table, rng)
    return tuple(writer.line(position) for position in range(1, number + 1))


def _in_order(
    streams: Sequence[Sequence[InputLine]], rng: Random, *, is_mixed: bool
) -> tuple[InputLine, ...]:
    """The lines of all streams: each stream in its own order, the streams mixed or not."""
    if not is_mixed:
        return tuple(line for stream in streams for line in stream)
    order: list[InputLine] = []
    left = [iter(stream) for stream in streams]
    while left:
        stream = rng.choice(left)
        for _ in range(rng.randint(1, 12)):
            line = next(stream, None)
            if line is None:
                left.remove(stream)
                break
            order.append(line)
    return tuple(order)
