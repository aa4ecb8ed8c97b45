"""Contacts over a fake API: batches, merging, verdicts, and every odd answer it could give."""

from collections import Counter
from itertools import pairwise
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from destination_inflection.mapping.values.email_keys import email_key
from unit_tests.delivery.contacts.fake_api import PENDING, ApiBench, answer, done, refusal
from unit_tests.delivery.fake_transport import FakeCall


def kinds(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {ticket: type(outcome).__name__ for ticket, outcome in outcomes.items()}


def one(bench: ApiBench, email: str = "a@b.c") -> Outcome:
    """Sends one contact through; returns what became of it."""
    bench.submit(email, "1")
    return bench.run()["1"]


def detail(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CONTACT_FAILED
    return outcome.detail


# How many requests it takes


def test_a_batch_costs_a_write_and_a_question() -> None:
    bench = ApiBench(takes=0.1, settles=0.3)
    for number in range(40_000):
        bench.submit(f"{number}@b.c", str(number))
        if not number % 1000:
            bench.step(0.02)
    assert kinds(bench.run()) == {str(number): "Delivered" for number in range(40_000)}
    assert len(bench.batches) == 40
    assert bench.contacts.traffic.requests <= ceil(40 * 2 * 1.05)


def test_the_first_question_comes_later_where_transactions_take_long() -> None:
    bench = ApiBench(settles=5)
    for number in range(30_000):
        bench.submit(f"{number}@b.c", str(number))
        if not number % 1000:
            bench.step(20)
    bench.run()
    polls = Counter(bench.polls)
    assert sum(polls[f"t{number}"] for number in range(20, 30)) <= 11


@pytest.mark.no_cover  # too many steps to be traced in time
def test_one_slow_transaction_does_not_slow_the_others() -> None:
    bench = ApiBench(settles=0.3)
    bench.on_poll = lambda identity, _number: (
        PENDING if identity == "t3" and bench.time < 1100 else None
    )
    for number in range(400_000):
        bench.submit(f"{number}@b.c", str(number))
        if not number % 1000:
            bench.step(0.02)
    bench.contacts.flush()
    bench.step(10)
    assert bench.contacts.pending_calls == 1000


def test_an_email_in_upper_case_is_the_same_in_any_alphabet() -> None:
    small, capital = "\u03bd\u03b9\u03ba\u03bf\u03c3@b.c", "\u039d\u0399\u039a\u039f\u03a3@b.c"
    bench = ApiBench(on_poll=lambda _id, _number: done([(small, "CREATED")]))
    bench.contacts.submit(FakeCall(email_key(capital), b'{"email":"x"}', "contact"), "1")
    assert kinds(bench.run()) == {"1": "Delivered"}


@pytest.mark.no_cover  # too many steps to be traced in time
def test_when_delivery_is_full_batches_still_fill_up() -> None:
    bench = ApiBench(takes=0.1, settles=0.3)
    number = 0
    while number < 200_000:
        while bench.contacts.has_room and number < 200_000:
            bench.submit(f"{number}@b.c", str(number))
            number += 1
        bench.step(0.01)
    bench.run()
    assert len(bench.batches) == 200


def test_nobody_waits_longer_than_ten_seconds_for_company() -> None:
    bench = ApiBench()
    bench.submit("a@b.c", "1")
    bench.step(9.9)
    assert not bench.batches
    bench.step(0.2)
    assert len(bench.batches) == 1


def test_the_end_of_the_input_sends_what_is_there() -> None:
    bench = ApiBench()
    assert isinstance(one(bench), Delivered)
    assert bench.time < 1001


def test_a_batch_is_closed_before_it_grows_too_large() -> None:
    bench = ApiBench()
    for number in range(200):
        bench.submit(f"{number}@b.c", str(number), text="x" * 30_000)
        bench.step(0)
    bench.run()
    assert [len(batch) for batch in bench.batches] == [140, 60]


# One email at a time


def test_rows_of_one_email_are_merged_the_newest_wins() -> None:
    bench = ApiBench()
    bench.submit("a@b.c", "1", plan="free", city="Ulm", big=2**70)
    bench.submit("A@B.c ", "2", plan="paid", city=None)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    merged = {"plan": "paid", "city": None, "big": 2**70}
    assert bench.batches == [[{"email": "A@B.c ", "properties": merged}]]


def test_an_email_on_its_way_waits() -> None:
    bench = ApiBench(takes=0.1, settles=1)
    bench.submit("a@b.c", "1", n=1)
    bench.contacts.flush()
    bench.step(0.2)
    bench.submit("a@b.c", "2", n=2)
    bench.submit("a@b.c", "3", n=3)
    bench.contacts.flush()
    bench.step(0.5)
    assert len(bench.batches) == 1
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered", "3": "Delivered"}
    assert [batch[0]["properties"]["n"] for batch in bench.batches] == [1, 3]


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(0, 3))
def test_every_call_ends_once_and_the_last_write_of_an_email_is_its_newest(
    people: list[int], pauses: int
) -> None:
    bench = ApiBench(takes=0.1, settles=0.3)
    flying: set[str] = set()
    newest: dict[str, int] = {}

    def on_batch(contacts: list[dict[str, Any]]) -> None:
        for contact in contacts:
            assert contact["email"] not in flying
            flying.add(contact["email"])
            newest[contact["email"]] = contact["properties"]["n"]

    def on_poll(identity: str, _number: int) -> None:
        since, emails = bench.taken[identity]
        if bench.time >= since + bench.settles:
            flying.difference_update(emails)

    bench.on_batch, bench.on_poll = on_batch, on_poll
    for number, person in enumerate(people):
        bench.submit(f"{person}@b.c", str(number), n=number)
        if pauses and not number % pauses:
            bench.contacts.flush()
            bench.step(0.15)
    assert len(bench.run()) == len(people)
    assert newest == {f"{person}@b.c": number for number, person in enumerate(people)}


# Verdicts


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
    assert detail(ended["4"]) == "its transaction says ON_HOLD"


def test_an_email_that_failed_and_passed_has_failed() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([("a@b.c", "FAILED"), ("a@b.c", "UPDATED")]))
    assert detail(one(bench)) == "its transaction says FAILED"


def test_an_email_that_is_not_mentioned_is_sent_once_more() -> None:
    bench = ApiBench(on_poll=lambda identity, _number: done([]) if identity == "t1" else None)
    assert isinstance(one(bench), Delivered)
    assert len(bench.batches) == 2


def test_an_email_that_is_never_mentioned_has_failed() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([]))
    assert detail(one(bench)) == "two transactions did not mention it"
    assert len(bench.batches) == 2


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": {"results": 7}}])
def test_a_done_without_results_mentions_nobody(data: dict[str, object]) -> None:
    odd = answer({"transactionId": "t", "status": "DONE", **data})
    assert detail(one(ApiBench(on_poll=lambda _id, _number: odd))) == (
        "two transactions did not mention it"
    )


def test_results_for_others_are_ignored_and_counted_in_the_log() -> None:
    rows = [("x@b.c", "FAILED"), ("a@b.c", "CREATED"), ("y@b.c", "CREATED")]
    bench = ApiBench(on_poll=lambda _id, _number: done(rows))
    assert isinstance(one(bench), Delivered)
    assert bench.log == ["A transaction spoke of 2 contacts that were not sent in it: ignored."]


def test_a_merged_contact_that_fails_costs_the_bad_row_alone() -> None:
    def on_poll(identity: str, _number: int) -> Answer:
        (contact,) = bench.batches[int(identity[1:]) - 1]
        bad = contact["properties"].get("age") == "old"
        return done([(contact["email"], "FAILED" if bad else "UPDATED")])

    bench = ApiBench(on_poll=on_poll)
    bench.submit("a@b.c", "1", plan="free")
    bench.submit("a@b.c", "2", age="old")
    bench.submit("a@b.c", "3", plan="paid")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Refused", "3": "Delivered"}


@pytest.mark.parametrize("bad", [{0}, {31}, {63}, {5, 6, 40}])
def test_of_many_merged_rows_the_bad_ones_are_found_by_halving(bad: set[int]) -> None:
    def on_poll(identity: str, _number: int) -> Answer:
        (contact,) = bench.batches[int(identity[1:]) - 1]
        failed = any(f"bad{number}" in contact["properties"] for number in bad)
        return done([(contact["email"], "FAILED" if failed else "UPDATED")])

    bench = ApiBench(on_poll=on_poll)
    for number in range(64):
        bench.submit("a@b.c", str(number), n=number, **{f"bad{number}": 1})
    ended = bench.run()
    assert {int(t) for t, outcome in ended.items() if isinstance(outcome, Refused)} == bad
    assert len(bench.batches) <= 1 + 12 * len(bad)
    order = [contact["properties"]["n"] for (contact,) in bench.batches]
    written = [n for n, batch in zip(order, bench.batches, strict=True) if n not in bad and batch]
    assert written[-1] == 63 if 63 not in bad else True


def test_an_email_that_never_passes_is_given_up_after_twenty_times() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([("a@b.c", "FAILED")]))
    for number in range(400):
        bench.submit("a@b.c", str(number))
    ended = bench.run()
    assert all(isinstance(outcome, Refused) for outcome in ended.values())
    assert len(ended) == 400
    assert len(bench.batches) < 40


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


# Transactions that take their time


def test_a_transaction_just_created_may_not_exist_yet() -> None:
    missing = answer({"transactionId": "t", "status": "NOT_EXIST"})
    bench = ApiBench(on_poll=lambda _id, number: missing if number < 4 else None)
    assert isinstance(one(bench), Delivered)
    assert len(bench.polls) == 4


@pytest.mark.parametrize("status", ["PENDING", "NOT_EXIST"])
def test_a_transaction_that_never_ends_is_tried_later_by_the_platform(status: str) -> None:
    odd = answer({"transactionId": "t", "status": status})
    bench = ApiBench(on_poll=lambda _id, _number: odd)
    outcome = one(bench)
    assert isinstance(outcome, GaveUp)
    assert "transaction was not done" in outcome.trouble
    assert 600 <= bench.time - 1000 < 640
    assert len(bench.polls) < 60  # asked less and less often


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


# Odd answers to a write


@pytest.mark.parametrize(
    "odd",
    [
        Response(200, body=b""),
        Response(200, body=b"[]"),
        Response(202, body=b"<html>"),
        answer({"status": "PENDING"}),
        answer({"transactionId": ""}),
        answer({"transactionId": 7}),
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
    assert "named 1 errors" in bench.log[0]


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


# Shutting down


def test_shutting_down_still_asks_about_what_was_taken() -> None:
    bench = ApiBench(takes=0.1, settles=1)
    bench.submit("a@b.c", "1")
    bench.contacts.flush()
    bench.step(0.3)
    bench.submit("a@b.c", "2")
    bench.submit("c@b.c", "3")
    bench.contacts.shut_down()
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Interrupted", "3": "Interrupted"}
    assert len(bench.batches) == 1
    assert bench.ended[0][1] == Interrupted(0)


def test_shutting_down_asks_at_once_about_what_would_be_asked_late() -> None:
    bench = ApiBench(settles=4)
    bench.submit("a@b.c", "1")
    bench.contacts.flush()
    bench.step(3.9)
    before = len(bench.polls)
    bench.time += 0.2
    bench.contacts.shut_down()
    bench.step(0.0)
    bench.step(0.01)
    assert len(bench.polls) == before + 1
    assert kinds(dict(bench.ended)) == {"1": "Delivered"}


def written(bench: ApiBench, *emails: str) -> None:
    """Lets a contact of each email be taken, in a batch of its own."""
    for email in emails:
        bench.submit(email, email)
        bench.contacts.flush()
        bench.step(0.01)
    assert len(bench.batches) == len(emails)


def shut_down(bench: ApiBench) -> dict[str, Outcome]:
    """Shuts down; returns what ended within the ten seconds that there are."""
    bench.contacts.shut_down()
    before = bench.time
    outcomes = bench.run(at_most=10.0)
    assert bench.time - before <= 10.0
    return outcomes


def test_shutting_down_asks_about_what_is_due_but_has_no_connection_yet() -> None:
    bench = ApiBench(connections=1, settles=3.0)
    written(bench, "a@b.c", "d@b.c", "e@b.c")
    bench.takes = 1.0
    bench.submit("f@b.c", "f@b.c")
    bench.contacts.flush()
    bench.step(0.9)  # all three are due, and the only connection is busy with a write
    assert bench.polls == []
    outcomes = shut_down(bench)
    assert set(kinds(outcomes).values()) == {"Delivered"}
    assert len(outcomes) == 4


TROUBLES: dict[str, Answer] = {
    "429": Response(429),
    "503": Response(503),
    "a reset": Failure(FailureKind.BROKEN),
    "a time-out": Failure(FailureKind.TIMEOUT),
    "pending": PENDING,
    "not there yet": answer({"transactionId": "t1", "status": "NOT_EXIST"}),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
@pytest.mark.parametrize("before", [0.0, 0.6, 1.2, 9.0, 200.0])
def test_shutting_down_goes_on_asking_whatever_the_answer_was(
    trouble: Answer, before: float
) -> None:
    bench = ApiBench(on_poll=lambda _id, _number: trouble if bench.time < mended else None)
    mended = bench.time + before + 5.0
    written(bench, "a@b.c")
    bench.step(before)
    assert kinds(shut_down(bench)) == {"a@b.c": "Delivered"}
    assert bench.time - mended <= 1.0
    assert len(bench.batches) == 1


def test_shutting_down_asks_at_least_once_a_second() -> None:
    bench = ApiBench(settles=1e9, takes=0.1)
    written(bench, "a@b.c")
    bench.step(100.0)
    bench.started.clear()
    shut_down(bench)
    times = [moment for moment, _ in bench.started]
    assert len(times) >= 9
    assert all(round(after - before, 3) <= 1.1 for before, after in pairwise(times))
    assert all(after - before >= 0.1 for before, after in pairwise(times))


@pytest.mark.parametrize("resting", [True, False])
def test_shutting_down_waits_as_long_as_inflection_asks(resting: bool) -> None:
    bench = ApiBench(
        takes=0.1,
        on_poll=lambda _id, number: Response(429, {"retry-after": "4"}) if number == 1 else None,
    )
    written(bench, "a@b.c")
    bench.step(1.0 if resting else 0.65)
    assert (len(bench.polls), bool(bench.in_flight)) == (1, not resting)
    assert kinds(shut_down(bench)) == {"a@b.c": "Delivered"}
    first, second = (moment for moment, request in bench.started if request.method == "GET")
    assert second - first >= 4.0


def test_what_is_taken_while_shutting_down_is_asked_about_soon() -> None:
    bench = ApiBench(settles=20.0)
    for number in range(20):
        bench.submit(f"{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(60.0)
    bench.takes, bench.settles = 0.5, 0.0
    bench.submit("a@b.c", "last")
    bench.contacts.flush()
    bench.step(0.1)
    before = bench.time
    assert kinds(shut_down(bench))["last"] == "Delivered"
    assert bench.time - before <= 2.0


@pytest.mark.parametrize("trouble", [Response(503), Failure(FailureKind.BROKEN)])
@pytest.mark.parametrize("resting", [True, False])
def test_a_write_that_was_not_taken_is_not_tried_again_while_shutting_down(
    trouble: Answer, resting: bool
) -> None:
    bench = ApiBench(takes=0.1, on_batch=lambda _contacts: trouble)
    bench.submit("a@b.c", "1")
    bench.contacts.flush()
    bench.step(0.25 if resting else 0.05)
    sent = len(bench.batches)
    assert kinds(shut_down(bench)) == {"1": "Interrupted"}
    assert len(bench.batches) == sent


def test_no_list_is_changed_any_more_while_shutting_down() -> None:
    bench = ApiBench(takes=0.1)
    bench.member("a@b.c", "1")
    bench.contacts.flush()
    bench.step(0.05)
    assert kinds(shut_down(bench)) == {"1": "Interrupted"}
    assert [request.method for _, request in bench.started] == ["GET"]


def test_rows_split_off_while_shutting_down_are_interrupted_at_once() -> None:
    bench = ApiBench(takes=0.5, on_poll=lambda _id, _number: done([("a@b.c", "FAILED")]))
    bench.submit("a@b.c", "1")
    bench.submit("a@b.c", "2")
    bench.contacts.flush()
    bench.step(0.6)
    bench.contacts.shut_down()
    bench.step(1.5)
    assert kinds(dict(bench.ended)) == {"1": "Interrupted", "2": "Interrupted"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_read_is_told_so(status: int) -> None:
    outcome = one(ApiBench(on_poll=lambda _id, _number: Response(status)))
    assert isinstance(outcome, Stopped)
    assert ("read" if status == 403 else "base_url") in outcome.problem


# Static lists


def requests(bench: ApiBench) -> list[str]:
    return [f"{request.method} {request.url.rpartition('/v1/')[2]}" for _, request in bench.started]


def test_members_are_looked_up_once_and_added_in_one_call() -> None:
    bench = ApiBench()
    bench.member("A@b.c", "1")
    bench.member("d@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    bench.member("a@b.c", "3")
    bench.run()
    assert sorted(requests(bench)) == [
        "GET contacts/by-email/A%40b.c",
        "GET contacts/by-email/d%40b.c",
        "POST lists/L/members",
        "POST lists/L/members",
    ]
    assert bench.bodies[2:] == [
        '{"contactIds": ["id-A@b.c", "id-d@b.c"]}',
        '{"contactIds": ["id-A@b.c"]}',
    ]


def test_of_several_rows_the_newest_membership_counts() -> None:
    bench = ApiBench()
    bench.member("a@b.c", "1")
    bench.member("a@b.c", "2", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert requests(bench)[1:] == ["DELETE lists/L/members/id-a%40b.c"]


def test_a_stranger_cant_be_added_and_need_not_be_removed() -> None:
    bench = ApiBench()
    bench.member("stranger@b.c", "1")
    bench.member("stranger2@b.c", "2", joins=False)
    ended = bench.run()
    assert isinstance(ended["1"], Refused)
    assert ended["1"].why is Refusal.UNKNOWN_CONTACT
    assert isinstance(ended["2"], Delivered)


def test_who_is_off_the_list_already_is_fine() -> None:
    gone = refusal(404, "CONTACT_NOT_FOUND")
    bench = ApiBench(on_list=lambda request: gone if request.method == "DELETE" else None)
    bench.member("a@b.c", "1", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered"}


@pytest.mark.parametrize("joins", [True, False])
def test_a_list_that_is_not_there_stops_the_sync(joins: bool) -> None:
    gone = refusal(404, "NOT_FOUND")
    bench = ApiBench(on_list=lambda request: None if request.method == "GET" else gone)
    bench.member("a@b.c", "1", joins=joins)
    (outcome,) = bench.run().values()
    assert isinstance(outcome, Stopped)
    assert "list_id" in outcome.problem


def test_two_emails_of_one_contact_both_end() -> None:
    same = answer({"id": "same"})
    bench = ApiBench(on_list=lambda request: same if "by-email" in request.url else None)
    bench.member("a@b.c", "1")
    bench.member("x@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert bench.bodies[-1] == '{"contactIds": ["same"]}'


@pytest.mark.parametrize("joins", [True, False])
@pytest.mark.parametrize(
    ("odd", "becomes"),
    [
        (Response(200, body=b"<html>"), "GaveUp"),
        (Response(404, body=b"<html>"), ""),
        (answer({}, meta={"status": "FAILURE"}), "Refused"),
        (refusal(200, "X"), "Refused"),
    ],
)
def test_an_odd_answer_about_a_list_is_not_taken_for_a_yes(
    joins: bool, odd: Response, becomes: str
) -> None:
    bench = ApiBench(on_list=lambda request: None if request.method == "GET" else odd)
    bench.member("a@b.c", "1", joins=joins)
    # A page that is not there: for a list that is to take somebody, the address is wrong.
    expected = becomes or ("Stopped" if joins else "GaveUp")
    assert kinds(bench.run()) == {"1": expected}


def test_a_removal_may_be_answered_with_nothing() -> None:
    empty = Response(204)
    bench = ApiBench(on_list=lambda request: empty if request.method == "DELETE" else None)
    bench.member("a@b.c", "1", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered"}


def vanish(bench: ApiBench, *names: str, told: bool) -> None:
    """Makes the API forget these contacts between their look-up and their addition."""

    def on_list(request: Any) -> Response | None:  # noqa: ANN401
        lost = [n for n in names if f"id-{n}" in request.body.decode()]
        if request.method != "POST" or not lost:
            return None
        said = ", ".join(f"id-{n}" for n in lost) if told else "some"
        errors = [{"errorCode": "CONTACTS_NOT_FOUND", "message": "skipped", "detail": said}]
        return answer({"added": 0}, errors=errors)

    bench.on_list = on_list


@pytest.mark.parametrize("told", [True, False])
def test_contacts_that_vanished_are_found_whether_named_or_not(told: bool) -> None:
    bench = ApiBench()
    vanish(bench, "3@b.c", "7@b.c", told=told)
    for number in range(9):
        bench.member(f"{number}@b.c", str(number))
    ended = bench.run()
    refused = {t: o.why for t, o in ended.items() if isinstance(o, Refused)}
    assert refused == {"3": Refusal.UNKNOWN_CONTACT, "7": Refusal.UNKNOWN_CONTACT}
    assert len(ended) == 9


def test_a_person_is_written_before_joining_a_list() -> None:
    bench = ApiBench(takes=0.1, settles=0.5)
    bench.submit("a@b.c", "1")
    bench.member("a@b.c", "2")
    bench.submit("a@b.c", "3")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered", "3": "Delivered"}
    assert [name.split("/")[0] + name.split("/")[1] for name in requests(bench)] == [
        "POST contactsbatch",
        "GET contactstransactions",
        "GET contactsby-email",
        "POST listsL",
        "POST contactsbatch",
        "GET contactstransactions",
    ]
