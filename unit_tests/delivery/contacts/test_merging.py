"""Rows of one email: merged, kept in order, and split again when the contact is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import (
    Refused,
)
from destination_inflection.delivery.transport.seam import Answer
from unit_tests.delivery.contacts.fake_api import ApiBench, done, kinds


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
