"""Transactions that take their time, and odd answers to the question about them."""

import pytest

from destination_inflection.delivery.contacts.batches import CONTACTS, Batch
from destination_inflection.delivery.contacts.transactions import Transactions
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.traffic import OpenTransactions
from destination_inflection.delivery.transport.seam import Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, kinds, one
from unit_tests.delivery.fake_transport import BEGINNING


def test_a_transaction_just_created_may_not_exist_yet() -> None:
    missing = answer({"transactionId": "t", "status": "NOT_EXIST"})
    bench = ApiBench(on_poll=lambda _id, number: missing if number < 4 else None)
    assert isinstance(one(bench), Delivered)
    assert len(bench.polls) == 4


def test_a_transaction_that_never_ends_is_tried_later_by_the_platform() -> None:
    odd = answer({"transactionId": "t", "status": "PENDING"})
    bench = ApiBench(on_poll=lambda _id, _number: odd)
    outcome = one(bench)
    assert isinstance(outcome, GaveUp)
    assert "transaction was not done" in outcome.trouble
    assert 600 <= bench.time - 1000 < 640
    assert len(bench.polls) < 60  # asked less and less often


def test_a_transaction_that_inflection_does_not_know_is_lost_after_a_minute() -> None:
    lost = answer({"transactionId": "t1", "status": "NOT_EXIST"})
    bench = ApiBench(on_poll=lambda identity, _number: lost if identity == "t1" else None)
    bench.submit("a@b.c", "1", plan="pro")
    bench.submit("b@b.c", "2")
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert bench.batches[0] == bench.batches[1]
    assert 60 <= bench.time - BEGINNING < 120


def test_two_transactions_that_inflection_does_not_know_confirm_nothing() -> None:
    lost = answer({"transactionId": "t", "status": "NOT_EXIST"})
    outcome = one(bench := ApiBench(on_poll=lambda _id, _number: lost))
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_CONFIRMED
    assert len(bench.batches) == 2


@pytest.mark.parametrize(("age", "goes_on"), [(599.9, True), (600.0, False)])
def test_a_transaction_as_old_as_the_deadline_is_given_up(age: float, goes_on: bool) -> None:
    transactions: Transactions[str] = Transactions(600.0)
    transactions.begin("t", Batch(CONTACTS, 0.0), 1_000.0)
    (transaction,) = transactions.due(1_001.0)
    assert transactions.pending(transaction, 1_000.0 + age) == goes_on
    assert (transactions.next_at is not None) == goes_on
    assert transactions.next_at is None or transactions.next_at <= 1_600.0


@pytest.mark.parametrize(
    "odd",
    [
        Response(404),
        Response(400),
        Response(501),
        Response(503),
        Response(200, body=b"<html>"),
        answer({"status": "LOST"}),
        answer({"transactionId": "t", "status": "DONE"}, meta={"status": "FAILURE"}),
    ],
)
def test_an_odd_answer_to_a_question_is_asked_again(odd: Response) -> None:
    bench = ApiBench(on_poll=lambda _id, number: odd if number < 3 else None)
    assert isinstance(one(bench), Delivered)
    assert len(bench.batches) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_read_is_told_so(status: int) -> None:
    outcome = one(ApiBench(on_poll=lambda _id, _number: Response(status)))
    assert isinstance(outcome, Stopped)
    assert ("read" if status == 403 else "base_url") in outcome.problem


def test_open_transactions_are_counted_with_the_age_of_the_oldest() -> None:
    bench = ApiBench(settles=10.0)
    assert bench.contacts.traffic.transactions == OpenTransactions(0, 0.0)
    for number in range(2):
        bench.submit(f"{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(2.0)
    assert bench.contacts.traffic.transactions == OpenTransactions(2, 4.0)
    bench.run()
    assert bench.contacts.traffic.transactions == OpenTransactions(0, 0.0)


@pytest.mark.parametrize(
    "odd",
    [
        Response(401),
        answer({"transactionId": "t", "status": "PENDING"}),
        answer({"transactionId": "t", "status": "DONE"}),
    ],
    ids=["the sync stops", "given up", "nobody is mentioned"],
)
def test_no_transaction_is_open_when_all_calls_have_ended(odd: Response) -> None:
    bench = ApiBench(on_poll=lambda _id, _number: odd)
    one(bench)
    assert bench.contacts.traffic.transactions == OpenTransactions(0, 0.0)


def test_what_went_over_the_wire_is_counted_whenever_it_is_asked_for() -> None:
    bench = ApiBench()
    before = bench.contacts.traffic
    one(bench)
    assert (before.requests, bench.contacts.traffic.requests) == (0, 2)
