"""Transactions in forms that are not documented: what is read, and what nobody knows."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.verdicts import read_verdict
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import Answer, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, detail, done, doubt, one
from unit_tests.delivery.odd_answers import JSON

CREATED = {"results": [{"email": "a@b.c", "status": "CREATED"}]}
UNEXPECTED = "answer about a batch of contacts is not in the documented form"


def taken_as(identity: object) -> ApiBench:
    """Takes each batch under one id."""
    bench = ApiBench(on_batch=lambda _contacts: answer({"transactionId": identity}))
    bench.taken[str(identity)] = (bench.time, ["a@b.c"])
    return bench


@pytest.mark.parametrize("identity", [7, 0, 2**63])
def test_an_id_may_be_a_number(identity: int) -> None:
    bench = taken_as(identity)
    assert isinstance(one(bench), Delivered)
    assert bench.polls == [str(identity)]


@pytest.mark.parametrize("more", [{}, {"transactionId": "t1"}, {"transactionId": 1}])
def test_a_batch_may_be_done_at_once(more: dict[str, object]) -> None:
    at_once = answer({"status": "DONE", "data": CREATED, **more})
    bench = ApiBench(on_batch=lambda _contacts: at_once)
    assert isinstance(one(bench), Delivered)
    assert (len(bench.batches), bench.polls) == (1, [])


def test_what_is_done_at_once_without_an_id_may_fail() -> None:
    failed = {"results": [{"email": "a@b.c", "status": "FAILED"}]}
    bench = ApiBench(on_batch=lambda _contacts: answer({"status": "DONE", "data": failed}))
    assert detail(one(bench)) == "its transaction says FAILED"


def test_what_is_done_at_once_and_leaves_somebody_out_is_asked_about() -> None:
    at_once = answer({"status": "DONE", "data": {"results": []}, "transactionId": "t1"})
    bench = ApiBench(on_batch=lambda _contacts: at_once)
    assert isinstance(one(bench), Delivered)
    assert (len(bench.batches), bench.polls) == (1, ["t1"])


@pytest.mark.parametrize("words", [str.lower, str.title, lambda w: w.replace("_", "-")])
def test_words_may_be_in_another_case(words: Callable[[str], str]) -> None:
    stages = ["PENDING", "NOT_EXIST", "DONE"]

    def on_poll(_identity: str, number: int) -> Answer:
        rows = {"results": [{"email": "a@b.c", "status": words("NO_CHANGE")}]}
        return answer({"status": words(stages[number - 1]), "data": rows})

    bench = ApiBench(on_poll=on_poll)
    assert isinstance(one(bench), Delivered)
    assert (len(bench.batches), len(bench.polls), bench.log) == (1, 3, [])


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ("zo\u00eb@b.c", "zoe\u0308@b.c"),
        ("a@b\u00fccher.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "A@B\u00dcCHER.example"),
        ("a@stra\u00dfe.example", "a@xn--strae-oqa.example"),
        ("a@stra\u00dfe.example", "a@strasse.example"),
        ("\uff21da@b.c", "ada@b.c"),
        ("\ufb01@b.c", "FI@b.c"),
    ],
)
def test_an_email_may_come_back_in_another_form(sent: str, named: str) -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([(named, "UPDATED")]))
    assert isinstance(one(bench, sent), Delivered)
    assert bench.log == []


def test_of_two_emails_that_look_alike_none_is_guessed() -> None:
    sent = ["\ufb01@b.c", "f\u0131\u0307@b.c", "fi@b.c"]
    response = done([("\uff46i@b.c", "CREATED"), ("fi@b.c", "FAILED")])
    verdict = read_verdict(response, sent)
    assert verdict is not None
    assert verdict.delivered == {}
    assert verdict.failed == {"fi@b.c": "FAILED"}
    assert verdict.unknown == 1


def test_another_spelling_does_not_overrule_the_email_itself() -> None:
    verdict = read_verdict(done([("\ufb01@b.c", "FAILED"), ("fi@b.c", "CREATED")]), ["fi@b.c"])
    assert verdict is not None
    assert (list(verdict.delivered), verdict.unknown) == (["fi@b.c"], 1)


@pytest.mark.parametrize("meta", ["SUCCESS", "FAILURE"])
def test_a_transaction_may_fail_as_a_whole(meta: str) -> None:
    failed = answer({"status": "Failed"}, meta={"status": meta}, errors=[{"errorCode": "DB_DOWN"}])
    bench = ApiBench(on_poll=lambda _id, _number: failed)
    assert detail(one(bench)) == "its transaction says FAILED: DB_DOWN"


def test_a_success_in_a_transaction_that_failed_is_not_believed() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: answer({"status": "FAILED", "data": CREATED}))
    assert "FAILED as a whole" in doubt(one(bench))


def test_pages_are_told_of_and_leave_the_others_unconfirmed() -> None:
    def on_poll(identity: str, _number: int) -> Answer:
        rows = CREATED if identity == "t1" else {"results": []}
        data = {"status": "DONE", "data": rows}
        return answer(data, pagination={"pageNumber": 1, "totalPages": 2})

    bench = ApiBench(on_poll=on_poll)
    bench.submit("a@b.c", "1")
    bench.submit("d@b.c", "2")
    ended = bench.run()
    assert isinstance(ended["1"], Delivered)
    assert doubt(ended["2"]) == "two transactions left it out"
    (warning,) = bench.log
    assert UNEXPECTED in warning
    assert "pages" in warning


@pytest.mark.parametrize(
    "odd",
    [
        answer({"state": "DONE", "data": CREATED}),
        answer({"status": ["DONE"], "data": CREATED}),
        answer([{"email": "a@b.c", "status": "CREATED"}], pagination={"totalPages": 1}),
        answer(CREATED),
    ],
)
def test_an_answer_in_an_unknown_form_is_asked_for_again_and_not_confirmed(odd: Response) -> None:
    bench = ApiBench(on_poll=lambda _id, _number: odd)
    bench.submit("a@b.c", "1")
    bench.submit("d@b.c", "2")
    ended = bench.run()
    assert ["form that is not documented" in doubt(ended[t]) for t in "12"] == [True] * 2
    assert (len(bench.batches), len(bench.polls)) == (1, 5)
    assert [UNEXPECTED in line for line in bench.log] == [True]
    assert bench.time < 1_030


def test_a_write_answered_in_an_unknown_form_is_not_confirmed() -> None:
    bench = ApiBench(on_batch=lambda _contacts: answer(CREATED))
    assert "form that is not documented" in doubt(one(bench))
    assert len(bench.batches) == 5
    assert [UNEXPECTED in line for line in bench.log] == [True]


def test_a_status_that_is_not_documented_may_still_become_done() -> None:
    slow = answer({"status": "QUEUED"})
    bench = ApiBench(on_poll=lambda _id, number: slow if number < 8 else None)
    assert isinstance(one(bench), Delivered)
    assert (len(bench.batches), bench.log) == (1, [])


def test_a_status_that_is_not_documented_and_stays_is_not_confirmed() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: answer({"status": "ARCHIVED"}))
    assert "not done after" in doubt(one(bench))
    assert [UNEXPECTED in line for line in bench.log] == [True]
    assert "ARCHIVED" not in bench.log[0]


WORDS = st.sampled_from(["CREATED", "updated", "No Change", "FAILED", "failed", "ON_HOLD", "", 7])
ROWS = st.lists(
    st.fixed_dictionaries({"email": st.sampled_from(["a@b.c", "A@b.c ", "d@b.c"]), "status": WORDS})
    | JSON,
    max_size=4,
)
STAGES = st.sampled_from(["DONE", "done", "FAILED", "PENDING", "LOST", None, 7])
DATA = st.fixed_dictionaries(
    {}, optional={"status": STAGES, "data": st.fixed_dictionaries({"results": ROWS}) | JSON}
)


@given(st.lists(DATA | JSON, min_size=1, max_size=4), st.lists(DATA | JSON, min_size=1, max_size=4))
def test_only_what_says_so_is_delivered_or_failed(writes: list[Any], polls: list[Any]) -> None:
    said: list[Any] = []

    def answering(data: list[Any], number: int) -> Response:
        said.append(data[number % len(data)])
        return answer(said[-1])

    bench = ApiBench(on_poll=lambda _id, number: answering(polls, number))
    bench.taken = defaultdict(lambda: (bench.time, ["a@b.c"]))
    # Each second answer to a write is a good one.
    bench.on_batch = lambda _c: (
        answering(writes, len(bench.batches)) if len(bench.batches) % 2 else None
    )
    outcome = one(bench)
    assert isinstance(outcome, Delivered | Refused | GaveUp | Stopped)
    text = str(said).lower()
    assert not isinstance(outcome, Delivered) or any(
        word in text for word in ("created", "updated", "no change")
    )
    assert not has_failed(outcome) or "failed" in text


def has_failed(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Refusal.CONTACT_FAILED
