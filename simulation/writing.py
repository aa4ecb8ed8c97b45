"""Writes the lines of one table: good rows, their variants, and what nobody can read."""

from dataclasses import dataclass, field
from random import Random
from typing import Final

import orjson

from destination_inflection.json_types import Json, JsonObject
from simulation.lines import Fate, InputLine
from simulation.rows import Cue
from simulation.shapes import Shape
from simulation.tables import Route, Table
from simulation.variants import ODD, Variant

EMITTED_AT: Final = 1_770_000_000_000
"""When each row was read, in epoch milliseconds."""
_SPELLED_OTHERWISE: Final = 0.2
"""The share of rows with an email in other letters, or of lines that are written in another way."""


@dataclass(slots=True)
class Writer:
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
