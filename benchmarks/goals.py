"""What the figures have to show: ratios of figures taken in one run, and their bounds. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from benchmarks import names
from benchmarks.figures import Figure

DEFAULT_CEILING: Final = 500.0
"""Requests a second, where the configuration says nothing."""
SLOW_MS: Final = 50.0
SEEDS: Final = (0, 7, 11)
"""Of the faults in bad weather."""

Figures = Mapping[str, Figure]


class Bound(StrEnum):
    """Which side of its limit a measure has to be on."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Goal:
    """A measure, its goal, and what was measured."""

    measure: str
    bound: Bound
    limit: float
    measured: float

    @property
    def is_reached(self) -> bool:
        """Whether the measure is on the right side; the limit itself is."""
        if self.bound is Bound.AT_LEAST:
            return self.measured >= self.limit
        return self.measured <= self.limit


def goals_of(figures: Figures) -> list[Goal]:
    """All goals, for the figures of a whole benchmark."""
    return [
        *_at_full_speed(figures),
        *_at_a_slow_server(figures),
        *_over_tls(figures),
        *_in_bad_weather(figures),
        *_with_contacts(figures),
        *_in_memory(figures, names.MEMORY, "events"),
        *_in_memory(figures, names.CONTACTS_MEMORY, "contacts"),
    ]


def _at_full_speed(figures: Figures) -> list[Goal]:
    connections = max((16, 64), key=lambda n: figures[names.over("ours", n)].records_per_second)
    ours = figures[names.over("ours", connections)]
    ceiling = figures[names.over("ceiling", connections)]
    stock = figures[names.posting(names.STOCK, 1)]
    return [
        Goal(
            "records/s at 0 ms, against the stock CDK destination",
            Bound.AT_LEAST,
            10.0,
            ours.records_per_second / stock.records_per_second,
        ),
        Goal(
            "records/s at 0 ms, against the bare ceiling",
            Bound.AT_LEAST,
            0.55,
            ours.records_per_second / ceiling.records_per_second,
        ),
        Goal(
            "processor time a record: stock CDK destination against ours",
            Bound.AT_LEAST,
            6.0,
            stock.microseconds / ours.microseconds,
        ),
    ]


def _at_a_slow_server(figures: Figures) -> list[Goal]:
    most = 64 / (SLOW_MS / 1000)
    return [
        Goal(
            "records/s at 50 ms with 64 connections, against the limit of 64 / 0.05 s",
            Bound.AT_LEAST,
            0.85,
            figures[names.slow(64)].records_per_second / most,
        ),
        Goal(
            f"records/s at 100 ms with default settings, against their {DEFAULT_CEILING:.0f}/s",
            Bound.AT_LEAST,
            0.95,
            figures[names.AT_DEFAULTS].records_per_second / DEFAULT_CEILING,
        ),
    ]


def _over_tls(figures: Figures) -> list[Goal]:
    ours = figures[names.over_tls("ours")]
    stock = figures[names.over_tls(names.STOCK)]
    return [
        Goal(
            "processor time a record over TLS, against plain HTTP",
            Bound.AT_MOST,
            1.25,
            ours.microseconds / figures[names.next_to_tls("ours")].microseconds,
        ),
        Goal(
            "records/s over TLS, against the stock CDK destination over TLS",
            Bound.AT_LEAST,
            10.0,
            ours.records_per_second / stock.records_per_second,
        ),
    ]


def _in_bad_weather(figures: Figures) -> list[Goal]:
    clear = figures[names.CLEAR].records_per_second
    ratios = [figures[names.stormy(seed)].records_per_second / clear for seed in SEEDS]
    measure = "records/s with 10 % 429 and 2 % 500, against none"
    return [
        Goal(f"{measure}: median of the seeds", Bound.AT_LEAST, 0.75, median(ratios)),
        Goal(f"{measure}: the slowest seed", Bound.AT_LEAST, 0.65, min(ratios)),
    ]


def _with_contacts(figures: Figures) -> list[Goal]:
    contacts = {
        name.removeprefix(names.CONTACTS): figure
        for name, figure in figures.items()
        if name.startswith(names.CONTACTS)
    }
    ours = contacts["ours"]
    others = {name: f.records_per_second for name, f in contacts.items() if "ours" not in name}
    fastest = max(others, key=lambda name: others[name])
    return [
        Goal(
            "contacts/s at 100 ms, transactions of 300 ms, against the fastest of the others "
            f"({fastest})",
            Bound.AT_LEAST,
            6.0,
            ours.records_per_second / others[fastest],
        ),
        Goal(
            "requests a thousand contacts, writes and questions",
            Bound.AT_MOST,
            2.1,
            (ours.requests or 0) / (ours.records / 1000),
        ),
    ]


def _in_memory(figures: Figures, prefix: str, records: str) -> list[Goal]:
    """The peak of the longest sync, and its growth over one that is at least a tenth as long."""
    runs = [figure for name, figure in figures.items() if name.startswith(prefix)]
    *_, shorter, longest = sorted(runs, key=lambda figure: figure.records)
    return [
        Goal(
            f"peak memory of {longest.records:,} {records}, MiB",
            Bound.AT_MOST,
            160.0,
            longest.taken.peak_mib,
        ),
        Goal(
            f"the same, against {shorter.records:,} {records}",
            Bound.AT_MOST,
            1.1,
            longest.taken.peak_mib / shorter.taken.peak_mib,
        ),
    ]
