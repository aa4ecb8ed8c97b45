"""Where the marks of the report page's charts go: shares and ticks in percent of a chart's size.

Pure. The page draws them, at any width, without a script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from destination_inflection.report_books import Books
from destination_inflection.report_document import Latency, Throughput
from destination_inflection.report_text import duration, milliseconds, number

_THINNEST: Final = 0.8
"""Percent of a bar's width: a count of one beside one of millions is still to be seen."""
THIN_IN_WIDE_BAR: Final = 1.5
THIN_IN_NARROW_BAR: Final = 3.0
_MOST_STEPS: Final = 180
_FEWEST_STEPS: Final = 3
_MOST_INTERVALS: Final = 5
_DAY: Final = 86_400
_ROUND_SECONDS: Final = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, _DAY),
)
_UNITS: Final = ((_DAY, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stacked bar."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the run: where it is on the chart, and what its tooltip says."""

    start: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class StepChart:
    """Throughput over time. The paths are drawn in a box as wide as there are steps, 1000 high."""

    steps: tuple[Step, ...]
    line: str
    area: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    seconds_per_step: float
    peak: float


@dataclass(frozen=True, slots=True)
class Percentile:
    """One row of the latency chart."""

    name: str
    meaning: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """Percentiles on an axis of powers of ten."""

    rows: tuple[Percentile, ...]
    decades: tuple[Tick, ...]


def stacked(books: Books, thinnest: float) -> tuple[Segment, ...]:
    """The bar of a stream or of the run. No part is thinner; what thin ones gain, the widest gives.

    `thinnest` is in percent: `THIN_IN_WIDE_BAR` or `THIN_IN_NARROW_BAR`.
    """
    parts = [
        (kind, count)
        for kind, count in (
            ("delivered", books.delivered),
            ("rejected", books.rejected),
            ("skipped", books.skipped),
            ("unsettled", books.unsettled),
        )
        if count > 0
    ]
    whole = sum(count for _, count in parts)
    widths = [max(100 * count / whole, thinnest) for _, count in parts]
    if widths:
        widths[widths.index(max(widths))] -= sum(widths) - 100
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return tuple(
        Segment(kind, start, width)
        for (kind, _), start, width in zip(parts, starts, widths, strict=True)
    )


def step_chart(throughput: Throughput) -> StepChart | None:
    """Throughput over time; None when the run was too short to show one, or delivered nothing."""
    counts, seconds = throughput["delivered"], throughput["seconds_per_bucket"]
    if len(counts) < _FEWEST_STEPS or not any(counts):
        return None
    together = ceil(len(counts) / _MOST_STEPS)
    groups = [counts[at : at + together] for at in range(0, len(counts), together)]
    rates = [sum(group) / (len(group) * seconds) for group in groups]
    up = _up(max(rates))
    heights = [round(1000 * (1 - rate / up[-1])) for rate in rates]
    line = f"M0,{heights[0]} H1" + "".join(
        f" V{height} H{place}" for place, height in enumerate(heights[1:], start=2)
    )
    length = seconds * together
    whole = len(groups)
    return StepChart(
        steps=tuple(
            Step(
                100 * place / whole,
                100 / whole,
                f"{number(rate)} records/s after {duration(place * length)}",
            )
            for place, rate in enumerate(rates)
        ),
        line=line,
        area=f"{line} V1000 H0 Z",
        across=_across(whole * length),
        up=tuple(Tick(100 * (1 - value / up[-1]), f"{value:,.12g}") for value in up),
        seconds_per_step=length,
        peak=max(rates),
    )


def latency_chart(latency: Latency) -> LatencyChart:
    """The percentiles; times under a hundredth of a millisecond are drawn as one."""
    named = (
        ("p50", "half took at most", latency["p50"]),
        ("p90", "9 in 10 at most", latency["p90"]),
        ("p99", "99 in 100 at most", latency["p99"]),
        ("max", "slowest", latency["max"]),
    )
    logs = [log10(max(value, 0.01)) for _, _, value in named]
    low = floor(min(logs))
    high = max(ceil(max(logs)), low + 1)
    return LatencyChart(
        rows=tuple(
            Percentile(name, meaning, 100 * (log - low) / (high - low), milliseconds(value))
            for (name, meaning, value), log in zip(named, logs, strict=True)
        ),
        decades=tuple(
            Tick(100 * (power - low) / (high - low), _decade(power))
            for power in range(low, high + 1)
        ),
    )


def shares(counts: Sequence[int]) -> list[float]:
    """Bars' widths: the largest count takes the whole width."""
    most = max(counts, default=0)
    return [max(100 * count / most, _THINNEST) if count > 0 else 0.0 for count in counts]


def _up(peak: float) -> list[float]:
    """Round values from 0 to at least the peak."""
    power = 10.0 ** floor(log10(peak / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * 4 >= peak)
    return [step * count for count in range(ceil(peak / step) + 1)]


def _across(seconds: float) -> tuple[Tick, ...]:
    step = next((s for s in _ROUND_SECONDS if seconds / s <= _MOST_INTERVALS), None)
    step = step or _DAY * ceil(seconds / _DAY / _MOST_INTERVALS)
    unit, name = next((size, name) for size, name in _UNITS if step >= size or size == 1)
    return tuple(
        Tick(100 * place * step / seconds, f"{place * step / unit:g} {name}" if place else "0")
        for place in range(floor(seconds / step + 1e-9) + 1)
    )


def _decade(power: int) -> str:
    return f"{10 ** (power - 3):g} s" if power >= 3 else f"{10.0**power:g} ms"
