"""The clock jumps from event to event, goes back for nobody, and never stands still for ever."""

from datetime import timedelta
from math import inf

import pytest

from simulation.timeline import MOST_STEPS_AT_ONCE, Timeline
from simulation.violation import Rule
from unit_tests.simulation.by_hand import breaks


def test_events_happen_in_order_and_of_two_at_once_the_first_that_was_planned() -> None:
    timeline = Timeline()
    seen: list[tuple[str, float]] = []
    for name, when in (("d", 3.0), ("a", 1.0), ("b", 2.0), ("c", 2.0)):
        timeline.at(when, lambda name=name: seen.append((name, timeline.now)))  # type: ignore[misc]
    timeline.advance(2.5)
    assert seen == [("a", 1.0), ("b", 2.0), ("c", 2.0)]
    assert timeline.now == timeline.monotonic() == 2.5
    timeline.advance(3.0)
    assert seen[-1] == ("d", 3.0)


def test_an_event_may_plan_others_within_the_same_step() -> None:
    timeline = Timeline()
    seen: list[float] = []

    def tick() -> None:
        seen.append(timeline.now)
        timeline.at(timeline.now + 1, tick)

    timeline.at(1, tick)
    timeline.advance(4)
    assert seen == [1, 2, 3, 4]


def test_what_should_have_happened_before_happens_now() -> None:
    timeline = Timeline()
    timeline.advance(10)
    seen: list[float] = []
    timeline.at(3, lambda: seen.append(timeline.now))
    timeline.advance(10)
    assert seen == [10]


@pytest.mark.parametrize("until", [-1.0, 0.0, 9.9])
def test_the_clock_never_goes_back(until: float) -> None:
    timeline = Timeline()
    timeline.advance(10)
    timeline.advance(until)
    assert timeline.now == 10


def test_a_step_ends_when_it_is_enough() -> None:
    timeline = Timeline()
    seen: list[float] = []
    for when in (1.0, 2.0, 3.0):
        timeline.at(when, lambda: seen.append(timeline.now))
    timeline.advance(inf, lambda: len(seen) == 2)
    assert timeline.now == 2
    timeline.advance(inf, lambda: True)
    assert timeline.now == 2
    assert seen == [1, 2]


def test_the_date_goes_with_the_clock() -> None:
    timeline = Timeline()
    began = timeline.today()
    timeline.advance(90)
    assert timeline.today() - began == timedelta(seconds=90)


def test_a_clock_that_stands_still_is_a_violation() -> None:
    timeline = Timeline()
    for _ in range(MOST_STEPS_AT_ONCE - 1):
        timeline.advance(0)
    with breaks(Rule.ENDS, "10,000 steps"):
        timeline.advance(0)


def test_it_may_stand_still_while_input_is_read_and_when_it_moves_again() -> None:
    timeline = Timeline()
    for moves in (timeline.something_was_read, lambda: timeline.advance(timeline.now + 1)):
        for _ in range(MOST_STEPS_AT_ONCE - 1):
            timeline.advance(timeline.now)
        moves()
    for _ in range(MOST_STEPS_AT_ONCE - 1):
        timeline.advance(timeline.now)
