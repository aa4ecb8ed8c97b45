"""How quick the sandbox's pages are, and what an open overview costs the calls: prints two tables.

`python -m benchmarks.sandbox` fills a database file with 100,000 activities of 10,000 people and
times each page on it. Then it measures the calls a second, kept in memory, with the overview's
event stream open and without it; with `--base COMMIT` against that commit, too. Each two are
measured in turn, and each time in a sandbox of their own.
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks.bare_client import Connection, request
from benchmarks.commands import Commands
from benchmarks.process import ROOT, serving
from benchmarks.sandbox_calls import fill
from benchmarks.sandbox_pages import GOAL_MS, pages_of
from benchmarks.sandbox_rates import GOAL, LOADS, Side, Stream, compared
from benchmarks.trees import checked_out, commit_of, package_of

_PARTS: Final = ("pages", "rates")


def main() -> None:
    """Measures, and prints both tables or one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sandbox", description=__doc__)
    parser.add_argument("--base", metavar="COMMIT", help="the commit to compare the rates with")
    parser.add_argument("--only", choices=_PARTS, help="that table alone")
    parser.add_argument(
        "--database", type=Path, help="keep the filled database here, or use the one that is here"
    )
    parser.add_argument("--rounds", type=int, default=4, help="of four pairs each")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measurement")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        now = _commands(folder / "now", ROOT)
        if options.only != "rates":
            print_pages(now, options.database or folder / "full.db")
        if options.only == "pages":
            return
        alone, read = Side("now", now), Side("stream read", now, Stream.READ)
        comparisons = [(alone, read), (alone, Side("stream not read", now, Stream.STALLED))]
        if options.base:
            tree = stack.enter_context(checked_out(options.base, folder / "tree"))
            base = Side("base", _commands(folder / "base", tree))
            comparisons += [(base, alone), (base, read)]
        print_rates(comparisons, options.rounds, options.seconds)


def print_pages(commands: Commands, database: Path) -> None:
    """Times the pages on a database, and the start of a sandbox on it."""
    if not database.exists():
        with serving(commands.sandbox("--database", database)) as server:
            started = perf_counter()
            fill(server.url)
            print(f"Filled the database in {perf_counter() - started:.0f} s.", flush=True)
    started = perf_counter()
    with serving(commands.sandbox("--database", database)) as server:
        with Connection(server.url) as browser:
            browser.ask(request("GET", "/"))
        print(f"From the start to the first page: {perf_counter() - started:.1f} s.\n")
        print("| page | median, ms | worst, ms | |\n|---|--:|--:|---|")
        for page in pages_of(server.url):
            verdict = "" if page.middle <= GOAL_MS else f"above {GOAL_MS:g}"
            print(f"| {page.name} | {page.middle:.1f} | {page.worst:.1f} | {verdict} |", flush=True)
    print(flush=True)


def print_rates(comparisons: Sequence[tuple[Side, Side]], rounds: int, seconds: float) -> None:
    """Measures and prints each comparison under each load."""
    print(
        "| calls | one | other | calls/s | calls/s | ratio | smallest | largest "
        "| us a call | us a call | ratio | |\n"
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|"
    )
    for load in LOADS:
        for one, other in comparisons:
            rates, taken = compared(load, one, other, rounds, seconds)
            print(
                f"| {load} | {one.name} | {other.name} | {rates.base:,.1f} | {rates.now:,.1f} "
                f"| {rates.ratio:.3f} | {rates.smallest:.3f} | {rates.largest:.3f} "
                f"| {taken.base:,.0f} | {taken.now:,.0f} | {taken.ratio:.3f} "
                f"| {'' if rates.ratio >= GOAL else f'below {GOAL}'} |",
                flush=True,
            )


def _commands(files: Path, tree: Path) -> Commands:
    files.mkdir()
    commands = Commands(files, tree)
    print(f"{files.name}: {commit_of(tree)}, {package_of(commands, 'inflection_sandbox')}")
    return commands


if __name__ == "__main__":
    main()
