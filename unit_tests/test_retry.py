"""Sending one call: a fake transport, a clock that advances when it is waited on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from destination_inflection.delivery.retry import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refused,
    RetryPolicy,
    Stopped,
    backoff,
    send,
)
from destination_inflection.delivery.transport import Answer, Failure, FailureKind, Response

OK = Response(200)
BUSY = Response(503)


class FakeClock:
    def __init__(self, interrupt_after: float = float("inf")) -> None:
        self.time = 1000.0
        self.waits: list[float] = []
        self.interrupt_at = self.time + interrupt_after

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.time - 1000)

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.time += seconds
        return self.time >= self.interrupt_at


def run(
    answers: Sequence[Answer],
    clock: FakeClock,
    policy: RetryPolicy | None = None,
    takes: float = 0.0,
) -> tuple[Outcome, list[float]]:
    """Sends with answers that come one after the other, the last one for ever."""
    timeouts: list[float] = []

    def post(timeout: float) -> Answer:
        timeouts.append(timeout)
        clock.time += min(takes, timeout)
        return answers[min(len(timeouts), len(answers)) - 1]

    outcome = send(
        post,
        origin="https://in.example",
        policy=policy or RetryPolicy(),
        clock=clock,
        jitter=lambda: 1.0,
    )
    return outcome, timeouts


def test_a_success_needs_one_attempt() -> None:
    clock = FakeClock()
    assert run([OK], clock)[0] == Delivered(1)
    assert clock.waits == []


def test_the_first_retry_comes_at_once_the_others_wait_longer_and_longer() -> None:
    clock = FakeClock()
    assert run([BUSY] * 10 + [OK], clock)[0] == Delivered(11)
    assert clock.waits == [0, 0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def test_a_connection_error_is_tried_again() -> None:
    assert run([Failure(FailureKind.BROKEN), OK], FakeClock())[0] == Delivered(2)


def test_a_refusal_is_final() -> None:
    outcome, timeouts = run([Response(400, body=b'{"message":"no"}'), OK], FakeClock())
    assert outcome == Refused(1, 400, "HTTP 400: no")
    assert len(timeouts) == 1


def test_a_wrong_key_stops() -> None:
    outcome, _ = run([Response(401), OK], FakeClock())
    assert isinstance(outcome, Stopped)
    assert "api_key" in outcome.problem


@pytest.mark.parametrize("value", ["7", "Thu, 01 Jan 2026 00:00:07 GMT"])
def test_retry_after_is_a_minimum(value: str) -> None:
    clock = FakeClock()
    assert run([Response(429, {"retry-after": value}), OK], clock)[0] == Delivered(2)
    assert clock.waits == [7.0]


@pytest.mark.parametrize("value", ["0", "soon", "Thu, 01 Jan 2020 00:00:07 GMT"])
def test_a_retry_after_that_asks_for_nothing_changes_nothing(value: str) -> None:
    clock = FakeClock()
    run([BUSY, BUSY, Response(429, {"retry-after": value}), OK], clock)
    assert clock.waits == [0, 0.5, 1]


def test_all_attempts_share_one_deadline() -> None:
    clock = FakeClock()
    outcome, _ = run([BUSY], clock, RetryPolicy(deadline=600))
    assert isinstance(outcome, GaveUp)
    assert outcome.trouble == "HTTP 503"
    assert clock.time - 1000 < 600
    assert outcome.attempts == 17


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    clock = FakeClock()
    answer = Response(429, {"retry-after": "200"})
    outcome, _ = run([answer], clock, RetryPolicy(deadline=100))
    assert outcome == GaveUp(1, "HTTP 429")
    assert clock.waits == []


def test_the_time_out_shrinks_with_what_is_left() -> None:
    clock = FakeClock()
    policy = RetryPolicy(request_timeout=30, deadline=70)
    outcome, timeouts = run([Failure(FailureKind.TIMEOUT)], clock, policy, takes=30)
    assert isinstance(outcome, GaveUp)
    assert timeouts == [30, 30, pytest.approx(9.5)]


def test_a_shutdown_ends_the_wait() -> None:
    clock = FakeClock(interrupt_after=0.1)
    assert run([BUSY, BUSY, OK], clock)[0] == Interrupted(2)


def test_jitter_spreads_a_wait_over_its_upper_half() -> None:
    assert backoff(1, 0.0) == 0.0
    assert (backoff(4, 0.0), backoff(4, 1.0)) == (1.0, 2.0)
    assert backoff(10_000, 1.0) == 60.0
