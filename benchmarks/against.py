"""Compares the speed of this checkout with that of another commit: `make bench-against BASE=...`.

Both run with this Python and its packages, on the same input and against the same sinks. Each
figure of a pair is the mean of two runs, made in the order base, now, now, base. Prints the medians
of both sides, and the median, the smallest and the largest of the pairs' ratios. The other commit
has to run with the packages that are installed here.
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.commands import CONTACTS_MS, SETTLE_MS, Commands, over
from benchmarks.inputs import PEOPLE, Inputs
from benchmarks.pairs import Comparison, compare, in_turn
from benchmarks.process import ROOT, Program, Taken, mean, measure, sink
from benchmarks.trees import checked_out, commit_of, package_of

_CONNECTIONS: Final = 16
_CONTACTS_AN_EVENT: Final = 3
_WARM_UP_EVENTS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Side:
    """What one checkout took in one pair."""

    events: int
    ceiling: Taken
    ours: Taken
    start: Taken
    """Of `write` with an empty input."""
    contacts: Taken


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a side; `unit` says what it is in."""

    name: str
    unit: str
    of: Callable[[Side], float]


MEASURES: Final = (
    Measure("processor time an event: the ceiling", "us", lambda s: _an_event(s, s.ceiling)),
    Measure("processor time an event: ours", "us", lambda s: _an_event(s, s.ours)),
    Measure(
        "processor time an event: ours less the ceiling's",
        "us",
        lambda s: _an_event(s, s.ours) - _an_event(s, s.ceiling),
    ),
    Measure("processor time of a start of write", "ms", lambda s: s.start.cpu_seconds * 1e3),
    Measure(
        "processor time a contact",
        "us",
        lambda s: _an_event(s, s.contacts) / _CONTACTS_AN_EVENT,
    ),
    Measure("events a second: the ceiling", "1/s", lambda s: s.events / s.ceiling.wall_seconds),
    Measure("events a second: ours", "1/s", lambda s: s.events / s.ours.wall_seconds),
    Measure(
        "contacts a second",
        "1/s",
        lambda s: s.events * _CONTACTS_AN_EVENT / s.contacts.wall_seconds,
    ),
)


def _an_event(side: Side, taken: Taken) -> float:
    return taken.cpu_seconds / side.events * 1e6


@dataclass(frozen=True, slots=True)
class Arena:
    """Where both sides are measured: the sinks' addresses and the input."""

    events_url: str
    contacts_url: str
    inputs: Inputs

    def pair(self, base: Commands, now: Commands, events: int) -> tuple[Side, Side]:
        """Measures one pair."""
        messages = self.inputs.messages(events)
        people = self.inputs.messages(events * _CONTACTS_AN_EVENT, of=PEOPLE)

        def both(program: Callable[[Commands], Program], stdin: Path | None) -> tuple[Taken, Taken]:
            runs = in_turn(lambda side: measure(program(side), stdin), base, now)
            return mean(runs[0]), mean(runs[1])

        def ours(side: Commands) -> Program:
            return side.events(self.events_url, over(_CONNECTIONS))

        ceilings = both(lambda side: side.ceiling(self.events_url, _CONNECTIONS), messages)
        events_taken = both(ours, messages)
        starts = both(ours, None)
        contacts = both(lambda side: side.contacts(self.contacts_url, over(_CONNECTIONS)), people)
        one, other = (
            Side(events, *taken)
            for taken in zip(ceilings, events_taken, starts, contacts, strict=True)
        )
        return one, other


def table(pairs: Sequence[tuple[Side, Side]]) -> list[str]:
    """The comparison, a row for each measure."""
    return [
        "| measure | unit | base | now | now / base | smallest | largest |",
        "|---|---|--:|--:|--:|--:|--:|",
        *(
            _row(each, compare([(each.of(base), each.of(now)) for base, now in pairs]))
            for each in MEASURES
        ),
    ]


def _row(measured: Measure, found: Comparison) -> str:
    digits = 0 if measured.unit == "1/s" else 1
    return (
        f"| {measured.name} | {measured.unit} "
        f"| {found.base:,.{digits}f} | {found.now:,.{digits}f} "
        f"| {found.ratio:.3f} | {found.smallest:.3f} | {found.largest:.3f} |"
    )


def main() -> None:
    """Compares, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("base", help="the commit to compare with")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument(
        "--records", type=int, default=100_000, help="events; contacts are three times as many"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        tree = stack.enter_context(checked_out(options.base, folder / "tree"))
        sides = []
        for name, root in (("base", tree), ("now", ROOT)):
            files = folder / name
            files.mkdir()
            commands = Commands(files, root)
            print(f"{name}: {commit_of(root)}, {package_of(commands)}", flush=True)
            sides.append(commands)
        base, now = sides
        events_url = stack.enter_context(sink())
        contacts_url = stack.enter_context(sink(CONTACTS_MS, SETTLE_MS))
        arena = Arena(events_url, contacts_url, Inputs(folder))
        arena.pair(base, now, _WARM_UP_EVENTS)  # compiles the code of both
        pairs = []
        for number in range(1, options.pairs + 1):
            pairs.append(arena.pair(base, now, options.records))
            print(f"Pair {number} of {options.pairs} is measured.", flush=True)
    print("\n".join(table(pairs)))


if __name__ == "__main__":
    main()
