"""Set-ups whose bottleneck is known, and what the connector says of each.

`python -m benchmarks.bottlenecks` runs them one after the other in some minutes; names of set-ups
behind it run only those. It ends with 1 if one is misjudged.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Final

from benchmarks.process import sink
from inflection_sandbox.client import running_sandbox

CONNECTOR: Final = str(Path(sys.executable).with_name("destination-inflection"))
KEY: Final = "benchmark-key"


@dataclass(frozen=True)
class SetUp:
    """A sandbox with these options, or the faster sink; a connector, a source, and who bounds it.

    The source sends so many records a second (0: at once) about so many people.
    """

    name: str
    bottleneck: str
    sandbox: Sequence[str] = ()
    advanced: Mapping[str, int] = field(default_factory=dict)
    records: int = 1_000
    people: int = 1_000
    a_second: float = 0
    contacts: bool = False
    sink_ms: float | None = None


SET_UPS: Final = (
    SetUp("slow source", "input", records=400, a_second=40),
    SetUp("slow source of contacts", "input", records=400, a_second=40, contacts=True),
    SetUp("ceiling", "ceiling", advanced={"max_requests_per_second": 50}, records=500),
    SetUp("ceiling, far away", "ceiling", ("--latency-ms", "100"),
          {"max_requests_per_second": 100, "connections": 64}, 1_500),
    SetUp("few connections", "parallel_requests", ("--latency-ms", "200"), {"connections": 4}, 200),
    SetUp("far away", "parallel_requests", ("--latency-ms", "300"), {"connections": 16}, 500),
    SetUp("limit", "endpoint_limit", ("--limit", "40"), {"connections": 16}, 800),
    SetUp("limit with Retry-After", "endpoint_limit", ("--limit", "40", "--retry-after", "1"),
          {"connections": 16}, 800),
    SetUp("one person", "one_person_or_org", ("--latency-ms", "50"), records=200, people=1),
    SetUp("slow transactions", "transactions", ("--settle-ms", "8000"), records=20_000,
          people=20_000, contacts=True),
    SetUp("outage", "faults", ("--fail", "503:0.6"), {"connections": 4}, 12),
    SetUp("processor", "processor", (), {"connections": 64, "max_requests_per_second": 100_000},
          100_000, sink_ms=0.0),
)  # fmt: skip


def main(names: Sequence[str]) -> int:
    """Prints what is known and what is said, set-up by set-up."""
    misjudged = 0
    for each in SET_UPS:
        if names and each.name not in names:
            continue
        said, told = said_of(each)
        misjudged += said != each.bottleneck
        verdict = "right" if said == each.bottleneck else "WRONG"
        print(f"{verdict}  {each.name}: {each.bottleneck}; said {said}\n       {told}", flush=True)
    return min(misjudged, 1)


def said_of(each: SetUp) -> tuple[str, str]:
    """The bottleneck that the report names, and the sentence in the log."""
    with tempfile.TemporaryDirectory() as place, served(each) as delivery:
        folder = Path(place)
        config = {"api_key": KEY, "delivery": delivery, "advanced": dict(each.advanced)}
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        (folder / "catalog.json").write_text(json.dumps(catalog(each)), "utf-8")
        command = [
            *(CONNECTOR, "write", "--config", "config.json", "--catalog", "catalog.json"),
            *("--report", "report"),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        ) as process:
            assert process.stdin is not None  # noqa: S101 - they are pipes
            assert process.stdout is not None  # noqa: S101
            out = process.stdout
            # The plan is told, so importing is over and the clock of the run has begun.
            log = ""
            while (line := out.readline().decode()) and "Sending over" not in line:
                log += line
            if line:
                Thread(target=feed, args=(each, process.stdin)).start()
            log += out.read().decode()
        if process.returncode:
            raise RuntimeError(log)
        found = json.loads((folder / "report.json").read_text("utf-8"))["bottlenecks"]
    messages = [json.loads(line).get("log", {}).get("message", "") for line in log.splitlines()]
    told = [text for text in messages if text.startswith("The run was bound by")]
    return (found[0]["bottleneck"], told[0]) if found else ("nothing", "The run was too short.")


@contextmanager
def served(each: SetUp) -> Iterator[dict[str, str]]:
    """Serves a set-up; gives the connector's `delivery`."""
    if each.sink_ms is not None:
        with sink(each.sink_ms) as url:
            yield {"route": "event_endpoint", "endpoint_url": url}
        return
    with running_sandbox(KEY, each.sandbox) as sandbox:
        if each.contacts:
            yield {"route": "developer_api", "base_url": sandbox.api_url}
        else:
            yield {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url}


def catalog(each: SetUp) -> dict[str, object]:
    """One stream: events, or people."""
    columns = ("id", "email") if each.contacts else ("id", "user_id", "event", "timestamp")
    schema = {"type": "object", "properties": {column: {} for column in columns}}
    stream = {"name": "people" if each.contacts else "events", "json_schema": schema}
    modes = {"sync_mode": "incremental", "destination_sync_mode": "append"}
    return {"streams": [{"stream": stream, **modes, "primary_key": [["id"]]}]}


def feed(each: SetUp, stdin: IO[bytes]) -> None:
    """Writes the records, at once or slowly."""
    with stdin:
        for number in range(each.records):
            person = number % each.people
            row: dict[str, object] = {"id": number, "user_id": person, "event": "Opened"}
            row["timestamp"] = "2026-02-03T10:00:00Z"
            name = "events"
            if each.contacts:
                row, name = {"id": person, "email": f"p{person}@mail.example"}, "people"
            record = {"stream": name, "data": row, "emitted_at": 1767225600000}
            stdin.write(json.dumps({"type": "RECORD", "record": record}).encode() + b"\n")
            if each.a_second:
                stdin.flush()
                time.sleep(1 / each.a_second)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
