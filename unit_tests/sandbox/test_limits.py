"""The sandbox's limits, on a clock of the test's own."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.limits import Limiter, read_limit

SIXTEENTHS = st.lists(st.integers(0, 40), max_size=60)
TIMES = SIXTEENTHS.map(lambda steps: [step / 16 for step in accumulate(steps)])
"""Times in seconds that floats hold exactly."""


def limit(text: str) -> Limiter:
    limiter = read_limit(text)
    assert limiter is not None
    return limiter


def let_in(limiter: Limiter, times: list[float]) -> list[float]:
    return [time for time in times if limiter.lets_in(time)]


def test_a_plain_limit_looks_back_a_second() -> None:
    times = [0.0, 0.5, 0.75, 1.0, 1.25, 1.5]
    assert let_in(limit("2"), times) == [0.0, 0.5, 1.0, 1.5]


def test_a_bucket_holds_a_second_s_requests_and_fills_at_the_rate() -> None:
    bucket = limit("4:bucket")
    assert let_in(bucket, [0.0] * 9) == [0.0] * 4
    assert let_in(bucket, [0.125, 0.25, 0.375, 0.5]) == [0.25, 0.5]
    assert let_in(bucket, [100.0] * 9) == [100.0] * 4


def test_a_bucket_for_less_than_one_a_second_still_holds_one() -> None:
    assert let_in(limit("0.5:bucket"), [0.0, 1.0, 2.0, 3.0, 4.0]) == [0.0, 2.0, 4.0]


def test_a_window_begins_with_the_first_request_and_the_next_ones_follow_without_a_gap() -> None:
    window = limit("0.5:window:4")
    assert let_in(window, [7.0, 8.0, 9.0, 10.9]) == [7.0, 8.0]
    # Windows from 11 and, though nothing opened the one from 15, from 19.
    assert let_in(window, [11.0, 11.0, 12.0, 22.0, 22.5, 22.9, 23.0]) == [
        *(11.0, 11.0),
        *(22.0, 22.5),
        23.0,
    ]


@pytest.mark.parametrize(
    ("text", "most"), [("0.29:window:100", 29), ("2.5:window:1", 2), ("5:window:60", 300)]
)
def test_a_window_holds_whole_requests(text: str, most: int) -> None:
    assert len(let_in(limit(text), [1.0] * 400)) == most


@given(TIMES, st.integers(1, 5))
def test_no_second_has_more_than_a_plain_limit(times: list[float], rate: int) -> None:
    passed = let_in(limit(f"{rate}"), times)
    for start in passed:
        assert sum(start <= time < start + 1 for time in passed) <= rate


@given(TIMES, st.integers(1, 5))
def test_a_bucket_lets_in_its_burst_and_its_rate_and_refuses_only_beyond(
    times: list[float], rate: int
) -> None:
    bucket = limit(f"{rate}:bucket")
    passed: list[float] = []
    tokens, at = float(rate), 0.0
    for time in times:
        tokens, at = min(rate, tokens + rate * (time - at)), time
        assert bucket.lets_in(time) == (tokens >= 1)
        if tokens >= 1:
            tokens -= 1
            passed.append(time)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], 1):
            assert last <= rate * (1 + end - start)


@given(TIMES, st.integers(1, 5), st.integers(1, 3))
def test_a_window_refuses_only_when_it_is_full(times: list[float], rate: int, seconds: int) -> None:
    limiter = limit(f"{rate}:window:{seconds}")
    used: dict[float, int] = {}
    for time in times:
        window = (time - times[0]) // seconds
        used[window] = used.get(window, 0) + 1
        assert limiter.lets_in(time) == (used[window] <= rate * seconds)


@pytest.mark.parametrize("text", ["", "0", "0.0"])
def test_nothing_and_0_are_not_a_limit(text: str) -> None:
    assert read_limit(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("x", "-5", "nan", "inf", ":", "5:", "5:x", "5:bucket:1", "5 bucket"),
        *("0:bucket", "-1:bucket", "nan:bucket", ":bucket"),
        *("5:window", "5:window:0", "5:window:-1", "5:window:nan", "5:window:inf", "0:window:1"),
        *("0.5:window:1", "5:window:1:1"),
    ],
)
def test_other_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^A limit must be .*, such as 100:window:60\.$"):
        read_limit(text)
