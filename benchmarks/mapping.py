"""What mapping costs: parse, map, id and serialise a line, against reading and writing its JSON.

Prints the ratio for a plain event of 12 columns and for a warehouse's, for which at most 6 is the
goal, and for a person who becomes a contact, for which there is none. The two loops take turns, so
that a slower moment of the machine weighs on both; the ratio is the median over the rounds.
"""

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Final

import orjson

from destination_inflection.airbyte.messages import Record, parse
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.tables.table import Table

LINES: Final = 20_000
ROUNDS: Final = 15
GOAL: Final = 6.0

PLAIN: Final[JsonObject] = {
    "id": "evt_000001",
    "user_id": 12345,
    "event": "Report Shared",
    "occurred_at": "2026-02-03T10:00:00.123Z",
    "plan": "team",
    "pages": 4,
    "amount": 49.5,
    "source": "web",
    "country": "NO",
    "referrer": "https://lumen.example/reports",
    "is_trial": False,
    "note": "Quarterly numbers for the board, second draft",
}
WAREHOUSE: Final[JsonObject] = {
    "id": "evt_000001",
    "user_id": "12345",
    "anonymous_id": "a-123",
    "event": "report_shared",
    "event_text": "Report Shared",
    "timestamp": "2026-02-03T10:00:00.123Z",
    "received_at": "2026-02-03T10:00:00.123Z",
    "context_page_url": "https://lumen.example/reports",
    "context_ip": "192.0.2.1",
    "pages": 4,
    "plan": "team",
    "note": None,
}


PERSON: Final[JsonObject] = {
    "id": 12345,
    "email": "Ada.Berg@lumen.example",
    "first_name": "Ada",
    "lastName": "Berg",
    "plan": "team",
    "seats": 4,
    "is_trial": False,
    "country": "NO",
    "created_at": "2026-02-03T10:00:00.123Z",
    "address": {"city": "Oslo", "street": "Storgata 1"},
    "phone": None,
    "note": "Asked for a quote in January",
}
KINDS: Final = (
    ("plain event", "report_shared", PLAIN, Takes.MESSAGES),
    ("warehouse event", "report_shared", WAREHOUSE, Takes.MESSAGES),
    ("contact", "people", PERSON, Takes.CONTACTS),
)


def main() -> None:
    """Measures each kind of row."""
    for name, stream, row, takes in KINDS:
        message = {"type": "RECORD", "record": {"stream": stream, "data": row, "emitted_at": 1}}
        lines = [orjson.dumps(message)] * LINES
        table = Table(None, stream, tuple(row), (("id",),))
        plan = plan_stream(table, (), takes=takes)

        def mapping(lines: list[bytes] = lines, plan: StreamPlan = plan) -> None:
            for line in lines:
                record = parse(line)
                assert isinstance(record, Record)  # noqa: S101 - the lines are made above
                assert isinstance(record.data, dict)  # noqa: S101 - as above
                plan.map(record.data, record.emitted_at)

        def json_only(lines: list[bytes] = lines) -> None:
            for line in lines:
                orjson.dumps(orjson.loads(line))

        rounds = [(seconds(mapping), seconds(json_only)) for _ in range(ROUNDS)]
        ratio = median(ours / floor for ours, floor in rounds)
        ours, floor = (min(figures) for figures in zip(*rounds, strict=True))
        verdict = f" (goal: at most {GOAL:.0f}, {'reached' if ratio <= GOAL else 'missed'})"
        print(
            f"{name}: {ours / LINES * 1e6:.1f} us a record against {floor / LINES * 1e6:.1f} us "
            f"for its JSON alone: {ratio:.2f} times{verdict if takes is Takes.MESSAGES else ''}"
        )


def seconds(loop: Callable[[], None]) -> float:
    """Processor seconds of one run."""
    started = process_time()
    loop()
    return process_time() - started


if __name__ == "__main__":
    main()
