"""The pace of requests: a limit for all, that yields when the server asks for it."""

from destination_inflection.delivery.lanes.pace import Pace


def second(pace: Pace, start: float, answers: int, limited: int) -> None:
    """One second of answers, of which some were 429."""
    for number in range(answers):
        pace.answered(start + number / answers, limited=number < limited)
    pace.answered(start + 1.0, limited=False)


def test_requests_start_no_faster_than_the_limit() -> None:
    pace = Pace(10, 0.0)
    now = 0.0
    for _ in range(100):
        now += pace.delay(now)
        pace.started(now)
    assert 9.7 <= now <= 10.0


def test_a_pause_is_not_made_up_for_by_a_burst() -> None:
    pace = Pace(100, 0.0)
    at_once = 0
    while not pace.delay(60.0):
        pace.started(60.0)
        at_once += 1
    assert at_once <= 6


def test_many_429_halve_the_rate_and_quiet_seconds_win_it_back_step_by_step() -> None:
    pace = Pace(160, 0.0)
    second(pace, 0.0, 100, 50)
    assert pace.rate == 80
    rates = []
    for start in range(1, 11):
        second(pace, float(start), 100, 0)
        rates.append(pace.rate)
    assert rates == [90, 100, 110, 120, 130, 140, 150, 160, 160, 160]


def test_a_few_429_cost_their_retries_and_no_more() -> None:
    pace = Pace(160, 0.0)
    second(pace, 0.0, 100, 12)
    assert pace.rate == 160


def test_the_rate_never_falls_to_nothing() -> None:
    pace = Pace(100, 0.0)
    for start in range(30):
        second(pace, float(start) * 1.01, 10, 10)
    assert pace.rate == 1.0
    slow = Pace(0.5, 0.0)
    second(slow, 0.0, 1, 1)
    assert slow.rate == 0.5


def test_a_halved_rate_spaces_requests_twice_as_far() -> None:
    pace = Pace(100, 0.0)
    second(pace, 0.0, 10, 10)
    pace.started(2.0)
    pace.started(2.0)
    pace.started(2.0)
    pace.started(2.0)
    assert pace.delay(2.0) > 0.02
