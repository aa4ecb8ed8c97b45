"""The report page's geometry and its way with numbers."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.report_books import Books
from destination_inflection.report_charts import (
    THIN_IN_NARROW_BAR,
    latency_chart,
    shares,
    stacked,
    step_chart,
)
from destination_inflection.report_document import Latency
from destination_inflection.report_text import (
    about_minutes,
    duration,
    instant,
    milliseconds,
    number,
    percent,
)

COUNTS = st.integers(0, 10**9)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_stacked_bar_is_full_and_shows_every_part(d: int, r: int, s: int, u: int) -> None:
    parts = stacked(Books(d + r + s + u, d, r, s), THIN_IN_NARROW_BAR)
    counts = {"delivered": d, "rejected": r, "skipped": s, "unsettled": u}
    assert [part.kind for part in parts] == [kind for kind, count in counts.items() if count]
    assert all(part.width >= THIN_IN_NARROW_BAR - 1e-9 for part in parts)
    end = 0.0
    for part in parts:
        assert isclose(part.start, end, abs_tol=1e-9)
        end = part.start + part.width
    assert not parts or isclose(end, 100)


@given(st.lists(COUNTS, max_size=500), st.floats(0.01, 10_000))
def test_a_step_chart_stays_inside_its_box(counts: list[int], seconds: float) -> None:
    chart = step_chart({"seconds_per_bucket": seconds, "delivered": counts})
    if len(counts) < 3 or not any(counts):
        assert chart is None
        return
    assert chart is not None
    assert len(chart.steps) <= 180
    assert isclose(chart.steps[-1].start + chart.steps[-1].width, 100)
    for ticks in (chart.across, chart.up):
        assert 2 <= len(ticks) <= 7
        assert all(-1e-6 <= tick.at <= 100 + 1e-6 for tick in ticks)
        assert len({tick.text for tick in ticks}) == len(ticks)
    assert chart.up[-1].at == 0
    heights = [int(step[1:]) for step in chart.line.split() if step[0] == "V"]
    assert all(0 <= height <= 1000 for height in heights)


def test_a_step_chart() -> None:
    chart = step_chart({"seconds_per_bucket": 2.0, "delivered": [20, 40, 0]})
    assert chart is not None
    assert chart.line == "M0,500 H1 V0 H2 V1000 H3"
    assert [tick.text for tick in chart.up] == ["0", "5", "10", "15", "20"]
    assert [tick.text for tick in chart.across] == ["0", "2 s", "4 s", "6 s"]
    assert [step.text for step in chart.steps] == [
        "10 records/s after 0 s",
        "20 records/s after 2 s",
        "0 records/s after 4 s",
    ]


@pytest.mark.parametrize(
    ("seconds", "last"),
    [
        (4, "4 s"),
        (100, "100 s"),
        (140, "120 s"),
        (290, "4 min"),
        (3000, "50 min"),
        (30_000, "8 h"),
        (10**6, "9 d"),
    ],
)
def test_time_is_told_in_round_units(seconds: int, last: str) -> None:
    chart = step_chart({"seconds_per_bucket": seconds / 10, "delivered": [1] * 10})
    assert chart is not None
    assert chart.across[-1].text == last


@given(st.lists(st.floats(0, 10**7), min_size=4, max_size=4).map(sorted))
def test_percentiles_keep_their_order_on_the_axis(values: list[float]) -> None:
    p50, p90, p99, slowest = values
    chart = latency_chart(Latency(count=1, p50=p50, p90=p90, p99=p99, max=slowest))
    places = [row.at for row in chart.rows]
    assert places == sorted(places)
    assert all(-1e-6 <= at <= 100 + 1e-6 for at in places)
    assert [chart.decades[0].at, chart.decades[-1].at] == [0, 100]


def test_latency_decades() -> None:
    chart = latency_chart(Latency(count=9, p50=3, p90=30, p99=300, max=3000))
    assert [tick.text for tick in chart.decades] == ["1 ms", "10 ms", "100 ms", "1 s", "10 s"]
    assert [row.text for row in chart.rows] == ["3.00 ms", "30.0 ms", "300 ms", "3.00 s"]


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
        (about_minutes(0.4), "a minute at most"),
        (about_minutes(1.2), "about 2 minutes"),
        (about_minutes(6.7), "about 7 minutes"),
        (about_minutes(150), "about 2.5 hours"),
        (instant("2026-11-23T10:00:00Z"), "23 November 2026, 10:00:00 UTC"),
        (instant("2026-11-23T10:00:00+02:00"), "23 November 2026, 10:00:00 +0200"),
        (instant("soon"), "soon"),
    ],
)
def test_numbers_as_people_read_them(shown: str, expected: str) -> None:
    assert shown == expected
