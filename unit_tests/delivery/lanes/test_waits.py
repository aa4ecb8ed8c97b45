"""What lanes wait for, second by second."""

from collections import deque
from types import SimpleNamespace
from typing import cast

import pytest

from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.lanes.pace import Pace
from destination_inflection.delivery.lanes.turns import Turns
from destination_inflection.delivery.lanes.waits import held_up, under_way
from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.delivery.transport.seam import Response
from unit_tests.delivery.fake_transport import BEGINNING, Bench, FakeCall


def waited(bench: Bench) -> dict[Bottleneck, float]:
    return {why: round(s, 3) for why, s in bench.lanes.traffic.waited.items() if s > 1e-3}


def test_a_source_that_brings_nothing_is_waited_for() -> None:
    bench = Bench(takes=0.5)
    bench.submit("a", "1")
    bench.lanes.outcomes()
    for _ in range(3):
        bench.lanes.wait(0.5, [7])
        bench.lanes.outcomes()
    assert waited(bench) == {Bottleneck.INPUT: 1.5}


def test_the_configured_rate_is_waited_for_whatever_else_is_free() -> None:
    bench = Bench(connections=64, requests_per_second=10)
    for number in range(50):
        bench.submit(str(number), "x")
    bench.run()
    assert set(waited(bench)) == {Bottleneck.CEILING}
    assert waited(bench)[Bottleneck.CEILING] == round(bench.time - BEGINNING, 3)


def test_a_learnt_rate_is_the_endpoint_s_own_limit() -> None:
    bench = Bench(connections=64, requests_per_second=100)
    bench.answer = lambda number, _request: Response(429 if number % 2 else 200)
    for number in range(5_000):
        bench.submit(str(number), "x")
    bench.run(at_most=10.0)
    assert waited(bench)[Bottleneck.LIMIT] > 5.0


def test_all_connections_are_waited_for_while_calls_have_none() -> None:
    bench = Bench(connections=4, takes=1.0)
    for number in range(12):
        bench.submit(str(number), "x")
    bench.run()
    # The first second opens two connections of the four.
    assert waited(bench) == {Bottleneck.PARALLEL: 3.0, Bottleneck.ANSWERS: 1.0}


def test_a_wish_for_more_input_does_not_hide_that_connections_are_short() -> None:
    bench = Bench(connections=1, takes=1.0)
    for identity in "ab":
        bench.submit(identity, "x")
    bench.lanes.outcomes()
    bench.lanes.wait(1.0, [7])
    assert waited(bench) == {Bottleneck.PARALLEL: 1.0}


def test_calls_behind_others_of_the_same_one_wait_for_it() -> None:
    bench = Bench(connections=4, takes=1.0)
    for _ in range(5):
        bench.submit("a", "x")
    bench.submit("b", "x")
    bench.run()
    assert waited(bench) == {Bottleneck.IDENTITY: 4.0, Bottleneck.ANSWERS: 1.0}


def test_what_failed_is_waited_for_when_nothing_is_in_flight() -> None:
    bench = Bench(connections=1, answer=lambda _number, _request: Response(503))
    for identity in "abc":  # one rests without the connection, one with it, one is never begun
        bench.submit(identity, "x")
    bench.run(at_most=100.0)
    assert waited(bench) == {Bottleneck.FAULTS: 100.0}
    assert bench.lanes.traffic.trouble == "HTTP 503"
    assert bench.lanes.traffic.failed == bench.lanes.traffic.latencies.count
    assert bench.lanes.traffic.accepted == 0


def test_what_is_too_much_waits_for_the_endpoint_s_limit() -> None:
    bench = Bench(answer=lambda _number, _request: Response(429))
    bench.submit("a", "x")
    bench.run(at_most=100.0)
    assert waited(bench) == {Bottleneck.LIMIT: 100.0}


def test_one_call_that_fails_does_not_hide_a_slow_source() -> None:
    bench = Bench(answer=lambda _number, _request: Response(503))
    bench.submit("a", "x")
    for _ in range(50):
        bench.lanes.outcomes()
        bench.lanes.wait(1.0, [7])
    assert set(waited(bench)) == {Bottleneck.INPUT}


def test_a_verdict_is_an_answer_that_got_through() -> None:
    bench = Bench(answer=lambda number, _request: Response([503, 400, 200][number - 1]))
    for ticket in "xy":
        bench.submit("a", ticket)
    bench.run()
    traffic = bench.lanes.traffic
    assert (traffic.in_flight, traffic.failed, traffic.accepted) == (0, 1, 2)


@pytest.mark.parametrize(
    ("waiting", "trouble", "why"),
    [
        (1, "HTTP 503", Bottleneck.FAULTS),
        (1, "no connection could be made", Bottleneck.FAULTS),
        (1, "HTTP 429", Bottleneck.LIMIT),
        (0, "HTTP 503", None),
    ],
)
def test_a_closed_pace_holds_up_the_calls_that_wait(
    waiting: int, trouble: str, why: Bottleneck | None
) -> None:
    pace = cast(Pace, SimpleNamespace(is_closed=True, rate=500, ceiling=500))
    turns: Turns[FakeCall, str] = Turns(4)
    for number in range(waiting):
        turns.add(Lane(str(number), deque([(FakeCall(str(number), b"x"), "ticket")])))
    assert held_up(pace, turns, Traffic(trouble=trouble)) is why


@pytest.mark.parametrize(
    ("in_a_row", "why"),
    [(9, Bottleneck.ANSWERS), (10, Bottleneck.FAULTS), (500, Bottleneck.FAULTS)],
)
def test_answers_that_will_most_likely_fail_are_a_wait_after_faults(
    in_a_row: int, why: Bottleneck
) -> None:
    pace = cast(Pace, SimpleNamespace(is_closed=False))
    traffic = Traffic(requests=1, failed_in_a_row=in_a_row, trouble="HTTP 503")
    turns: Turns[FakeCall, str] = Turns(4)
    assert under_way(pace, turns, traffic, 1, None) is why
