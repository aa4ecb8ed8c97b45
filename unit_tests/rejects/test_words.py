"""The words about rejects: without values, grouped, and bounded in number and in work."""

import json
from dataclasses import dataclass

from destination_inflection.airbyte.line import Line
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import Fault
from destination_inflection.rejects.words import MOST_WORDS, OTHER_WORDS, Words
from destination_inflection.streams import StreamKey


def fault(detail: str | None, stream: str = "people", reason: Reason = Reason.REFUSED) -> Fault:
    return Fault(reason, StreamKey(None, stream), detail=detail)


def line_of(**row: object) -> Line:
    body = {"stream": "people", "data": row, "emitted_at": 1}
    return Line(json.dumps({"type": "RECORD", "record": body}).encode())


@dataclass
class Counted:
    """An origin of a size, which counts how often it is looked into."""

    size: int
    looks: int = 0

    def entry(self) -> JsonObject:
        self.looks += 1
        return {"record": {"plan": "gold"}}


def test_values_are_taken_out_and_what_is_left_is_one_group() -> None:
    words = Words()
    said = {
        words.of(fault(f"HTTP 400: no plan {plan} for 400"), line_of(id=400, plan=plan))
        for plan in ("gold", "silver", "bronze")
    }
    assert said == {"HTTP 400: no plan [...] for [...]"}
    assert words.of(fault("HTTP 400: no plan"), Line(b"no record")) == "HTTP 400[...]"
    assert words.of(fault(None), line_of()) is None


def test_the_same_words_are_looked_into_once() -> None:
    words, origin = Words(), Counted(100)
    assert {words.of(fault("HTTP 400: gold"), origin) for _ in range(9)} == {"HTTP 400: [...]"}
    assert origin.looks == 1


def test_beyond_the_bounds_they_are_other_words() -> None:
    words, origin = Words(), Counted(1)
    said = [words.of(fault(f"no {n}"), origin) for n in range(MOST_WORDS + 2)]
    assert said == [f"no {n}" for n in range(MOST_WORDS)] + [OTHER_WORDS] * 2
    assert words.of(fault("no 3"), origin) == "no 3"
    assert words.of(fault("no 99", reason=Reason.CONTACT_FAILED), origin) == "no 99"
    streams = [f"s{n}" for n in range(60)]
    given = {words.of(fault(f"{s} {n}", s), origin) for s in streams for n in range(MOST_WORDS)}
    assert len(given - {OTHER_WORDS}) == (1_000 - 21) + 11, "each stream's first are always given"


def test_taking_values_out_has_a_limit_for_large_records() -> None:
    words, origin = Words(), Counted(600_000)
    said = [words.of(fault(f"no {n}"), origin) for n in range(4)]
    assert said == ["no 0", "no 1", OTHER_WORDS, OTHER_WORDS]
    assert origin.looks == 2
    long = fault("x" * 10_000, "other")
    assert words.of(long, origin) == "x" * 310
