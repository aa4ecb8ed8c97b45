"""Whatever the Developer API answers, each call ends, and only a verdict makes it delivered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, done, one
from unit_tests.delivery.odd_answers import ANSWERS, DEEP_WORDS


@given(
    st.lists(ANSWERS, min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=6),
)
def test_each_call_ends_once_and_nothing_stays_occupied(
    answers: list[Answer], calls: list[tuple[str, bool]]
) -> None:
    bench = ApiBench(takes=0.1)
    bench.answer = lambda number, _request: answers[number % len(answers)]
    for number, (who, is_member) in enumerate(calls):
        send = bench.member if is_member else bench.submit
        send(f"{who}@b.c", str(number))
    ended = bench.run(at_most=50_000)
    assert sorted(ended) == [str(number) for number in range(len(calls))]
    assert all(isinstance(e, Delivered | Refused | GaveUp | Stopped) for e in ended.values())
    assert bench.in_flight == {}
    assert bench.contacts.has_room
    assert bench.contacts._pending_bytes == 0
    assert bench.contacts._lanes._lanes == {}


@pytest.mark.parametrize("body", DEEP_WORDS)
def test_what_is_nested_deeply_is_no_word(body: str) -> None:
    bench = ApiBench()
    bench.answer = lambda _number, _request: Response(200, body=body.encode())
    bench.submit("a@b.c", "1")
    bench.member("b@b.c", "2")
    assert len(bench.run()) == 2


def too_long(body: object) -> Response:
    """An answer whose beginning, if one believed it, would be a good answer."""
    return Response(200, body=json.dumps(body).encode() + b"   ", is_cut=True)


GOOD = json.loads(answer({"transactionId": "t1", "status": "PENDING", "id": "1"}).body)
DONE = json.loads(done([("a@b.c", "CREATED")]).body)


def not_confirmed(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Refusal.NOT_CONFIRMED


def test_a_write_answered_at_too_great_length_is_asked_again_and_never_delivered() -> None:
    bench = ApiBench(on_batch=lambda _contacts: too_long(GOOD))
    for number in range(1_000):
        bench.submit(f"{number}@b.c", str(number))
    ended = bench.run()
    assert len(ended) == 1_000
    assert all(not_confirmed(outcome) for outcome in ended.values())
    assert (len(bench.batches), bench.polls) == (5, [])


def test_a_verdict_that_is_too_long_is_asked_for_again_and_never_delivered() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: too_long(DONE))
    bench.submit("a@b.c", "1", n=1)
    bench.submit("a@b.c", "2", n=2)
    ended = bench.run()
    assert all(not_confirmed(outcome) for outcome in ended.values())
    assert (len(ended), len(bench.batches), len(bench.polls)) == (2, 1, 5)


def test_a_verdict_that_is_too_long_once_is_asked_for_again() -> None:
    bench = ApiBench(on_poll=lambda _id, number: too_long(DONE) if number < 5 else None)
    assert isinstance(one(bench), Delivered)
    assert bench.contacts.traffic.retries == {"HTTP 200, too long to be read": 4}


def test_what_is_too_long_is_counted_for_each_call_anew() -> None:
    def on_poll(_identity: str, number: int) -> Answer | None:
        return too_long(DONE) if number % 5 else done([(f"{number}@b.c", "CREATED")])

    bench = ApiBench(on_poll=on_poll)
    bench.on_batch = lambda _contacts: answer({"transactionId": "t1"})
    for number in (5, 10):
        bench.submit(f"{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(0.0)  # each is a batch of its own, and Inflection gives both the same id
    assert all(isinstance(outcome, Delivered) for outcome in bench.run().values())
    assert len(bench.polls) == 10


@pytest.mark.parametrize("joins", [True, False])
@pytest.mark.parametrize("at", ["by-email", "/members"])
def test_what_a_list_answers_at_too_great_length_is_never_delivered(at: str, joins: bool) -> None:
    def on_list(request: Request) -> Answer | None:
        return too_long(GOOD) if at in request.url else None

    bench = ApiBench(on_list=on_list)
    for number in range(4):
        bench.member(f"{number}@b.c", str(number), joins=joins)
    ended = bench.run()
    assert all(not_confirmed(outcome) for outcome in ended.values())
    asked_once = 1 if joins and at == "/members" else 4
    assert sum(at in request.url for _, request in bench.started) == 5 * asked_once


@pytest.mark.parametrize(("characters", "delivered"), [(1_000, True), (1_001, False)])
def test_an_id_that_no_url_can_hold_is_none(characters: int, delivered: bool) -> None:
    identity = "t" * characters
    bench = ApiBench(on_batch=lambda _contacts: answer({"transactionId": identity}))
    bench.taken[identity] = (bench.time, ["a@b.c"])
    assert isinstance(one(bench), Delivered) == delivered
