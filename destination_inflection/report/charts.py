"""The report page's charts, drawn by pygal as SVG, and the shares of its plain bars.

Pure. A chart holds numbers only, no name from the run. It comes without the library's own style
sheet and script: the page's style sheet colours it, so it follows light and dark.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final
from xml.etree.ElementTree import Element

import pygal
from markupsafe import Markup

from destination_inflection.report.document import Latency, Throughput
from destination_inflection.report.sums import Books
from destination_inflection.report.words import duration, milliseconds, number

_THINNEST: Final = 0.8
"""Percent of a bar's width: a count of one next to one of millions can still be seen."""
THIN_IN_WIDE_BAR: Final = 1.5
THIN_IN_NARROW_BAR: Final = 3.0
_MOST_STEPS: Final = 180
_FEWEST_STEPS: Final = 3
_DAY: Final = 86_400
_ROUND_SECONDS: Final = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, _DAY),
)
_SHORTEST: Final = 0.01
"""Milliseconds: a scale of powers of ten has no zero."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a stacked bar."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class ThroughputChart:
    """Records delivered a second over time, drawn for a desk and for a phone."""

    wide: Markup
    narrow: Markup
    seconds_per_step: float
    peak: float


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int
    left: int
    most_times: int


_WIDE: Final = _Size(width=1072, height=230, left=30, most_times=6)
_NARROW: Final = _Size(width=360, height=200, left=0, most_times=4)
_STYLE: Final = pygal.style.Style(label_font_size=12, value_font_size=12)
"""The room that labels take; the page's style sheet sets the type."""


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
            ("not_settled", books.not_settled),
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


def throughput_chart(throughput: Throughput) -> ThroughputChart | None:
    """Throughput over time; None when the run was too short to show one, or delivered nothing."""
    counts, seconds = throughput["delivered"], throughput["seconds_per_bucket"]
    if len(counts) < _FEWEST_STEPS or not any(counts):
        return None
    together = ceil(len(counts) / _MOST_STEPS)
    groups = [counts[at : at + together] for at in range(0, len(counts), together)]
    rates = [sum(group) / (len(group) * seconds) for group in groups]
    length = seconds * together
    return ThroughputChart(
        wide=_over_time(rates, length, _WIDE),
        narrow=_over_time(rates, length, _NARROW),
        seconds_per_step=length,
        peak=max(rates),
    )


def latency_chart(latency: Latency) -> Markup:
    """The percentiles as bars on a scale of powers of ten."""
    named = (
        ("max", latency["max"]),
        ("p99", latency["p99"]),
        ("p90", latency["p90"]),
        ("p50", latency["p50"]),
    )
    values = [max(value, _SHORTEST) for _, value in named]
    low = ceil(log10(min(values))) - 1
    high = max(ceil(log10(max(values))), low + 1)
    chart = pygal.HorizontalBar(
        width=440,
        height=140,
        margin=0,
        margin_left=4,
        margin_right=64,
        logarithmic=True,
        zero=10.0**low,
        range=(10.0**low, 10.0**high),
        y_labels=[10.0**power for power in range(low, high + 1)],
        value_formatter=_scale,
        x_labels=[name for name, _ in named],
        truncate_label=-1,
        print_values=True,
        print_values_position="top",
        style=_STYLE,
        show_legend=False,
    )
    chart.add("", [{"value": value, "formatter": milliseconds} for value in values])
    return _bare(chart)


def shares(counts: Sequence[int]) -> list[float]:
    """Bars' widths: the largest count takes the whole width."""
    most = max(counts, default=0)
    return [max(100 * count / most, _THINNEST) if count > 0 else 0.0 for count in counts]


def _over_time(rates: Sequence[float], length: float, size: _Size) -> Markup:
    chart = pygal.Histogram(
        width=size.width,
        height=size.height,
        margin=0,
        margin_top=8,
        margin_left=size.left,
        style=_STYLE,
        show_legend=False,
        value_formatter=lambda value: f"{value:,.12g}",
        x_value_formatter=duration,
        x_labels=_times(len(rates) * length, size.most_times),
        min_scale=3,
        max_scale=6,
    )
    chart.add(
        "",
        [
            {
                "value": (rate, place * length, (place + 1) * length),
                "formatter": _says(f"{number(rate)} records/s after {duration(place * length)}"),
            }
            for place, rate in enumerate(rates)
        ],
    )
    return _bare(chart)


def _times(seconds: float, most: int) -> list[float]:
    """Round times from the start to the end, at most so many."""
    step = next((s for s in _ROUND_SECONDS if seconds / s < most), None)
    step = step or _DAY * ceil(seconds / _DAY / (most - 1))
    return [place * step for place in range(floor(seconds / step + 1e-9) + 1)]


def _scale(value: float) -> str:
    return f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms"


def _says(text: str) -> Callable[[object], str]:
    return lambda _: text


def _bare(chart: pygal.Graph) -> Markup:
    chart.add_xml_filter(_without_extras)
    chart.config.no_prefix = True
    drawn: str = chart.render(is_unicode=True, disable_xml_declaration=True)
    return Markup(drawn)  # noqa: S704 (numbers in markup the library escaped)


def _without_extras(root: Element) -> Element:
    """Drops style sheet, script and comments; what its script shows on hovering becomes a title."""
    for part in list(root):
        if part.tag != "g":
            root.remove(part)
    del root.attrib["id"]
    root.set("aria-hidden", "true")
    for group in root.iter("g"):
        for part in group.findall("title") + group.findall("desc"):
            if part.get("class") == "value":
                part.tag = "title"
            else:
                group.remove(part)
    return root
