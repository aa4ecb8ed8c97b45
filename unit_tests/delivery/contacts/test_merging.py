"""Rows of one email: merged, kept in order, and split again when the contact is refused."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.batches import Row, by_age
from destination_inflection.delivery.outcomes import (
    Refused,
)
from destination_inflection.delivery.seam import Cursor
from destination_inflection.delivery.transport.seam import Answer
from unit_tests.delivery.contacts.fake_api import ApiBench, done, kinds


def test_rows_of_one_email_are_merged_the_newest_wins() -> None:
    bench = ApiBench()
    bench.submit("a@b.c", "1", plan="free", city="Ulm", big=2**70)
    bench.submit("A@B.c ", "2", plan="paid", city=None)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    merged = {"plan": "paid", "city": None, "big": 2**70}
    assert bench.batches == [[{"email": "A@B.c ", "properties": merged}]]


OLD: Final = ("time", "2026-01-31T11:59:59")
NEW: Final = ("time", "2026-01-31T12:00:00")


@pytest.mark.parametrize(
    ("cursors", "newest"),
    [
        ([None, None, None], 2),
        ([NEW, OLD], 0),
        ([OLD, NEW], 1),
        ([NEW, NEW], 1),
        ([("number", 10), ("number", 9.5)], 0),
        ([("number", Decimal(10)), ("number", 9)], 0),
        ([("text", "b"), ("text", "a")], 0),
        ([OLD, NEW, OLD], 1),
        # What can't be compared stays where it was read.
        ([NEW, None], 1),
        ([None, NEW], 1),
        ([NEW, ("number", 1)], 1),
        ([NEW, ("text", "2026")], 1),
        ([NEW, OLD, None], 2),
        # The newer of the two that can be compared takes the place of the later one.
        ([NEW, None, OLD], 0),
        ([("number", 2), NEW, ("number", 1), OLD], 1),
    ],
)
def test_the_row_with_the_later_cursor_is_the_newest(
    cursors: list[Cursor | None], newest: int
) -> None:
    bench = ApiBench()
    for number, cursor in enumerate(cursors):
        bench.submit("a@b.c", str(number), cursor, n=number, **{f"only_{number}": number})
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    ((contact,),) = bench.batches
    assert contact["properties"].pop("n") == newest
    assert contact["properties"] == {f"only_{n}": n for n in range(len(cursors))}


def test_a_property_that_only_an_older_row_has_stays() -> None:
    bench = ApiBench()
    bench.submit("A@b.c", "1", NEW, plan="paid", city=None)
    bench.submit("a@b.c", "2", OLD, plan="free", city="Ulm", seats=3)
    bench.run()
    merged = {"plan": "paid", "city": None, "seats": 3}
    assert bench.batches == [[{"email": "A@b.c", "properties": merged}]]


def test_rows_that_are_sent_apart_are_sent_in_the_order_of_their_cursors() -> None:
    def on_poll(identity: str, _number: int) -> Answer:
        (contact,) = bench.batches[int(identity[1:]) - 1]
        failed = "bad" in contact["properties"]
        return done([(contact["email"], "FAILED" if failed else "UPDATED")])

    bench = ApiBench(on_poll=on_poll)
    bench.submit("a@b.c", "new", NEW, n=2)
    bench.submit("a@b.c", "bad", OLD, bad=1)
    bench.submit("a@b.c", "old", OLD, n=1)
    assert kinds(bench.run()) == {"new": "Delivered", "bad": "Refused", "old": "Delivered"}
    assert bench.batches[-1] == [{"email": "a@b.c", "properties": {"n": 2}}]


@given(st.lists(st.none() | st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=8))
def test_rows_in_the_order_of_their_age_stay_so(cursors: list[Cursor | None]) -> None:
    rows = [Row(b"", number, cursor) for number, cursor in enumerate(cursors)]
    aged = by_age(rows)
    assert by_age(aged) == aged
    assert sorted(row.ticket for row in aged) == list(range(len(rows)))
    for kind in "ab":
        alike = [row for row in aged if row.cursor is not None and row.cursor[0] == kind]
        assert alike == sorted(alike, key=lambda row: (row.cursor, row.ticket))
    assert all(a == b for a, b in zip(rows, aged, strict=True) if a.cursor is None)


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
    assert len(bench.batches) <= 1 + 14 * len(bad)
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


def test_refusals_are_forgotten_when_a_part_passes() -> None:
    bad = set(range(0, 120, 4))

    def on_poll(identity: str, _number: int) -> Answer:
        (contact,) = bench.batches[int(identity[1:]) - 1]
        failed = any(f"bad{number}" in contact["properties"] for number in bad)
        return done([(contact["email"], "FAILED" if failed else "UPDATED")])

    bench = ApiBench(on_poll=on_poll)
    for number in range(120):
        bench.submit("a@b.c", str(number), **{f"bad{number}": 1})
    ended = bench.run()
    assert {int(t) for t, outcome in ended.items() if isinstance(outcome, Refused)} == bad
