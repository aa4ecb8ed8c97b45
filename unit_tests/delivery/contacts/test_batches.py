"""How many requests it takes: when a batch goes out, and when its transaction is asked about."""

from collections import Counter
from math import ceil

import pytest

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.outcomes import (
    Delivered,
)
from unit_tests.delivery.contacts.fake_api import (
    PENDING,
    ApiBench,
    kinds,
    one,
)


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
    assert sum(polls[f"t{number}"] for number in range(20, 30)) <= 15


@pytest.mark.no_cover  # too many steps to be traced in time
def test_one_slow_transaction_does_not_slow_the_others() -> None:
    bench = ApiBench(settles=0.3)
    bench.on_poll = lambda identity, _number: (
        PENDING if identity == "t3" and bench.time < 1100 else None
    )
    for number in range(100_000):
        bench.submit(f"{number}@b.c", str(number))
        if not number % 1000:
            bench.step(0.02)
    bench.contacts.flush()
    bench.step(10)
    assert bench.contacts.pending_calls == 1000


@pytest.mark.no_cover  # too many steps to be traced in time
def test_when_delivery_is_full_batches_still_fill_up() -> None:
    bench = ApiBench(takes=0.1, settles=0.3)
    number = 0
    while number < 60_000:
        while bench.contacts.has_room and number < 60_000:
            bench.submit(f"{number}@b.c", str(number))
            number += 1
        bench.step(0.01)
    bench.run()
    assert len(bench.batches) == 60


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


COMPANY = Bounds(pending_contacts=6)


def test_when_all_that_is_pending_waits_for_company_it_goes_out() -> None:
    bench = ApiBench(bounds=COMPANY)
    for number in range(6):
        bench.submit(f"{number}@b.c", str(number))
    assert not bench.contacts.has_room
    bench.step(0.1)
    assert [len(batch) for batch in bench.batches] == [6]


def test_while_there_is_room_it_waits_for_company() -> None:
    bench = ApiBench(bounds=COMPANY)
    for number in range(5):
        bench.submit(f"{number}@b.c", str(number))
    bench.step(9.9)
    assert bench.batches == []


def test_while_something_is_on_its_way_the_others_wait_for_company() -> None:
    bench = ApiBench(bounds=COMPANY, takes=1.0)
    bench.submit("0@b.c", "0")
    bench.contacts.flush()
    bench.step(0.1)
    for number in range(1, 6):
        bench.submit(f"{number}@b.c", str(number))
    assert not bench.contacts.has_room
    bench.step(0.1)
    assert [len(batch) for batch in bench.batches] == [1]
    bench.run()
    assert [len(batch) for batch in bench.batches] == [1, 5]


def test_what_has_ended_makes_room_again() -> None:
    bench = ApiBench(bounds=Bounds(pending_bytes=100))
    rooms = []
    for number in range(3):
        rooms.append(bench.contacts.has_room)
        bench.submit("a@b.c", str(number), text="x" * 100)
        rooms.append(bench.contacts.has_room)
        bench.run()
    assert rooms == [True, False] * 3
