"""One call, tried until it ends: a fake transport, a clock that advances when it is waited on."""

from collections.abc import Sequence

import pytest

from destination_inflection.delivery.lanes.retry import backoff
from destination_inflection.delivery.outcomes import Delivered, GaveUp, Outcome, Refused, Stopped
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.fake_transport import BEGINNING, Bench

OK = Response(200)
BUSY = Response(503)


def run(
    answers: Sequence[Answer], policy: RetryPolicy | None = None, takes: float = 0.0
) -> tuple[Outcome, Bench]:
    """Sends one call with answers that come one after the other, the last one for ever."""
    bench = Bench(connections=1, retry=policy or RetryPolicy(), takes=takes)
    bench.answer = lambda number, _request: answers[min(number, len(answers)) - 1]
    bench.submit("u", "1")
    ((_, outcome),) = bench.run()
    return outcome, bench


def test_a_success_needs_one_attempt() -> None:
    outcome, bench = run([OK])
    assert outcome == Delivered(1)
    assert bench.waits == []


@pytest.mark.parametrize(
    ("takes", "waits"),
    [
        (0.0, [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064]),
        (0.05, [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]),
        (0.25, [0.5, 1, 2, 4, 8, 16, 32]),
        (8.0, [0.5, 1, 2, 4, 8, 16, 32]),
    ],
)
def test_waits_are_counted_in_round_trips_and_double(takes: float, waits: list[float]) -> None:
    assert [backoff(retry, takes, 1.0) for retry in range(1, 8)] == pytest.approx(waits)


def test_no_wait_is_longer_than_a_minute() -> None:
    waits = [backoff(retry, 0.05, 1.0) for retry in (10, 11, 100, 10_000)]
    assert waits == pytest.approx([51.2, 60, 60, 60])


def test_a_connection_that_broke_is_tried_again_at_once_the_first_time() -> None:
    _, bench = run([Failure(FailureKind.BROKEN)] * 2 + [OK], takes=0.5)
    assert bench.waits == [0.5, 0.5 + 1.0]


def test_an_answer_is_never_followed_at_once() -> None:
    _, bench = run([BUSY, OK])
    assert bench.waits == pytest.approx([0.001])


def test_what_is_tried_again_is_counted() -> None:
    outcome, bench = run([BUSY] * 10 + [OK])
    assert outcome == Delivered(11, doubts=10)
    assert bench.lanes.traffic.retries == {"HTTP 503": 10}


def test_every_attempt_sends_the_same() -> None:
    _, bench = run([BUSY, BUSY, OK])
    assert bench.bodies == ["1", "1", "1"]


def test_a_connection_error_is_tried_again() -> None:
    assert run([Failure(FailureKind.BROKEN), OK])[0] == Delivered(2, doubts=1)


def test_a_refusal_is_final() -> None:
    outcome, bench = run([Response(400, body=b'{"message":"no"}'), OK])
    assert outcome == Refused(1, 400, "HTTP 400: no")
    assert len(bench.started) == 1


def test_a_wrong_key_stops() -> None:
    outcome, _ = run([Response(401), OK])
    assert isinstance(outcome, Stopped)
    assert "api_key" in outcome.problem


@pytest.mark.parametrize("value", ["7", "Thu, 01 Jan 2026 00:00:07 GMT"])
def test_retry_after_is_a_minimum(value: str) -> None:
    outcome, bench = run([Response(429, {"retry-after": value}), OK])
    assert outcome == Delivered(2)
    assert bench.waits == [7.0]


def test_of_what_the_server_asks_and_our_own_patience_the_longer_wait_counts() -> None:
    asks = Response(429, {"retry-after": "3"})
    _, bench = run([asks, asks, asks, asks, OK], takes=0.25)
    assert bench.waits == [0.25 + wait for wait in (3, 3, 3, 4)]


@pytest.mark.parametrize("value", ["0", "soon", "Thu, 01 Jan 2020 00:00:07 GMT"])
def test_a_retry_after_that_asks_for_nothing_changes_nothing(value: str) -> None:
    _, bench = run([Response(429, {"retry-after": value}), OK], takes=0.05)
    assert bench.waits == pytest.approx([0.15])


def test_all_attempts_share_one_deadline() -> None:
    outcome, bench = run([BUSY], RetryPolicy(deadline=600), takes=0.05)
    assert outcome == GaveUp(19, "HTTP 503", faults=19, status=503)
    assert bench.time - BEGINNING < 600


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    outcome, bench = run([Response(429, {"retry-after": "200"})], RetryPolicy(deadline=100))
    assert outcome == GaveUp(1, "HTTP 429", status=429)
    assert bench.time == BEGINNING


@pytest.mark.parametrize(("deadline", "attempts"), [(100.0, 1), (100.001, 2)])
def test_a_wait_that_ends_with_the_deadline_is_not_begun(deadline: float, attempts: int) -> None:
    answers = [Response(429, {"retry-after": "100"})]
    outcome, bench = run(answers, RetryPolicy(deadline=deadline))
    assert outcome == GaveUp(attempts, "HTTP 429", status=429)
    assert len(bench.started) == attempts


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [(0, 30), (569.9, 30), (570, 30), (599.5, 0.5), (600, 0.001), (601, 0.001)],
)
def test_a_time_out_is_never_nothing_for_that_would_be_for_ever(
    elapsed: float, expected: float
) -> None:
    assert RetryPolicy(30, 600).timeout(elapsed) == pytest.approx(expected)


def test_the_time_out_shrinks_with_what_is_left() -> None:
    policy = RetryPolicy(request_timeout=30, deadline=70)
    outcome, bench = run([Failure(FailureKind.TIMEOUT)], policy, takes=30)
    assert isinstance(outcome, GaveUp)
    timeouts = [request.timeout for _, request in bench.started]
    assert timeouts == [30, 30, pytest.approx(8.5)]


def test_jitter_spreads_a_wait_over_its_upper_half() -> None:
    assert (backoff(4, 0.1, 0.0), backoff(4, 0.1, 1.0)) == pytest.approx((0.8, 1.6))
