"""The pace: it finds a limit that nobody told it. One test for each of its rules, and its traps."""

from dataclasses import dataclass, field
from math import inf

import pytest

from destination_inflection.delivery.lanes.pace import Pace
from inflection_sandbox.limits import TokenBucket


@dataclass
class Sender:
    """A pace, the requests in flight, and a clock."""

    ceiling: float = 500.0
    now: float = 0.0
    pace: Pace = field(init=False)
    flying: list[int] = field(default_factory=list)
    started: int = 0

    def __post_init__(self) -> None:
        self.pace = Pace(self.ceiling, self.now)

    def start(self) -> int:
        """Starts a request as soon as one may."""
        delay = self.pace.delay(self.now)
        assert delay < inf
        self.now += delay
        assert self.pace.take(self.now)
        self.started += 1
        self.flying.append(self.started)
        return self.started

    def start_all(self) -> None:
        """Starts all that may start without a pause."""
        while self.pace.delay(self.now) < 0.001:
            self.start()

    def accepted(self) -> None:
        self.pace.accepted(self.flying.pop(0), self.now)

    def limited(self, asked: float = 0.0) -> None:
        self.pace.limited(self.flying.pop(0), self.now, asked)

    def failed(self) -> None:
        self.pace.failed(self.flying.pop(0), self.now)

    def serve(self, seconds: float, *, every: int = 0, limit: float = inf) -> None:
        """Answers one request after the other; each `every`-th is a 429, and each one too many."""
        until, number, bucket = self.now + seconds, 0, TokenBucket(min(limit, 1e9))
        while self.now < until:
            self.start()
            number += 1
            within = bucket.lets_in(self.now)
            if within and (not every or number % every):
                self.accepted()
            else:
                self.limited()

    def close(self) -> None:
        """Three bad answers in a row."""
        for _ in range(3):
            self.start()
        for _ in range(3):
            self.limited()
        assert self.pace.is_closed


def opened(ceiling: float = 500.0) -> Sender:
    """A sender that is in full run."""
    sender = Sender(ceiling)
    for _ in range(10):
        sender.start()
        sender.accepted()
    return sender


def slowed() -> Sender:
    """One that has met a limit of half its rate."""
    sender = opened(100.0)
    sender.serve(10.0, limit=50.0)
    return sender


def closed_for_half_a_minute() -> Sender:
    """One that was in full run for as long before, and has just been let in again."""
    sender = opened(100.0)
    sender.serve(30.0)
    sender.close()
    while sender.now < 60.0:
        sender.start()
        sender.limited()
    sender.start()
    sender.accepted()
    return sender


def test_requests_keep_to_the_ceiling() -> None:
    sender = Sender(10.0)
    sender.serve(5.0)
    assert sender.started == pytest.approx(50, abs=2)


def test_a_long_pause_is_not_caught_up_with() -> None:
    sender = opened(100.0)
    sender.now += 60.0
    sender.start_all()
    assert 5 <= len(sender.flying) <= 6


def test_the_requests_in_flight_double_each_round_trip() -> None:
    sender = Sender(1e9)
    in_flight = []
    for _ in range(5):
        sender.start_all()
        in_flight.append(len(sender.flying))
        while sender.flying:
            sender.accepted()
        sender.now += 0.05
    assert in_flight == [2, 4, 8, 16, 32]


def test_nothing_starts_by_itself_while_too_many_are_in_flight() -> None:
    sender = Sender()
    sender.start_all()
    sender.now += 100.0
    sender.start_all()
    assert (len(sender.flying), sender.pace.delay(sender.now)) == (2, inf)


def test_a_round_with_refusals_sets_the_rate_below_what_was_accepted() -> None:
    sender = opened(100.0)
    sender.serve(10.0, limit=50.0)
    assert sender.pace.rate == pytest.approx(50, rel=0.05)


def test_what_was_accepted_before_the_first_refusal_does_not_count() -> None:
    sender = opened(100.0)
    sender.serve(1.0)
    sender.serve(1.1, every=3)
    assert sender.pace.rate == pytest.approx(66, rel=0.05)


def test_a_stray_refusal_changes_nothing() -> None:
    sender = opened(100.0)
    sender.serve(60.0, every=200)
    assert sender.pace.rate == 100.0


def test_clean_rounds_raise_the_rate_up_to_the_ceiling() -> None:
    sender = slowed()
    low = sender.pace.rate
    rates = []
    while sender.pace.rate < 100.0:
        sender.serve(1.5)
        rates.append(sender.pace.rate)
    assert rates[0] <= 1.05 * low
    assert rates == sorted(rates)
    assert len(rates) < 30


def test_a_rate_that_is_not_used_does_not_grow() -> None:
    sender = slowed()
    low = sender.pace.rate
    for _ in range(600):
        sender.now += 10 / low
        sender.start()
        sender.accepted()
    assert sender.pace.rate == low


def test_most_refused_slows_at_once() -> None:
    sender = opened(100.0)
    sender.start_all()
    began = sender.now
    while sender.pace.rate == 100.0:
        sender.start()
        (sender.limited if sender.started % 3 else sender.accepted)()
    assert sender.now - began < 1.0


def test_as_many_refusals_however_slowly_are_noise() -> None:
    sender = opened(100.0)
    sender.serve(60.0, every=10)
    assert sender.pace.rate == 100.0


def test_noise_is_forgotten_after_two_minutes() -> None:
    sender = opened(100.0)
    sender.serve(60.0, every=10)
    sender.serve(120.0)
    sender.serve(4.0, every=10)
    assert sender.pace.rate < 95.0


def test_answers_from_before_a_change_of_rate_do_not_count_for_it() -> None:
    sender = opened(100.0)
    for _ in range(8):
        sender.start()
    old, sender.flying = sender.flying, []
    sender.serve(10.0, limit=50.0)
    low = sender.pace.rate
    for request in old:
        sender.pace.limited(request, sender.now, 0.0)
        sender.pace.accepted(sender.start(), sender.now)
        sender.flying.clear()
    sender.serve(4.0)
    assert sender.pace.rate >= low


@pytest.mark.parametrize("bad", [Sender.limited, Sender.failed])
def test_three_bad_answers_in_a_row_close_it_until_one_is_good(bad: object) -> None:
    sender = opened()
    for _ in range(4):
        sender.start()
    for _ in range(3):
        bad(sender)  # type: ignore[operator]
    assert sender.pace.is_closed
    sender.flying.clear()
    sender.start()
    assert sender.pace.delay(sender.now) == inf
    sender.accepted()
    assert not sender.pace.is_closed


def test_probes_go_one_at_a_time_and_ever_more_seldom() -> None:
    sender = opened(500.0)
    sender.close()
    rests = []
    for _ in range(10):
        rests.append(sender.pace.delay(sender.now))
        sender.start()
        assert sender.pace.delay(sender.now) == inf
        sender.limited()
    # Half a second is never left out: a longer rest would miss when a window of a second ends.
    assert rests == pytest.approx([0.006, 0.024, 0.096, 0.384, 0.5, 2, 8, 16, 16, 16])


def test_faults_are_probed_at_least_each_eight_seconds() -> None:
    sender = opened()
    for _ in range(3):
        sender.start()
    for _ in range(3):
        sender.failed()
    for _ in range(10):
        sender.start()
        sender.failed()
    assert sender.pace.delay(sender.now) == 8.0


def test_retry_after_counts_for_all_once_it_is_no_chance() -> None:
    sender = opened()
    sender.close()
    delays = []
    for _ in range(3):
        sender.start()
        sender.limited(asked=70.0)
        delays.append(round(sender.pace.delay(sender.now), 3))
    assert delays == [0.024, 70.0, 70.0]


def test_an_answer_from_before_shows_that_it_was_never_closed() -> None:
    sender = opened()
    for _ in range(4):
        sender.start()
    for _ in range(3):
        sender.limited()
    sender.accepted()
    assert not sender.pace.is_closed
    assert sender.pace.rate == 500.0
    sender.now += 0.05
    sender.start_all()
    assert len(sender.flying) > 3


def test_it_opens_step_by_step_after_a_closure() -> None:
    sender = opened()
    sender.close()
    sender.start()
    sender.accepted()
    sender.now += 1.0
    sender.start_all()
    assert len(sender.flying) == 3


def test_after_an_outage_half_the_rate_grows_boldly() -> None:
    sender = opened(400.0)
    for _ in range(3):
        sender.start()
    for _ in range(3):
        sender.failed()
    while sender.now < 30.0:
        sender.start()
        sender.failed()
    sender.start()
    sender.accepted()
    assert sender.pace.rate == 200.0
    sender.serve(6.0)
    assert sender.pace.rate == 400.0


def test_after_a_long_closure_the_rate_is_the_mean_over_the_whole_window() -> None:
    sender = closed_for_half_a_minute()
    assert 3_000 / sender.now < sender.pace.rate < 3_010 / (sender.now - 10)


def test_the_mean_counts_from_the_latest_long_closure_on() -> None:
    sender = closed_for_half_a_minute()
    began, started = sender.now, sender.started
    sender.serve(10.0)
    taken = sender.started - started
    sender.close()
    while sender.now < began + 60.0:
        sender.start()
        sender.limited()
    sender.start()
    sender.accepted()
    lasted = sender.now - began
    assert taken / lasted < sender.pace.rate < (taken + 10) / (lasted - 10)


def test_a_round_never_spans_a_closure() -> None:
    sender = closed_for_half_a_minute()
    rate = sender.pace.rate
    sender.serve(4.0)
    assert sender.pace.rate >= rate


def test_a_round_does_not_span_a_short_closure_either() -> None:
    sender = opened(100.0)
    sender.serve(0.3, every=3)
    for _ in range(3):
        sender.start()
    for _ in range(3):
        sender.failed()
    assert sender.pace.is_closed
    for _ in range(2):
        sender.start()
        sender.failed()
    sender.start()
    sender.accepted()
    sender.serve(2.0)
    assert sender.pace.rate == 100.0


def test_requests_that_hang_do_not_hold_up_an_opening() -> None:
    sender = opened(100.0)
    for _ in range(40):
        sender.pace.accepted(sender.start(), sender.now)
    sender.flying.clear()
    hanging = [sender.start() for _ in range(30)]
    sender.flying.clear()
    for _ in range(3):
        sender.pace.failed(sender.start(), sender.now)
    sender.flying.clear()
    sender.start()
    sender.failed()
    sender.start()
    sender.accepted()
    sender.now += 1.0
    sender.start_all()
    assert len(sender.flying) == 3
    for request in hanging:
        sender.pace.failed(request, sender.now)
    assert not sender.pace.is_closed or sender.pace.delay(sender.now) < 1.0


def test_bad_answers_that_are_usual_do_not_close_it() -> None:
    sender = opened(1000.0)
    for number in range(300):
        sender.start()
        (sender.accepted if number % 2 else sender.failed)()
    for _ in range(4):
        sender.start()
        sender.failed()
    assert not sender.pace.is_closed


def test_what_may_be_its_own_fault_says_nothing_of_the_endpoint() -> None:
    sender = opened()
    for _ in range(20):
        sender.start()
        sender.pace.failed_itself(sender.flying.pop(), sender.now)
    assert not sender.pace.is_closed
    assert sender.pace.delay(sender.now) < inf


def test_a_probe_that_fails_itself_is_a_bad_one() -> None:
    sender = opened()
    sender.close()
    sender.start()
    sender.pace.failed_itself(sender.flying.pop(), sender.now)
    assert 0 < sender.pace.delay(sender.now) < inf


def test_there_is_a_slowest_rate_unless_the_ceiling_is_lower() -> None:
    for ceiling, slowest in ((100.0, 1.0), (0.5, 0.5)):
        sender = Sender(ceiling)
        for _ in range(15):
            sender.start()
            sender.accepted()
        sender.start()
        sender.limited()
        for _ in range(60):
            sender.start()
            sender.limited()
        sender.start()
        sender.accepted()
        assert sender.pace.rate == slowest


def test_at_the_end_rests_are_short_unless_the_endpoint_asked_for_them() -> None:
    sender = opened()
    sender.close()
    for _ in range(8):
        sender.start()
        sender.limited()
    assert sender.pace.delay(sender.now) == pytest.approx(16.0)
    sender.pace.hurry(1.0)
    assert sender.pace.delay(sender.now) == pytest.approx(1.0)
    sender.start()
    sender.limited(asked=5.0)
    assert sender.pace.delay(sender.now) == 5.0


def test_refusals_right_at_the_start_say_nothing_of_the_limit() -> None:
    sender = Sender(400.0)
    while sender.now < 8.0:
        sender.start()
        sender.limited()
    sender.start()
    sender.accepted()
    assert sender.pace.rate == 200.0
    sender.serve(6.0)
    assert sender.pace.rate == 400.0
