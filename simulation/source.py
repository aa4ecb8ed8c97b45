"""The source of a world: its catalog, its lines, and the states that it writes among them.

Everything is built once, from a shape and its seed; after that a source never changes. A run that
starts from some positions gets each stream's lines after them, in an order that is always the same,
with states in between and one at the end. What is in a state's data is the source's own business:
it holds positions, and `cursors_in` reads them back.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

import orjson

from destination_inflection.json_types import Json, JsonObject
from simulation.lines import Fate, InputLine
from simulation.tables import CONTACTS, MEMBERS, ODD, TABLES, Cue, Route, Table, Variant

EMITTED_AT: Final = 1_770_000_000_000
"""When each row was read, in epoch milliseconds."""
NUMBERS_A_RUN: Final = 1_000_000
"""More states than a run has."""
_SPELLED_OTHERWISE: Final = 0.2
"""The share of rows with an email in other letters, or of lines that are written in another way."""
_CURSOR: Final = re.compile(rb'"at (\w+)":\s*(\d+)')
# Whatever JSON's grammar allows has to come back as it was.
_ODDITIES: Final = (
    rb'{"big":123456789012345678901234567890,"far":-1e400,"same":1.0,"same":1.00,"esc":"\u00e9\/'
    rb'\ud800","raw":"' + "Zo\u00eb \u2028 \U0001f600".encode() + rb'","destinationStats":{}}'
)


class StateKind(Enum):
    """The kinds of states that Airbyte knows."""

    STREAM = "STREAM"
    GLOBAL = "GLOBAL"
    LEGACY = "LEGACY"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a source is like; the rows are dealt out among its tables."""

    route: Route
    tables: tuple[Table, ...]
    rows: int
    people: int
    orgs: int
    state_kind: StateKind
    rows_per_state: int | None
    """After how many lines of a stream (of all, if a state covers all) a state comes; None: at the
    end only."""
    rejected: float = 0.0
    """The share of rows that can't be sent."""
    skipped: float = 0.0
    unreadable: float = 0.0
    """The share of lines that nobody can read."""
    is_mixed: bool = True
    """Whether lines of several streams alternate; else one stream comes after the other."""
    has_number_ids: bool = False
    counts_records: bool = False
    """Whether its states say how many records came before them."""
    repeats_states: bool = False
    """Whether each state comes twice, the second with no record before it."""
    note_bytes: int = 0
    """What makes rows larger."""
    state_bytes: int = 0
    """What makes states larger."""
    job: int = 0
    """The catalog's `sync_id`; 0: it has none."""


@dataclass(frozen=True, slots=True)
class StateLine:
    """A STATE, without its newline."""

    text: bytes
    number: int
    """Its `id`, which is in the text: no other state of the world has it."""
    covers: str | None
    """The stream; None: all."""
    cursors: Mapping[str, int]
    """Of each stream it covers, the position after which a run goes on from it."""
    counts: Mapping[str, int]
    """Records of each stream it covers since the last state that covers it, in this run."""


Message: TypeAlias = InputLine | StateLine


def make_shape(rng: Random, route: Route) -> Shape:
    """What one source is like, of all that there may be."""
    known = TABLES[route]
    tables = rng.sample(known, rng.randint(1, 5))
    if MEMBERS in tables and CONTACTS not in tables:
        tables.append(CONTACTS)  # nobody else would be a contact
    spread = rng.random()
    most = 400 if spread < 0.75 else 2_000 if spread < 0.95 else 6_000
    rows = rng.randint(20 if most == 400 else most // 2, most)
    rows_per_state = rng.choice((1, 7, 50, 1_000, None))
    return Shape(
        route=route,
        tables=tuple(tables),
        rows=rows,
        people=rng.choice((1, 3, 50, 1_000)),
        orgs=rng.choice((1, 4, 200)),
        state_kind=rng.choice((StateKind.STREAM, StateKind.STREAM, *StateKind)),
        rows_per_state=rows_per_state,
        rejected=rng.choice((0.0, 0.01, 0.05, 0.3)),
        skipped=rng.choice((0.0, 0.01, 0.1, 0.5)),
        unreadable=rng.choice((0.0, 0.0, 0.01, 0.05)),
        is_mixed=rng.random() < 0.7,
        has_number_ids=rng.random() < 0.3,
        counts_records=rng.random() < 0.4,
        repeats_states=rng.random() < 0.15,
        note_bytes=rng.choice((0, 0, 0, 300, 4_000 if rows <= 400 else 0)),
        state_bytes=rng.choice((0, 0, 0, 300, 20_000 if rows_per_state != 1 else 0)),
        job=rng.choice((0, 17)),
    )


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
        states = _States(self.shape, cursors, run)
        for line in self._order:
            if line.position > cursors.get(line.stream, 0):
                yield line
                yield from states.after(line)
        yield from states.at_end()


def cursors_in(text: bytes) -> dict[str, int]:
    """The positions in a state of a source's, however it was written since."""
    return {name.decode(): int(position) for name, position in _CURSOR.findall(text)}


class _States:
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
            text = _state_text(self._shape, self._number, covers, cursors, written)
            yield StateLine(text, self._number, covers, cursors, counts)


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


@dataclass(slots=True)
class _Writer:
    """Writes the lines of one table."""

    shape: Shape
    table: Table
    rng: Random
    by_fate: dict[Fate, list[Variant]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sorts the variants."""
        for variant in self.table.variants:
            self.by_fate.setdefault(variant.fate, []).append(variant)

    def line(self, position: int) -> InputLine:
        """The line at a position."""
        rng, shape, name = self.rng, self.shape, self.table.name
        mark = f"mark_{name}_{position:06}"
        column = InputLine(b"", name, position, mark, Fate.SENT).column
        user = 1 + int(shape.people * rng.random() ** 2)  # some have far more rows than others
        org = 1 + int(shape.orgs * rng.random() ** 2)
        email = f"p{user}@lumen.example"
        if rng.random() < _SPELLED_OTHERWISE:
            email = rng.choice((email.upper(), email.title(), f" {email}", f"<{email}>"))
        user_id = user if shape.has_number_ids else f"u{user}"
        cue = Cue(position, user_id, email, f"org-{org}", column, mark)
        row = self.table.make(rng, cue)
        calls = self.table.calls or ((str(row["type"]),) if "type" in row else ())
        row |= {"value": position, "note": "n" * shape.note_bytes or None, column: mark}
        fate, at = self.table.usual, rng.random()
        if at < shape.unreadable:
            return InputLine(self._broken(row), name, position, mark, Fate.UNREADABLE)
        variant = self._variant(at - shape.unreadable)
        data: Json = row
        if variant is not None:
            fate = variant.fate
            row |= variant.change
            calls = calls if variant.calls is None else variant.calls
        elif fate is Fate.SENT and at > 1 - shape.rejected / 20:
            fate, calls, data = Fate.REJECTED, (), ["no", "object", mark]
        text = self._text(data)
        if variant is not None and variant.odd:
            text = text.replace(b'"%s"' % ODD.encode(), variant.odd)
        person, of = "", ""
        if calls:
            person = self._person(row)
            of = cue.org_id if self.table.has_org and "group" in calls else ""
        return InputLine(text, name, position, mark, fate, calls, person, of)

    def _variant(self, at: float) -> Variant | None:
        """What is changed of a row; `at` is chance, evenly spread from 0."""
        shape = self.shape
        fate = Fate.SENT
        if at < shape.rejected:
            fate = Fate.REJECTED
        elif at < shape.rejected + shape.skipped:
            fate = Fate.SKIPPED
        elif at > shape.rejected + shape.skipped + 0.1:
            return None
        found = self.by_fate.get(fate)
        return self.rng.choice(found) if found else None

    def _person(self, row: JsonObject) -> str:
        """Whom a row is about."""
        if self.shape.route is Route.DEVELOPER_API:
            return str(row.get("email", row.get("mail"))).strip(" <>").lower()
        buyer = row.get("buyer")
        return str(buyer["id"] if isinstance(buyer, dict) else row["user_id"])

    def _text(self, data: Json) -> bytes:
        """A RECORD."""
        record: JsonObject = {"stream": self.table.name, "data": data, "emitted_at": EMITTED_AT}
        if self.rng.random() >= _SPELLED_OTHERWISE:
            return orjson.dumps({"type": "RECORD", "record": record})
        record = {"namespace": None, "meta": {"changes": [], "unknown": 1}, **record}
        return b" %s " % orjson.dumps({"record": record, "unknown": 0, "type": "RECORD"})

    def _broken(self, row: JsonObject) -> bytes:
        """What nobody can read as one record."""
        whole = self._text(row)
        match self.rng.randrange(6):
            case 0:
                return whole[: -self.rng.randint(10, len(whole) - 2)]
            case 1:
                return whole + whole
            case 2:
                return whole.replace(b'"value"', b'"\xe9\xff"')
            case 3:
                return orjson.dumps({"type": "RECORD", "record": {"data": row}})
            case 4:
                return orjson.dumps([row])
        return f"INFO read {row}".encode()


def _lines(shape: Shape, table: Table, number: int, rng: Random) -> tuple[InputLine, ...]:
    writer = _Writer(shape, table, rng)
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
