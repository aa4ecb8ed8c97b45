"""The parts of the benchmark. Each measures whole processes and keeps their figures by name.

Every part takes the number of records of the whole benchmark, and makes its own of it: records that
go one a request, one after the other, are fewer where the server is slow.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks import names
from benchmarks.certificates import make_certificate
from benchmarks.commands import (
    AS_FAST_AS_IT_GOES,
    BATCH,
    CONTACTS_MS,
    DEFAULTS,
    KEY,
    SETTLE_MS,
    Commands,
    over,
)
from benchmarks.figures import Figure, middle
from benchmarks.goals import SEEDS, SLOW_MS
from benchmarks.inputs import EVENTS, PEOPLE, Inputs, Rows
from benchmarks.pairs import in_turn
from benchmarks.peers import Peer
from benchmarks.process import Program, asked, measure, sink
from inflection_sandbox.client import running_sandbox

_SERIAL_RECORDS_WHEN_SLOW: Final = 400
_DEFAULTS_MS: Final = 100.0
_TLS_ROUNDS: Final = 3
"""Of four runs each."""
_FAULTS: Final = "429:0.1,500:0.02"


class Bench:
    """The inputs, the programs that read them, and their figures so far."""

    def __init__(self, folder: Path, peers_python: Path, peers: Sequence[Peer]) -> None:
        self.folder = folder
        self.inputs = Inputs(folder)
        self.commands = Commands(self.subfolder("ours"))
        self.figures: dict[str, Figure] = {}
        self._peers_python = peers_python
        self._peers = peers

    def subfolder(self, name: str) -> Path:
        """A new folder."""
        made = self.folder / name
        made.mkdir()
        return made

    def run(self, name: str, records: int, program: Program, stdin: Path) -> None:
        """Measures a program and keeps its figure."""
        self.keep(name, Figure(records, measure(program, stdin)))

    def keep(self, name: str, figure: Figure) -> None:
        """Keeps a figure and prints it."""
        self.figures[name] = figure
        print(f"{name}: {figure}", flush=True)

    def run_peers(
        self, url: str, batch: int, records: int, of: Rows = EVENTS
    ) -> Iterator[tuple[str, Figure]]:
        """Each peer in turn; what does not send every row is an error, not a figure."""
        for peer in self._peers:
            folder = self.folder / f"{peer.name.split()[0]}-{of.stream}-{records}"
            if not folder.exists():
                folder.mkdir()
                peer.prepare(self.inputs.rows(records, of), folder)
            before = asked(url)
            command, stdin = peer.command(self._peers_python, folder, url, batch)
            taken = measure(Program(command), stdin)
            sent = asked(url) - before
            if sent < records / batch:
                raise RuntimeError(f"{peer.name} sent {sent} requests for {records} rows.")
            yield peer.name, Figure(records, taken)


def at_full_speed(bench: Bench, records: int) -> None:
    """Everybody against a sink that answers at once."""
    messages, commands = bench.inputs.messages(records), bench.commands
    with sink() as url:
        for connections in (16, 64):
            ceiling = commands.ceiling(url, connections)
            bench.run(names.over("ceiling", connections), records, ceiling, messages)
            ours = commands.events(url, over(connections))
            bench.run(names.over("ours", connections), records, ours, messages)
        slower = commands.events_without_pycurl(url, over(16))
        bench.run(names.over("ours with requests", 16), records, slower, messages)
        for batch in (1, BATCH):
            stock = commands.stock(url, batch)
            bench.run(names.posting(names.STOCK, batch), records, stock, messages)
            for peer, figure in bench.run_peers(url, batch, records):
                bench.keep(names.posting(peer, batch), figure)


def over_tls(bench: Bench, records: int) -> None:
    """Ours and the ceiling with and without TLS, in turn; the stock destination with it."""
    certificate = make_certificate(bench.subfolder("certificate"))
    plain = bench.commands
    secured = Commands(bench.subfolder("tls"), trust=certificate.trusted_with)
    messages = bench.inputs.messages(records)

    def figure(program: Program) -> Figure:
        return Figure(records, measure(program, messages))

    with sink() as url, sink(certificate=certificate.file) as tls_url:
        for name, without, with_tls in (
            ("ceiling", plain.ceiling(url, 16), secured.ceiling(tls_url, 16)),
            ("ours", plain.events(url, over(16)), secured.events(tls_url, over(16))),
        ):
            plain_figures, tls_figures = in_turn(figure, without, with_tls, _TLS_ROUNDS)
            bench.keep(names.next_to_tls(name), middle(plain_figures))
            bench.keep(names.over_tls(name), middle(tls_figures))
        bench.keep(names.over_tls(names.STOCK), figure(secured.stock(tls_url, 1)))


def at_a_slow_server(bench: Bench, records: int) -> None:
    """Everybody against a sink that takes its time."""
    with sink(SLOW_MS) as url:
        for connections in (1, 4, 16, 64):
            # Fewer connections get fewer records, so that each run takes about as long.
            share = 1.0 if connections == 64 else connections / 64 / 8
            count = max(int(records * share), _SERIAL_RECORDS_WHEN_SLOW)
            ours = bench.commands.events(url, over(connections))
            bench.run(names.slow(connections), count, ours, bench.inputs.messages(count))
        slow = _SERIAL_RECORDS_WHEN_SLOW
        stock = bench.commands.stock(url, 1)
        at_50_ms = names.posting(f"{names.STOCK} at 50 ms", 1)
        bench.run(at_50_ms, slow, stock, bench.inputs.messages(slow))
        for peer, figure in bench.run_peers(url, 1, slow):
            bench.keep(names.posting(f"{peer} at 50 ms", 1), figure)


def at_default_settings(bench: Bench, records: int) -> None:
    """Ours as it comes, whose ceiling on the requests a second it has to reach."""
    count = records // 5
    with sink(_DEFAULTS_MS) as url:
        ours = bench.commands.events(url, DEFAULTS)
        bench.run(names.AT_DEFAULTS, count, ours, bench.inputs.messages(count))


def in_bad_weather(bench: Bench, records: int) -> None:
    """The sandbox without and with faults; every record has to be there once."""
    count = records // 5
    without_faults: list[Figure] = []
    for seed in SEEDS:
        without_faults.append(_in_the_sandbox(bench, count, []))
        stormy = _in_the_sandbox(bench, count, ["--fail", _FAULTS, "--seed", str(seed)])
        bench.keep(names.stormy(seed), stormy)
    bench.keep(names.CLEAR, middle(without_faults))


def _in_the_sandbox(bench: Bench, records: int, options: Sequence[str]) -> Figure:
    with running_sandbox(KEY, options) as sandbox:
        ours = bench.commands.events(sandbox.endpoint_url, over(64))
        taken = measure(ours, bench.inputs.messages(records))
        activity = sandbox.stats()["activity"]
        if activity != records:
            raise RuntimeError(f"The sandbox holds {activity} of {records} events.")
    return Figure(records, taken)


def memory(bench: Bench, records: int) -> None:
    """Peak memory with a state after each ten records."""
    with sink() as url:
        for count in (records // 5, records * 2, records * 20):
            messages = bench.inputs.messages(count, every=10)
            ours = bench.commands.events(url, over(32))
            bench.run(f"{names.MEMORY}, {count} records", count, ours, messages)
            messages.unlink()


def contacts(bench: Bench, records: int) -> None:
    """Contacts by the thousand: ours asks what became of each, the others believe the answer."""
    count = records * 3
    messages = bench.inputs.messages(count, of=PEOPLE)
    with sink(CONTACTS_MS, SETTLE_MS) as url:
        ours = bench.commands.contacts(url, AS_FAST_AS_IT_GOES)
        taken = measure(ours, messages)
        bench.keep(f"{names.CONTACTS}ours", Figure(count, taken, requests=asked(url)))
        stock = bench.commands.stock(url, BATCH)
        bench.run(f"{names.CONTACTS}{names.STOCK}", count, stock, messages)
        for peer, figure in bench.run_peers(url, BATCH, count, PEOPLE):
            bench.keep(f"{names.CONTACTS}{peer}", figure)
        for more in (records, records * 20):
            long = bench.inputs.messages(more, every=10, of=PEOPLE)
            ours = bench.commands.contacts(url, AS_FAST_AS_IT_GOES)
            bench.run(f"{names.CONTACTS_MEMORY}, {more} records", more, ours, long)
            long.unlink()
