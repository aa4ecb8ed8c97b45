"""Writes in doubt: what may follow them, and when."""

from typing import Final

import orjson
import pytest

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from simulation.doubts import WritesInDoubt
from simulation.violation import Rule
from unit_tests.simulation.by_hand import breaks

DOUBTS: Final = [
    Response(500),
    Response(504),
    Failure(FailureKind.TIMEOUT),
    Failure(FailureKind.BROKEN),
]
TAKEN: Final = b'{"data":{"transactionId":"t/1","status":"PENDING"}}'
POLL: Final = Request("https://api.example/v1/contacts/transactions/t%2F1", {}, b"", 30.0)


def write(email: str, *marks: str) -> Request:
    contact = {"email": email, "properties": {mark: mark for mark in marks}}
    body = orjson.dumps({"contacts": [contact]})
    return Request("https://api.example/v1/contacts/batch", {}, body, 30.0)


def after(answer: Answer, *, settles_in: float = 5.0) -> WritesInDoubt:
    """A write of one contact was answered so, at second 100."""
    made = WritesInDoubt(settles_in)
    made.answered(write("a@b.c", "mark_a_000001"), answer, 100.0)
    return made


@pytest.mark.parametrize("answer", DOUBTS)
def test_a_newer_value_waits_for_twice_the_shortest_settling(answer: Answer) -> None:
    made = after(answer)
    with breaks(Rule.PERSONS, "a@b.c is written 9.90 s after a write in doubt"):
        made.sends(write(" A@B.c", "mark_a_000002"), 109.9)
    made.sends(write("a@b.c", "mark_a_000002"), 110.0)


def test_nobody_waits_longer_than_a_minute() -> None:
    made = after(Response(500), settles_in=80.0)
    with breaks(Rule.PERSONS, "after a write in doubt"):
        made.sends(write("a@b.c", "mark_a_000002"), 159.0)
    made.sends(write("a@b.c", "mark_a_000002"), 160.0)


def test_the_same_row_and_others_may_be_sent_at_once() -> None:
    made = after(Response(500))
    made.sends(write("a@b.c", "mark_a_000001", "mark_a_000002"), 100.0)
    made.sends(write("d@b.c", "mark_a_000003"), 100.0)
    made.sends(Request("https://api.example/v1/contacts/by-email/a", {}, b"", 30.0), 100.0)


@pytest.mark.parametrize(
    "answer", [Response(200), Response(400), Response(429), Failure(FailureKind.NAME)]
)
def test_what_was_not_taken_for_sure_leaves_no_doubt(answer: Answer) -> None:
    after(answer).sends(write("a@b.c", "mark_a_000002"), 100.0)


def test_it_rests_for_twice_as_long_as_its_own_transaction_took() -> None:
    made = after(Response(500), settles_in=0.1)
    made.answered(write("a@b.c", "mark_a_000001"), Response(200, {}, TAKEN), 101.0)
    made.heard(102.0)
    made.answered(POLL, Response(200, {}, b"{}"), 108.0)
    made.heard(109.0)
    with breaks(Rule.PERSONS, "a@b.c is written 13.00 s after a write in doubt"):
        made.sends(write("a@b.c", "mark_a_000002"), 113.0)
    made.sends(write("a@b.c", "mark_a_000002"), 114.0)


def test_a_transaction_that_was_not_in_doubt_says_nothing() -> None:
    made = after(Response(500), settles_in=0.1)
    made.answered(write("x@b.c", "mark_a_000003"), Response(200, {}, TAKEN), 101.0)
    made.heard(101.0)
    made.answered(POLL, Response(200, {}, b"{}"), 140.0)
    made.heard(140.0)
    made.sends(write("a@b.c", "mark_a_000002"), 141.0)
