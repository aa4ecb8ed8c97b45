"""The chart of calls over time: nothing is lost, and every bar is inside the drawing."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.journal import Outcome, Second
from inflection_sandbox.pages.chart import FATES, over_time

COUNTS = st.dictionaries(st.sampled_from(Outcome), st.integers(1, 9999), min_size=1).map(Counter)
SECONDS = st.dictionaries(st.integers(1_700_000_000, 1_700_003_599), COUNTS, max_size=200)


def test_without_calls_there_is_no_chart() -> None:
    assert over_time([]) is None


def test_every_outcome_has_its_own_look() -> None:
    assert set(FATES) == set(Outcome)
    assert len(set(FATES.values())) == len(FATES)


@given(SECONDS.filter(bool))
def test_bars_hold_all_calls_in_order_and_inside_the_drawing(
    found: dict[int, Counter[Outcome]],
) -> None:
    seconds: list[Second] = sorted(found.items())
    chart = over_time(seconds)
    assert chart is not None
    assert sum(bar.calls for bar in chart.bars) == sum(counts.total() for _, counts in seconds)
    assert chart.highest == max(bar.calls for bar in chart.bars)
    assert chart.start <= seconds[0][0]
    assert seconds[-1][0] < chart.end
    assert 40 <= (chart.end - chart.start) / chart.step <= 121
    lefts = [bar.left for bar in chart.bars]
    assert lefts == sorted(lefts)
    for bar in chart.bars:
        assert bar.left >= 0
        assert bar.left + bar.width < 100.001
        assert abs(sum(part.height for part in bar.parts) - 100 * bar.calls / chart.highest) < 1e-6
        assert all(part.top > -1e-6 for part in bar.parts)


def test_parts_stand_on_each_other() -> None:
    chart = over_time([(60, Counter({Outcome.ACCEPTED: 3, Outcome.FAULT: 1}))])
    assert chart is not None
    (bar,) = chart.bars
    assert [(part.fate, part.top, part.height) for part in bar.parts] == [
        ("delivered", 25.0, 75.0),
        ("not_settled", 0.0, 25.0),
    ]
