"""The benchmark: this connector against its peers and against the bare ceiling, side by side.

`make bench` runs it. Every figure is that of a whole process, from its start to its end; ratios are
of figures taken one after the other in one run. Writes RESULTS.md, results.json and results.png.
Records that go one a request, one after the other, are fewer where the server is slow: their rate
does not depend on how many there are.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from inflection_sandbox.client import running_sandbox

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peers import PEERS, Peer
from benchmarks.process import HERE, Taken, asked, measure, sink
from benchmarks.report import write_report

CONNECTOR: Final = str(Path(sys.executable).with_name("destination-inflection"))
KEY: Final = "benchmark-key"
EMITTED: Final = 1767225600000
USERS: Final = 5_000
SERIAL_RECORDS_WHEN_SLOW: Final = 400
SLOW_MS: Final = 50.0
BATCH: Final = 1_000
CONTACTS_MS: Final = 100.0
SETTLE_MS: Final = 300.0


@dataclass(frozen=True)
class Rows:
    """A stream, and its row of a number."""

    stream: str
    row: Callable[[int], dict[str, Any]]


def event(number: int) -> dict[str, Any]:
    """One event of 12 columns."""
    return {
        "id": f"evt_{number:07d}",
        "user_id": number % USERS,
        "event": "Report Shared",
        "occurred_at": "2026-02-03T10:00:00.123Z",
        "plan": "team",
        "pages": number % 10,
        "amount": 49.5,
        "source": "web",
        "country": "NO",
        "referrer": "https://lumen.example/reports",
        "is_trial": False,
        "note": "Quarterly numbers for the board, second draft",
    }


def person(number: int) -> dict[str, Any]:
    """One person of 12 columns."""
    return {
        "id": number,
        "email": f"person{number}@mail.example",
        "first_name": "Robin",
        "last_name": "Lund",
        "company_name": "Lumen Instruments",
        "plan": "team",
        "seats": number % 10,
        "amount": 49.5,
        "country": "NO",
        "is_trial": False,
        "signed_up_at": "2026-02-03T10:00:00.123Z",
        "note": "Met at the fair in spring, wants a demo",
    }


EVENTS: Final = Rows("events", event)
PEOPLE: Final = Rows("people", person)


class Bench:
    """The inputs, and the commands that read them."""

    def __init__(self, folder: Path, peers_python: Path, peers: Sequence[Peer]) -> None:
        self.folder = folder
        self.peers_python = peers_python
        self.peers = peers
        self.results: dict[str, dict[str, Any]] = {}

    def messages(self, records: int, *, every: int = 10_000, of: Rows = EVENTS) -> Path:
        """Airbyte messages with a state after each `every` records; made once."""
        path = self.folder / f"messages-{of.stream}-{records}-{every}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as out:
                for number in range(records):
                    record = {"stream": of.stream, "data": of.row(number), "emitted_at": EMITTED}
                    out.write(json.dumps({"type": "RECORD", "record": record}) + "\n")
                    if number % every == every - 1:
                        out.write(json.dumps(state(of.stream, number)) + "\n")
        return path

    def rows(self, records: int, of: Rows) -> Path:
        """The same rows alone, for the peers."""
        path = self.folder / f"rows-{of.stream}-{records}.jsonl"
        if not path.exists():
            with path.open("w", encoding="utf-8") as out:
                out.writelines(json.dumps(of.row(number)) + "\n" for number in range(records))
        return path

    def ours(self, url: str, connections: int, *, key: str = KEY) -> list[str]:
        """The connector's command line."""
        route = {"route": "event_endpoint", "endpoint_url": url}
        return self._command(route, connections, EVENTS, key)

    def our_contacts(self, url: str) -> list[str]:
        """The connector's command line for the Developer API, with its default connections."""
        return self._command({"route": "developer_api", "base_url": url}, 16, PEOPLE, KEY)

    def _command(self, route: dict[str, str], connections: int, of: Rows, key: str) -> list[str]:
        config = self.folder / "config.json"
        advanced = {"connections": connections, "max_requests_per_second": 100_000}
        config.write_text(json.dumps({"api_key": key, "delivery": route, "advanced": advanced}))
        columns: dict[str, Any] = {name: {} for name in of.row(0)}
        stream = {"name": of.stream, "json_schema": {"properties": columns}}
        catalog = self.folder / "catalog.json"
        configured = {
            "stream": {**stream, "supported_sync_modes": ["incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
            "primary_key": [["id"]],
        }
        catalog.write_text(json.dumps({"streams": [configured]}))
        return [CONNECTOR, "write", "--config", str(config), "--catalog", str(catalog)]

    def without_pycurl(self, command: list[str]) -> list[str]:
        """The same command with the `requests` transport."""
        return [sys.executable, str(HERE / "without_pycurl.py"), *command[1:]]

    def stock(self, url: str, batch: int) -> list[str]:
        """The stock destination's command line, with the same files."""
        arguments = self.ours(url, 1)[1:]
        return [sys.executable, str(HERE / "stock_cdk.py"), url, str(batch), *arguments]

    def take(self, name: str, records: int, taken: Taken) -> None:
        """Keeps a figure and prints it."""
        rate = records / taken.wall_seconds
        self.results[name] = {**asdict(taken), "records": records, "records_per_second": rate}
        print(
            f"{name}: {rate:,.0f} records/s, {taken.cpu_seconds / records * 1e6:,.0f} us of "
            f"processor time a record, {taken.peak_mib:.0f} MiB",
            flush=True,
        )


def state(name: str, number: int) -> dict[str, Any]:
    """A state after so many records."""
    stream = {"stream_descriptor": {"name": name}, "stream_state": {"cursor": number}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": stream, "id": number}}


def at_full_speed(bench: Bench, records: int) -> None:
    """Everybody against a sink that answers at once."""
    messages = bench.messages(records)
    with sink() as url:
        for connections in (16, 64):
            ceiling = [sys.executable, str(HERE / "ceiling.py"), url, str(connections)]
            bench.take(f"ceiling, {connections} connections", records, measure(ceiling, messages))
            ours = bench.ours(url, connections)
            bench.take(f"ours, {connections} connections", records, measure(ours, messages))
        slower = bench.without_pycurl(bench.ours(url, 16))
        bench.take("ours with requests, 16 connections", records, measure(slower, messages))
        for batch in (1, BATCH):
            stock = bench.stock(url, batch)
            bench.take(f"stock airbyte-cdk, {batch} a POST", records, measure(stock, messages))
            for name, taken in peers(bench, url, batch, records):
                bench.take(f"{name}, {batch} a POST", records, taken)


def at_a_slow_server(bench: Bench, records: int) -> None:
    """Everybody against a sink that takes its time."""
    with sink(SLOW_MS) as url:
        for connections in (1, 4, 16, 64):
            # Fewer connections get fewer records, so that each run takes about as long.
            share = 1.0 if connections == 64 else connections / 64 / 8
            count = max(int(records * share), SERIAL_RECORDS_WHEN_SLOW)
            taken = measure(bench.ours(url, connections), bench.messages(count))
            bench.take(f"ours at 50 ms, {connections} connections", count, taken)
        slow = SERIAL_RECORDS_WHEN_SLOW
        stock = measure(bench.stock(url, 1), bench.messages(slow))
        bench.take("stock airbyte-cdk at 50 ms, 1 a POST", slow, stock)
        for name, taken in peers(bench, url, 1, slow):
            bench.take(f"{name} at 50 ms, 1 a POST", slow, taken)


def contacts(bench: Bench, records: int) -> None:
    """Contacts by the thousand: ours asks what became of each, the others believe the answer."""
    count = records * 3
    messages = bench.messages(count, of=PEOPLE)
    with sink(CONTACTS_MS, SETTLE_MS) as url:
        bench.take("contacts, ours", count, measure(bench.our_contacts(url), messages))
        bench.results["contacts, ours"]["requests"] = asked(url)
        stock = bench.stock(url, BATCH)
        bench.take("contacts, stock airbyte-cdk", count, measure(stock, messages))
        for name, taken in peers(bench, url, BATCH, count, PEOPLE):
            bench.take(f"contacts, {name}", count, taken)
        for more in (records, records * 20):
            long = bench.messages(more, every=10, of=PEOPLE)
            taken = measure(bench.our_contacts(url), long)
            bench.take(f"contacts, ours, memory, {more} records", more, taken)
            long.unlink()


def peers(
    bench: Bench, url: str, batch: int, records: int, of: Rows = EVENTS
) -> Iterator[tuple[str, Taken]]:
    """Each peer in turn; what does not send every row is an error, not a figure."""
    for peer in bench.peers:
        folder = bench.folder / f"{peer.name.split()[0]}-{of.stream}-{records}"
        if not folder.exists():
            folder.mkdir()
            peer.prepare(bench.rows(records, of), folder)
        before = asked(url)
        command, stdin = peer.command(bench.peers_python, folder, url, batch)
        taken = measure(command, stdin)
        sent = asked(url) - before
        if sent < records / batch:
            raise RuntimeError(f"{peer.name} sent {sent} requests for {records} rows.")
        yield peer.name, taken


def in_bad_weather(bench: Bench, records: int) -> None:
    """The sandbox with and without faults; every record has to be there once."""
    count = records // 5
    for name, options in (
        ("ours, sandbox without faults", []),
        ("ours, sandbox with 10 % 429 and 2 % 500", ["--fail", "429:0.1,500:0.02"]),
    ):
        with running_sandbox(KEY, options) as sandbox:
            command = bench.ours(sandbox.endpoint_url, 64)
            bench.take(name, count, measure(command, bench.messages(count)))
            activity = sandbox.stats()["activity"]
            if activity != count:
                raise RuntimeError(f"The sandbox holds {activity} of {count} events.")


def memory(bench: Bench, records: int) -> None:
    """Peak memory with a state after each ten records."""
    with sink() as url:
        for count in (records // 5, records * 2, records * 20):
            messages = bench.messages(count, every=10)
            taken = measure(bench.ours(url, 32), messages)
            bench.take(f"ours, memory, {count} records", count, taken)
            messages.unlink()


def main() -> None:
    """Runs everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--peers-python", type=Path, required=True)
    parser.add_argument("--only-contacts", action="store_true", help="that part alone, printed")
    parser.add_argument("--only-ours", action="store_true", help="leave out the other tools")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.peers_python, () if options.only_ours else PEERS)
        if options.only_contacts:
            contacts(bench, options.records)
            return
        at_full_speed(bench, options.records)
        at_a_slow_server(bench, options.records)
        in_bad_weather(bench, options.records)
        memory(bench, options.records)
        contacts(bench, options.records)
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": len(os.sched_getaffinity(0)),
        "versions": {n: version(n) for n in ("airbyte-cdk", "requests", "orjson", "pycurl")},
    }
    document = {"machine": machine, "records": options.records, "results": bench.results}
    (HERE / "results.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    write_report(document, HERE / "RESULTS.md")
    plot = [str(options.peers_python), str(HERE / "plot.py"), str(HERE / "results.json")]
    subprocess.run([*plot, str(HERE / "results.png")], check=True)


if __name__ == "__main__":
    main()
