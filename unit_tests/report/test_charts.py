"""The report page's charts and its way with numbers."""

from math import isclose
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.distinct import Counted
from destination_inflection.delivery.dry_run import Needs
from destination_inflection.report.bottleneck import Limits
from destination_inflection.report.build import estimate
from destination_inflection.report.charts import (
    THIN_IN_NARROW_BAR,
    latency_chart,
    shares,
    stacked,
    throughput_chart,
)
from destination_inflection.report.document import Latency, Throughput
from destination_inflection.report.sums import Books
from destination_inflection.report.words import (
    duration,
    instant,
    least_time,
    milliseconds,
    number,
    percent,
)

COUNTS = st.integers(0, 10**9)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_stacked_bar_is_full_and_shows_every_part(d: int, r: int, s: int, u: int) -> None:
    parts = stacked(Books(d + r + s + u, d, r, s, u), THIN_IN_NARROW_BAR)
    counts = {"delivered": d, "rejected": r, "skipped": s, "not_settled": u}
    assert [part.kind for part in parts] == [kind for kind, count in counts.items() if count]
    assert all(part.width >= THIN_IN_NARROW_BAR - 1e-9 for part in parts)
    end = 0.0
    for part in parts:
        assert isclose(part.start, end, abs_tol=1e-9)
        end = part.start + part.width
    assert not parts or isclose(end, 100)


SVG = "{http://www.w3.org/2000/svg}"


def parsed(chart: str) -> ET.Element:
    """A chart as XML, found to hold nothing but a picture of a fixed shape."""
    root = ET.fromstring(chart)  # noqa: S314 (drawn here)
    assert root.get("viewBox")
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "g", "rect", "path", "text", "title"}
    assert not [name for element in root.iter() for name in element.attrib if "href" in name]
    return root


def texts(root: ET.Element, group: str, tag: str = "text") -> list[str]:
    """What stands in the groups of a class, in order."""
    return [
        element.text or ""
        for found in root.iter(f"{SVG}g")
        if found.get("class", "").startswith(group)
        for element in found.iter(f"{SVG}{tag}")
    ]


@given(st.lists(COUNTS, max_size=500), st.floats(0.1, 10_000))
def test_a_throughput_chart_stays_inside_its_box(counts: list[int], seconds: float) -> None:
    chart = throughput_chart({"seconds_per_bucket": seconds, "delivered": counts})
    if len(counts) < 3 or not any(counts):
        assert chart is None
        return
    assert chart is not None
    for drawn in (chart.wide, chart.narrow):
        root = parsed(drawn)
        height = float(root.attrib["viewBox"].split()[3])
        bars = [e for e in root.iter(f"{SVG}rect") if "reactive" in e.get("class", "")]
        assert 3 <= len(bars) <= 180
        for bar in bars:
            assert float(bar.attrib["y"]) >= -1e-6
            assert float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height
        for axis in ("axis x", "axis y"):
            told = texts(root, axis)
            assert 2 <= len(told) <= 7
            assert len(set(told)) == len(told)


def test_a_throughput_chart() -> None:
    chart = throughput_chart({"seconds_per_bucket": 2.0, "delivered": [20, 40, 0]})
    assert chart is not None
    assert (chart.seconds_per_step, chart.peak) == (2, 20)
    root = parsed(chart.wide)
    assert texts(root, "axis y") == ["0", "4", "8", "12", "16", "20"]
    assert texts(root, "axis x") == ["0 s", "2 s", "4 s", "6 s"]
    assert texts(root, "histbars", "title") == [
        "10 records/s after 0 s",
        "20 records/s after 2 s",
        "0 records/s after 4 s",
    ]


def test_many_steps_are_put_together() -> None:
    chart = throughput_chart({"seconds_per_bucket": 1.0, "delivered": [5] * 361})
    assert chart is not None
    assert (chart.seconds_per_step, chart.peak) == (3, 5)
    assert len(texts(parsed(chart.wide), "histbars", "title")) == 121


def test_a_chart_is_the_same_each_time() -> None:
    throughput: Throughput = {"seconds_per_bucket": 1.0, "delivered": [1, 2, 3]}
    assert throughput_chart(throughput) == throughput_chart(throughput)


@pytest.mark.parametrize(
    ("seconds", "last"),
    [
        (4, "4 s"),
        (100, "1 min 40 s"),
        (140, "2 min"),
        (290, "4 min"),
        (3000, "50 min"),
        (30_000, "8 h"),
        (10**6, "216 h"),
    ],
)
def test_time_is_told_in_round_units(seconds: int, last: str) -> None:
    chart = throughput_chart({"seconds_per_bucket": seconds / 10, "delivered": [1] * 10})
    assert chart is not None
    assert texts(parsed(chart.wide), "axis x")[-1] == last


@given(st.lists(st.floats(0, 10**7), min_size=4, max_size=4))
def test_latency_stays_inside_its_box(values: list[float]) -> None:
    p50, p90, p99, slowest = sorted(values)
    root = parsed(latency_chart(Latency(count=1, p50=p50, p90=p90, p99=p99, max=slowest)))
    width = float(root.attrib["viewBox"].split()[2])
    bars = [e for e in root.iter(f"{SVG}rect") if "reactive" in e.get("class", "")]
    places = [float(bar.attrib["width"]) for bar in bars]
    assert len(places) == 4
    assert places == sorted(places, reverse=True)
    assert all(-1e-6 <= place <= width for place in places)


def test_latency() -> None:
    root = parsed(latency_chart(Latency(count=9, p50=3, p90=30, p99=300, max=3000)))
    assert texts(root, "axis x") == ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]
    assert texts(root, "axis y") == ["max", "p99", "p90", "p50"]
    assert texts(root, "bars", "title") == ["3.00 s", "300 ms", "30.0 ms", "3.00 ms"]


def test_shares_show_the_smallest() -> None:
    assert shares([1_000_000, 500_000, 1, 0]) == [100, 50, 0.8, 0]
    assert shares([]) == []


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(1_234_567), "1,234,567"),
        (number(3.25), "3.2"),
        (number(0.01), "under 0.1"),
        (number(9.96), "10"),
        (percent(0, 5), "0%"),
        (percent(0, 0), "0%"),
        (percent(5, 5), "100%"),
        (percent(1, 100_000), "under 0.1%"),
        (percent(99_999, 100_000), "over 99.9%"),
        (percent(1, 3), "33.3%"),
        (duration(0.04), "0 s"),
        (duration(12.5), "12.5 s"),
        (duration(59.7), "1 min"),
        (duration(754), "12 min 34 s"),
        (duration(7384), "2 h 3 min"),
        (duration(3599.8), "1 h"),
        (milliseconds(0.42), "0.42 ms"),
        (milliseconds(99.97), "100 ms"),
        (milliseconds(999.6), "1.00 s"),
        (milliseconds(12_345), "12.35 s"),
        (least_time(estimate(Needs(Counted(5), None), Limits(16, 10))), "less than a second"),
        (least_time(estimate(Needs(Counted(125), None), Limits(16, 10))), "at least 12.5 s"),
        (least_time(estimate(Needs(Counted(400), None), Limits(16, 1))), "at least 6 min 40 s"),
        (instant("2026-11-23T10:00:00Z"), "23 November 2026, 10:00:00 UTC"),
        (instant("2026-11-23T10:00:00+02:00"), "23 November 2026, 10:00:00 +0200"),
        (instant("soon"), "soon"),
    ],
)
def test_numbers_as_people_read_them(shown: str, expected: str) -> None:
    assert shown == expected
