"""Odd answers to a write."""

from typing import Any

import pytest

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import Answer, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, one, refusal


@pytest.mark.parametrize(
    "odd",
    [
        Response(200, body=b""),
        Response(200, body=b"[]"),
        Response(202, body=b"<html>"),
        answer({"status": "PENDING"}),
        answer({"transactionId": ""}),
        answer({"transactionId": True}),
        answer({"transactionId": 1.5}),
        answer({"status": "DONE"}),
        answer([{"email": "a@b.c", "status": "CREATED"}]),
        Response(429),
        Response(500),
        Response(503),
    ],
)
def test_a_write_without_a_transaction_is_sent_again(odd: Response) -> None:
    bench = ApiBench(on_batch=lambda _contacts: odd if len(bench.batches) < 3 else None)
    assert isinstance(one(bench), Delivered)
    assert bench.batches[0] == bench.batches[2]


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (answer(None, meta={"status": "FAILURE"}), "HTTP 200"),
        (refusal(200, "BAS-E-001"), "HTTP 200: BAS-E-001 no"),
        (refusal(400, "BAS-E-001"), "HTTP 400: BAS-E-001 no"),
        (answer({"status": "failed"}), "HTTP 200"),
        (Response(403, body=b'{"message": "Blocked"}'), "HTTP 403: Blocked"),
        (Response(413), "HTTP 413"),
        (Response(422), "HTTP 422"),
    ],
)
def test_a_refused_contact_stands_alone_in_the_end(odd: Response, said: str) -> None:
    def on_batch(contacts: list[dict[str, Any]]) -> Answer | None:
        return odd if any(c["email"] == "613@b.c" for c in contacts) else None

    bench = ApiBench(on_batch=on_batch)
    for number in range(1000):
        bench.submit(f"{number}@b.c", str(number))
    ended = bench.run()
    assert len(ended) == 1000
    assert [t for t, outcome in ended.items() if not isinstance(outcome, Delivered)] == ["613"]
    assert ended["613"] == Refused(1, odd.status, said)
    assert len(bench.batches) <= 21


def test_errors_beside_a_transaction_are_told_and_the_transaction_counts() -> None:
    odd = answer({"transactionId": "t1"}, errors=[{"errorCode": "X"}], meta={"status": "FAILURE"})
    bench = ApiBench(on_batch=lambda _contacts: odd)
    assert isinstance(one(bench), Delivered)
    assert "returned 1 error with it" in bench.log[0]


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (Response(401), ["API key", "base_url", "both"]),
        (Response(403), ["write", "READ and WRITE", "Connected Apps"]),
        (Response(404), ["base_url"]),
        (Response(307, {"location": "https://elsewhere.example/x"}), ["base_url", "elsewhere"]),
    ],
)
def test_what_only_the_user_can_mend_stops_the_sync(odd: Response, words: list[str]) -> None:
    outcome = one(ApiBench(on_batch=lambda _contacts: odd))
    assert isinstance(outcome, Stopped)
    for word in words:
        assert word in outcome.problem


def test_a_write_that_never_passes_gives_up() -> None:
    outcome = one(ApiBench(on_batch=lambda _contacts: Response(503)))
    assert isinstance(outcome, GaveUp)
    assert outcome.trouble == "HTTP 503"
