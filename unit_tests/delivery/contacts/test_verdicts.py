"""What a transaction says of each contact, and what it leaves out."""

from collections import Counter
from itertools import permutations
from typing import Any

import pytest

from destination_inflection.delivery.outcomes import Change, Delivered, Outcome, Refused
from destination_inflection.delivery.transport.seam import Answer, Response
from destination_inflection.emails import email_key
from unit_tests.delivery.contacts.fake_api import (
    ApiBench,
    answer,
    detail,
    done,
    doubt,
    kinds,
    one,
)
from unit_tests.delivery.fake_transport import FakeCall


def test_an_email_in_upper_case_is_the_same_in_any_alphabet() -> None:
    small, capital = "\u03bd\u03b9\u03ba\u03bf\u03c3@b.c", "\u039d\u0399\u039a\u039f\u03a3@b.c"
    bench = ApiBench(on_poll=lambda _id, _number: done([(small, "CREATED")]))
    bench.contacts.submit(FakeCall(email_key(capital), b'{"email":"x"}', "contact"), "1")
    assert kinds(bench.run()) == {"1": "Delivered"}


def test_each_row_gets_its_own_verdict() -> None:
    bench = ApiBench()
    for number, email in enumerate(["New@b.c", "known@b.c", "same@b.c", "bad@b.c", "odd@b.c"]):
        bench.submit(email, str(number))
    verdicts = [
        ("new@B.C ", "CREATED"),
        ("known@b.c", "UPDATED"),
        ("same@b.c", "NO_CHANGE"),
        ("bad@b.c", "FAILED"),
        ("odd@b.c", "ON_HOLD"),
    ]
    bench.on_poll = lambda _id, _number: done(verdicts)
    ended = bench.run()
    assert [kinds(ended)[str(number)] for number in range(3)] == ["Delivered"] * 3
    assert detail(ended["3"]) == "its transaction says FAILED"
    assert doubt(ended["4"]) == "its transaction says ON_HOLD"
    assert [len(batch) for batch in bench.batches] == [5, 2]


def change_of(outcome: Outcome) -> Change | None:
    assert isinstance(outcome, Delivered)
    return outcome.change


def test_a_row_is_told_what_its_contact_s_write_changed() -> None:
    words = ["CREATED", "UPDATED", "NO_CHANGE"]
    bench = ApiBench(on_poll=lambda _id, _number: done([(f"{w}@b.c", w) for w in words]))
    for word in words:
        for row in range(2):
            bench.submit(f"{word}@b.c", f"{word} {row}")
    ended = bench.run()
    for word, change in zip(words, Change, strict=True):
        assert [change_of(ended[f"{word} {row}"]) for row in range(2)] == [change, change]


def test_a_batch_makes_one_outcome_for_each_word() -> None:
    """Not one for each of a thousand contacts."""
    emails = [(f"{n}@b.c", "CREATED" if n % 3 else "UPDATED") for n in range(30)]
    bench = ApiBench(on_poll=lambda _id, _number: done(emails))
    for email, _ in emails:
        bench.submit(email, email)
    assert len({id(outcome) for outcome in bench.run().values()}) == 2


@pytest.mark.parametrize("words", [*permutations(["CREATED", "UPDATED"]), ("CREATED", "CREATED")])
def test_of_two_words_for_an_email_the_one_that_says_more_counts(words: tuple[str, ...]) -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([("a@b.c", word) for word in words]))
    assert change_of(one(bench)) is Change.CREATED


def test_an_email_that_failed_and_passed_has_failed() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([("a@b.c", "FAILED"), ("a@b.c", "UPDATED")]))
    assert detail(one(bench)) == "its transaction says FAILED"


def test_an_email_that_is_not_mentioned_is_sent_once_more() -> None:
    bench = ApiBench(on_poll=lambda identity, _number: done([]) if identity == "t1" else None)
    assert isinstance(one(bench), Delivered)
    assert len(bench.batches) == 2


def test_of_an_email_that_is_never_mentioned_nobody_knows() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([]))
    assert doubt(one(bench)) == "two transactions left it out"
    assert len(bench.batches) == 2
    assert ["leave contacts out" in line for line in bench.log] == [True]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"data": None},
        {"data": {"results": 7}},
        {"data": {"results": {"a@b.c": "CREATED"}}},
        {"results": [{"email": "a@b.c", "status": "CREATED"}]},
    ],
)
def test_a_done_without_results_mentions_nobody(data: dict[str, object]) -> None:
    odd = answer({"transactionId": "t", "status": "DONE", **data})
    bench = ApiBench(on_poll=lambda _id, _number: odd)
    assert doubt(one(bench)) == "two transactions left it out"
    assert ["no list of results" in line for line in bench.log] == [True]


def test_results_for_others_are_ignored_and_counted_in_the_log() -> None:
    rows = [("x@b.c", "FAILED"), ("a@b.c", "CREATED"), ("y@b.c", "CREATED")]
    bench = ApiBench(on_poll=lambda _id, _number: done(rows))
    assert isinstance(one(bench), Delivered)
    assert bench.log == [
        "A transaction listed 2 contacts that were not in its batch; they are ignored."
    ]


def test_a_batch_that_was_sent_again_stays_so_when_it_is_halved() -> None:
    taken: Counter[str] = Counter()

    def on_batch(contacts: list[dict[str, Any]]) -> Answer | None:
        if len(contacts) > 1 and len(bench.batches) % 2 == 0:
            return Response(400)
        taken.update(contact["email"] for contact in contacts)
        return None

    bench = ApiBench(on_poll=lambda _id, _number: done([]), on_batch=on_batch)
    for number in range(8):
        bench.submit(f"{number}@b.c", str(number))
    ended = bench.run()
    assert all(isinstance(outcome, Refused) for outcome in ended.values())
    assert set(taken.values()) == {2}


def test_what_failed_once_is_sent_once_more() -> None:
    def on_poll(identity: str, _number: int) -> Answer | None:
        return done([("a@b.c", "FAILED"), ("b@b.c", "CREATED")]) if identity == "t1" else None

    bench = ApiBench(on_poll=on_poll)
    bench.submit("a@b.c", "1", plan="pro")
    bench.submit("b@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert bench.batches[1] == bench.batches[0][:1]
