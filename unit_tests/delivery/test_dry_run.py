"""A delivery that sends nothing and counts what sending would have taken."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.batches import MOST_BYTES
from destination_inflection.delivery.distinct import Counted, Distinct
from destination_inflection.delivery.dry_run import DryRun, Needs
from unit_tests.delivery.contacts.fake_api import ApiBench
from unit_tests.delivery.fake_transport import FakeCall


def contact(email: str, size: int = 100) -> FakeCall:
    return FakeCall(email, b" " * size, "contact")


def member(email: str, list_id: str = "L", *, joins: bool = True) -> FakeCall:
    body = json.dumps({"email": email, "list_id": list_id, "member": joins}).encode()
    return FakeCall(email, body, "member")


def if_known(email: str) -> FakeCall:
    body = json.dumps({"email": email, "properties": {}}).encode()
    return FakeCall(email.lower(), body, "contact_if_known")


def needs_of(calls: Iterable[FakeCall], most_emails: int = 10_000) -> Needs:
    dry: DryRun[str] = DryRun(most_emails)
    for call in calls:
        dry.submit(call, "t")
    return dry.needs


def test_a_dry_run_takes_every_call() -> None:
    dry: DryRun[int] = DryRun()
    for number in range(2_500):
        dry.submit(contact(f"{number}@b.c"), number)
    assert dry.pending_calls == 2_500
    assert [ticket for ticket, _ in dry.outcomes()] == list(range(2_500))
    assert dry.pending_calls == 0


def test_a_message_is_a_request_and_has_no_email() -> None:
    calls = [FakeCall("u", b"{}", kind) for kind in ("identify", "track", "group", "track")]
    assert needs_of(calls) == Needs(Counted(4), None)


@pytest.mark.parametrize(
    ("emails", "rows", "size", "batches"),
    [
        (2_500, 2_500, 100, 3),
        (1_000, 1_000, 100, 1),
        (1_001, 1_001, 100, 2),
        (10, 3_000, 100, 1),
        (1, 5, MOST_BYTES, 5),
        (40, 40, MOST_BYTES // 4, 10),
        (40, 40, MOST_BYTES // 4 - 1, 8),
    ],
)
def test_contacts_are_counted_in_batches_that_hold_an_email_once(
    emails: int, rows: int, size: int, batches: int
) -> None:
    calls = [contact(f"{row % emails}@b.c", size) for row in range(rows)]
    assert needs_of(calls) == Needs(Counted(2 * batches), Counted(emails))


def test_of_a_list_each_email_is_looked_up_once() -> None:
    calls = [member(f"{number % 1_500}@b.c") for number in range(3_000)]
    assert needs_of(calls) == Needs(Counted(1_500 + 3), Counted(1_500))


def test_who_leaves_a_list_costs_a_request_and_those_who_join_share_one() -> None:
    leaves = [member(f"{number}@b.c", joins=number >= 3) for number in range(10)]
    assert needs_of(leaves).requests == Counted(10 + 3 + 1)
    assert needs_of(leaves[:3]).requests == Counted(3 + 3)
    assert needs_of([*leaves, *(member(f"{n}@b.c", "other") for n in range(3))]).requests == (
        Counted(10 + 3 + 1 + 1)
    )
    back = [member("a@b.c", joins=False), member("a@b.c")]
    assert needs_of(back).requests == Counted(1 + 1), "the newest row of an email counts"


def test_beyond_the_bound_it_says_more_than() -> None:
    assert needs_of([contact(f"{n % 5}@b.c") for n in range(20)], 5).emails == Counted(5)
    assert needs_of([contact(f"{n}@b.c") for n in range(20)], 5) == Needs(
        Counted(2), Counted(5, more=True)
    )
    assert needs_of([member(f"{n}@b.c") for n in range(20)], 5) == Needs(
        Counted(5 + 1, more=True), Counted(5, more=True)
    )


@given(st.lists(st.text(max_size=3)), st.integers(1, 20))
def test_different_texts_are_counted_exactly_up_to_the_bound(texts: list[str], most: int) -> None:
    distinct = Distinct(most)
    seen: set[str] = set()
    for text in texts:
        is_counted = text not in seen and len(seen) < most
        assert distinct.add(text) == is_counted
        seen |= {text} if is_counted else set()
    different = len(set(texts))
    assert distinct.counted == Counted(min(different, most), different > most)


@pytest.mark.parametrize("kind", ["contact", "contact_if_known", "member"])
@given(rows=st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=80))
def test_it_counts_what_a_run_that_answers_at_once_sends(
    kind: str, rows: list[tuple[int, bool]]
) -> None:
    """One kind at a time; with several, when each batch goes out is a matter of time."""
    bench, dry = ApiBench(), DryRun[str](10_000)
    for place, (number, joins) in enumerate(rows):
        email = f"P{number}@b.c"
        match kind:
            case "contact":
                bench.submit(email, str(place))
                dry.submit(contact(email), "t")
            case "contact_if_known":
                bench.submit_if_known(email, str(place))
                dry.submit(if_known(email), "t")
            case _:
                bench.member(email, str(place), joins=joins)
                dry.submit(member(email, joins=joins), "t")
    bench.run()
    assert dry.needs.requests == Counted(bench.contacts.traffic.requests)


def test_it_counts_what_a_run_with_full_batches_sends() -> None:
    bench, dry = ApiBench(), DryRun[str](10_000)
    for number in range(2_500):
        bench.submit(f"{number}@b.c", str(number))
        dry.submit(contact(f"{number}@b.c"), "t")
    bench.run()
    assert bench.contacts.traffic.requests == dry.needs.requests.number == 6


def test_who_is_changed_only_if_known_is_looked_up_first_once_a_batch() -> None:
    calm, shouting = if_known("u@b.c"), if_known("V@b.c")
    assert needs_of([calm, shouting]) == Needs(Counted(2 + 2), Counted(2))
    assert needs_of([calm] * 10) == Needs(Counted(1 + 2), Counted(1))
    full = [if_known(f"{number}@b.c") for number in range(1_000)]
    assert needs_of([*full, *full[:3]]).requests == Counted(1_000 + 2 + 3 + 2)
