"""Batches on which the endpoint fails: what breaks it stands alone, and an outage costs little."""

from collections.abc import Callable, Collection
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import Delivered, GaveUp, Refusal, Refused
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from unit_tests.delivery.contacts.fake_api import ApiBench, kinds
from unit_tests.delivery.fake_transport import BEGINNING

BROKEN = Response(500)
LATE = Failure(FailureKind.TIMEOUT)
Contacts = list[dict[str, Any]]


def breaks_on(bad: Collection[int], odd: Answer = BROKEN) -> Callable[[Contacts], Answer | None]:
    emails = {f"{number}@b.c" for number in bad}
    return lambda contacts: odd if any(c["email"] in emails for c in contacts) else None


def sent(bench: ApiBench, count: int) -> ApiBench:
    for number in range(count):
        bench.submit(f"{number}@b.c", str(number))
    return bench


def broken(outcomes: dict[str, Any]) -> list[int]:
    """The contacts that were told to break the endpoint; all others must have been delivered."""
    found = {
        int(ticket)
        for ticket, outcome in outcomes.items()
        if isinstance(outcome, Refused) and outcome.why is Refusal.BREAKS_ENDPOINT
    }
    rest = [outcome for ticket, outcome in outcomes.items() if int(ticket) not in found]
    assert all(isinstance(outcome, Delivered) for outcome in rest)
    return sorted(found)


@pytest.mark.parametrize("odd", [BROKEN, Response(504), LATE])
@pytest.mark.parametrize("bad", [[0], [613], [999], [0, 500], [0, 1, 998]])
def test_a_contact_that_breaks_the_endpoint_costs_itself(bad: list[int], odd: Answer) -> None:
    bench = sent(ApiBench(on_batch=breaks_on(bad, odd)), 1000)
    outcomes = bench.run()
    assert broken(outcomes) == bad
    first = outcomes[str(bad[0])]
    assert isinstance(first, Refused)
    assert first.status == (odd.status if isinstance(odd, Response) else None)
    assert "while other contacts were taken" in first.detail
    assert len(bench.batches) <= 5 + len(bad) * (4 * 10 + 50)


def test_it_is_found_in_a_minute_and_a_half() -> None:
    bench = sent(ApiBench(on_batch=breaks_on([613])), 1000)
    bench.run()
    assert bench.time - BEGINNING < 90


def test_a_batch_that_is_too_large_to_be_answered_in_time_is_divided() -> None:
    bench = ApiBench(on_batch=lambda contacts: Response(504) if len(contacts) > 100 else None)
    outcomes = sent(bench, 2000).run()
    assert set(kinds(outcomes).values()) == {"Delivered"}
    assert bench.time - BEGINNING < 60


def test_an_outage_of_five_minutes_costs_no_contact_and_few_requests() -> None:
    bench = ApiBench(connections=16)
    bench.on_batch = lambda _contacts: BROKEN if 1 < bench.time - began < 301 else None
    began = bench.time
    sent(bench, 4000)
    bench.step(1.5)
    for number in range(4000, 8000):
        bench.submit(f"{number}@b.c", str(number))
    outcomes = bench.run()
    assert len(outcomes) == 8000
    assert set(kinds(outcomes).values()) == {"Delivered"}
    assert len(bench.batches) < 8 * 150


def test_an_outage_that_does_not_end_is_an_outage() -> None:
    bench = sent(ApiBench(on_batch=lambda _contacts: BROKEN), 1000)
    outcomes = bench.run()
    assert set(kinds(outcomes).values()) == {"GaveUp"}
    assert 590 < bench.time - BEGINNING < 700


def test_nothing_is_told_of_fewer_than_five_others() -> None:
    few = sent(ApiBench(on_batch=breaks_on([2])), 5)
    assert isinstance(few.run()["2"], GaveUp)
    enough = sent(ApiBench(on_batch=breaks_on([2])), 6)
    assert broken(enough.run()) == [2]


def test_those_taken_more_than_a_minute_before_do_not_count() -> None:
    bench = ApiBench(on_batch=breaks_on([2]))
    for number in range(1000, 2000):
        bench.submit(f"{number}@b.c", str(number))
    assert len(bench.run()) == 1000
    bench.step(120.0)
    assert isinstance(sent(bench, 5).run()["2"], GaveUp)


def test_the_last_contact_of_a_run_is_held_against_those_of_the_minute_before() -> None:
    bench = sent(ApiBench(on_batch=breaks_on([1000])), 1000)
    assert len(bench.run()) == 1000
    bench.submit("1000@b.c", "1000")
    assert broken(bench.run()) == [1000]


def test_more_than_twenty_are_a_fault_of_the_endpoint() -> None:
    bad = list(range(0, 2000, 90))
    assert len(bad) == 23
    outcomes = sent(ApiBench(on_batch=breaks_on(bad)), 2000).run()
    ends = [outcomes[str(number)] for number in bad]
    assert sum(isinstance(end, Refused) for end in ends) == 20
    assert sum(isinstance(end, GaveUp) for end in ends) == 3


def test_a_server_that_says_when_to_come_back_did_not_break() -> None:
    busy = Response(503, {"retry-after": "20"})
    bench = ApiBench(on_batch=lambda _contacts: busy if len(bench.batches) < 10 else None)
    outcomes = sent(bench, 100).run()
    assert set(kinds(outcomes).values()) == {"Delivered"}
    assert {len(batch) for batch in bench.batches} == {100}


def test_what_waits_to_be_tried_ends_with_a_shutdown() -> None:
    bench = sent(ApiBench(on_batch=lambda _contacts: BROKEN), 1000)
    bench.contacts.flush()
    bench.step(12.0)
    assert min(len(batch) for batch in bench.batches) < 1000
    bench.contacts.shut_down()
    assert set(kinds(bench.run(at_most=60.0)).values()) == {"Interrupted"}


def test_after_a_413_batches_hold_half_as_many_bytes() -> None:
    def on_batch(contacts: Contacts) -> Answer | None:
        return Response(413) if len(contacts) > 300 else None

    bench = sent(ApiBench(on_batch=on_batch), 1_000)
    bench.run()
    learnt = len(bench.batches)
    for number in range(1_000, 10_000):
        bench.submit(f"{number}@b.c", str(number))
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert max(len(batch) for batch in bench.batches[learnt:]) <= 300


@pytest.mark.parametrize("rows", [2, 4, 8])
def test_of_a_merged_contact_only_the_row_that_breaks_is_rejected(rows: int) -> None:
    bench = ApiBench(
        on_batch=lambda contacts: (
            BROKEN if any("bad" in c["properties"] for c in contacts) else None
        )
    )
    for number in range(990):
        bench.submit(f"{number}@b.c", str(number))
    for number in range(rows):
        bench.submit("a@b.c", str(1000 + number), **({"bad": 1} if number == 1 else {"n": number}))
    assert broken(bench.run()) == [1001]
    assert bench.time - BEGINNING < 120
    assert bench.contacts._writes._dividing._judged == {}


def test_a_contact_on_which_the_endpoint_hangs_is_found_too() -> None:
    def serve(_number: int, request: Request) -> Answer:
        answer = bench.serve(request)
        bench.takes = request.timeout if answer is LATE else 0.0
        return answer

    bench = ApiBench(on_batch=breaks_on([613], LATE))
    bench.answer = serve
    assert broken(sent(bench, 1000).run()) == [613]
    assert bench.time - BEGINNING < 20 * 60


@pytest.mark.parametrize("seed", range(6))
def test_an_outage_that_ends_in_half_an_outage_blames_nobody(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - chance for a test
    bench = ApiBench(connections=16, takes=0.3)

    def on_batch(_contacts: Contacts) -> Answer | None:
        passed = bench.time - BEGINNING
        share = 1.0 if 1 < passed < 150 else 0.5 if 150 <= passed < 190 else 0.0
        return BROKEN if chance.random() < share else None

    bench.on_batch = on_batch
    for number in range(8000):
        bench.submit(f"{number}@b.c", str(number))
        if number % 1000 == 999:
            bench.step(0.3)
    assert set(kinds(bench.run()).values()) == {"Delivered"}


def test_a_small_contact_that_always_gets_a_413_does_not_shrink_the_batches() -> None:
    bench = sent(ApiBench(on_batch=breaks_on([613], Response(413))), 3000)
    outcomes = bench.run()
    assert isinstance(outcomes["613"], Refused)
    before = len(bench.batches)
    for number in range(3000, 8000):
        bench.submit(f"{number}@b.c", str(number))
    assert set(kinds(bench.run()).values()) == {"Delivered", "Refused"}
    assert len(bench.batches) - before == 5


@pytest.mark.parametrize("odd", [Response(429), Failure(FailureKind.BROKEN)])
def test_one_stray_answer_does_not_clear_a_contact_for_good(odd: Answer) -> None:
    breaks = breaks_on([613])
    bench = ApiBench(on_batch=lambda contacts: odd if len(bench.batches) == 1 else breaks(contacts))
    assert broken(sent(bench, 1000).run()) == [613]
    assert bench.time - BEGINNING < 120


@pytest.mark.parametrize("up", [3, 6, 10, 20])
def test_two_outages_in_a_row_blame_nobody(up: int) -> None:
    bench = ApiBench(connections=8, takes=0.2, settles=1)

    def is_down() -> bool:
        passed = bench.time - BEGINNING
        return 2 <= passed < 42 or 42 + up <= passed < 82 + up

    bench.on_batch = lambda _contacts: BROKEN if is_down() else None
    for number in range(10_000):
        bench.submit(f"{number}@b.c", str(number))
        if number % 200 == 199:
            bench.step(0.1)
    assert set(kinds(bench.run()).values()) == {"Delivered"}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.sets(st.integers(0, 59), max_size=6),
    st.sampled_from([0.0, 0.2]),
    st.randoms(use_true_random=False),
)
def test_whatever_breaks_each_contact_ends_once_and_no_good_one_is_blamed(
    count: int, bad: set[int], noise: float, chance: Random
) -> None:
    odd = breaks_on(bad)
    bench = ApiBench(on_batch=lambda contacts: BROKEN if chance.random() < noise else odd(contacts))
    outcomes = sent(bench, count).run()
    assert len(outcomes) == count
    for ticket, outcome in outcomes.items():
        if int(ticket) in bad:
            assert not isinstance(outcome, Delivered)
        elif noise == 0.0:
            assert isinstance(outcome, Delivered)
        else:
            assert not isinstance(outcome, Refused)
    assert bench.contacts._writes._dividing._trials == {}
    assert bench.contacts._writes._dividing._divided == {}
