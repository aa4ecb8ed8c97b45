"""A write whose answer was lost may be carried out later: nothing newer comes in between."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts import rests
from destination_inflection.delivery.contacts.rests import Rests
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from unit_tests.delivery.contacts.fake_api import ApiBench, done, kinds

LOST: Final[dict[str, Answer]] = {
    "time-out": Failure(FailureKind.TIMEOUT),
    "broken connection": Failure(FailureKind.BROKEN),
    "5xx": Response(503),
    "not JSON": Response(200, body=b"{"),
}
NOT_TAKEN: Final[dict[str, Answer]] = {
    "429": Response(429),
    "no connection": Failure(FailureKind.CONNECT),
}
EMAIL: Final = "a@b.c"


def losing(bench: ApiBench, lost: Answer) -> list[float]:
    """Lets the first batch get this answer; returns the times at which batches were sent."""
    times: list[float] = []

    def on_batch(_contacts: object) -> Answer | None:
        times.append(bench.time)
        return lost if len(times) == 1 else None

    bench.on_batch = on_batch
    return times


def sent_in_doubt(bench: ApiBench, lost: Answer = LOST["5xx"]) -> list[float]:
    """Lets a contact be taken at the second attempt, while a newer row of it is held."""
    times = losing(bench, lost)
    bench.submit(EMAIL, "old", n=1)
    bench.contacts.flush()
    bench.step(0)
    bench.submit(EMAIL, "new", n=2)
    return times


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
def test_a_newer_row_waits_twice_as_long_as_transactions_take(lost: Answer) -> None:
    bench = ApiBench(settles=4)
    times = sent_in_doubt(bench, lost)
    assert kinds(bench.run()) == {"old": "Delivered", "new": "Delivered"}
    _, taken, newer = times
    settled = next(moment for moment, request in bench.started if moment >= taken + 4)
    assert newer == pytest.approx(taken + 2 * (settled - taken))
    assert bench.batches[-1] == [{"email": EMAIL, "properties": {"n": 2}}]


@pytest.mark.parametrize("lost", NOT_TAKEN.values(), ids=NOT_TAKEN.keys())
def test_after_an_answer_that_leaves_no_doubt_it_goes_at_once(lost: Answer) -> None:
    bench = ApiBench(settles=4)
    times = sent_in_doubt(bench, lost)
    bench.run()
    _, taken, newer = times
    assert newer < taken + 8


def test_a_rest_is_never_longer_than_a_minute() -> None:
    bench = ApiBench(settles=33)
    times = sent_in_doubt(bench)
    bench.run()
    assert times[-1] == pytest.approx(times[1] + 60)


def test_while_no_transaction_has_settled_it_is_a_minute() -> None:
    bench = ApiBench()
    refusals = [Response(503), Response(400)]
    times: list[float] = []

    def on_batch(_contacts: object) -> Answer | None:
        times.append(bench.time)
        return refusals.pop(0) if refusals else None

    bench.on_batch = on_batch
    bench.submit(EMAIL, "old")
    bench.contacts.flush()
    bench.step(0)
    bench.submit(EMAIL, "new")
    assert kinds(bench.run()) == {"old": "Refused", "new": "Delivered"}
    assert times[-1] == pytest.approx(times[1] + 60)


def test_the_longest_settlement_of_the_run_counts() -> None:
    bench = ApiBench(settles=10)
    bench.submit("slow@b.c", "slow")
    bench.run()
    slowest = bench.started[-1][0] - bench.started[0][0]
    bench.settles = 0
    times = sent_in_doubt(bench)
    bench.run()
    assert times[-1] == pytest.approx(times[1] + 2 * slowest)


def test_what_comes_while_the_email_rests_waits_and_is_merged() -> None:
    bench = ApiBench(settles=4)
    losing(bench, LOST["5xx"])
    bench.submit(EMAIL, "1", n=1)
    bench.contacts.flush()
    while not bench.ended:
        bench.step(0.5)
    assert EMAIL in bench.contacts._addresses.rests
    bench.submit(EMAIL, "2", n=2)
    bench.submit("other@b.c", "other")
    bench.submit(EMAIL, "3", n=3)
    bench.contacts.flush()
    bench.step(0.1)
    assert [c["email"] for c in bench.batches[-1]] == ["other@b.c"]
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert bench.batches[-1] == [{"email": EMAIL, "properties": {"n": 3}}]


def test_a_run_does_not_end_later_because_of_emails_that_rest_without_rows() -> None:
    bench = ApiBench(settles=4)
    losing(bench, LOST["5xx"])
    bench.submit(EMAIL, "1")
    bench.run()
    assert EMAIL in bench.contacts._addresses.rests
    assert bench.contacts.pending_calls == 0
    assert bench.contacts._addresses.next_wake is None
    before = bench.time
    bench.contacts.wait(30.0)
    assert bench.time == before + 30.0


def test_each_part_of_a_batch_in_doubt_rests() -> None:
    """Its answer was lost once, and it is halved: the halves have no doubts of their own."""
    bench = ApiBench(settles=4)
    answers: list[Answer] = [Response(503), Response(400)]
    bench.on_batch = lambda _contacts: answers.pop(0) if answers else None
    for number in range(4):
        bench.submit(f"{number}@b.c", f"old {number}", n=1)
    bench.contacts.flush()
    bench.step(1)
    for number in range(4):
        bench.submit(f"{number}@b.c", f"new {number}", n=2)
    bench.step(5)
    assert len(bench.ended) == 4
    assert bench.contacts._addresses._waiting == {f"{number}@b.c" for number in range(4)}
    assert set(kinds(bench.run()).values()) == {"Delivered"}


def test_rows_split_off_rest_as_well() -> None:
    """The merged contact is in doubt and fails; its older half is not sent at once after it."""
    bench = ApiBench(on_poll=lambda _id, _n: done([(EMAIL, "FAILED" if is_bad() else "UPDATED")]))

    def is_bad() -> bool:
        return "bad" in bench.batches[-1][0]["properties"]

    times = losing(bench, LOST["5xx"])
    bench.submit(EMAIL, "1", n=1)
    bench.submit(EMAIL, "2", bad=1)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Refused"}
    assert times[2] == pytest.approx(times[1] + 0.8)
    assert times[3] < times[2] + 0.8


def on_list_once(method: str, lost: Answer) -> Any:  # noqa: ANN401
    left = [lost]

    def on_list(request: Request) -> Answer | None:
        return left.pop() if left and request.method == method else None

    return on_list


@pytest.mark.parametrize(("joins", "method"), [(True, "POST"), (False, "DELETE")])
def test_a_change_of_a_list_in_doubt_lets_its_email_rest(joins: bool, method: str) -> None:
    bench = ApiBench(on_list=on_list_once(method, Failure(FailureKind.TIMEOUT)))
    bench.member(EMAIL, "1", joins=joins)
    bench.contacts.flush()
    bench.step(0)
    bench.member(EMAIL, "2", joins=not joins)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    changes = [moment for moment, request in bench.started if "lists/" in request.url]
    assert changes[2] == pytest.approx(changes[1] + 60)


def test_shutting_down_interrupts_what_waits_for_a_rest() -> None:
    bench = ApiBench(settles=4)
    sent_in_doubt(bench)
    bench.step(7)
    assert [ticket for ticket, _ in bench.ended] == ["old"]
    bench.contacts.shut_down()
    bench.step(0)
    assert kinds(dict(bench.ended)) == {"old": "Delivered", "new": "Interrupted"}
    assert bench.contacts.pending_calls == 0


def test_what_is_split_off_while_shutting_down_does_not_rest() -> None:
    bench = ApiBench(on_poll=lambda _id, _number: done([(EMAIL, "FAILED")]))
    losing(bench, LOST["5xx"])
    bench.submit(EMAIL, "1")
    bench.submit(EMAIL, "2")
    bench.contacts.flush()
    bench.step(0.1)
    bench.contacts.shut_down()
    bench.step(0.05)
    assert kinds(dict(bench.ended)) == {"1": "Interrupted", "2": "Interrupted"}


def test_beyond_its_bound_the_rest_that_ends_first_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rests, "MOST_EMAILS", 2)
    resting = Rests()
    for number, answered in enumerate((3.0, 1.0, 2.0)):
        resting.begin(f"{number}@b.c", answered, 5.0)
    assert resting.over(5.0) == ["1@b.c"]
    assert [email in resting for email in ("0@b.c", "1@b.c", "2@b.c")] == [True, False, True]
    assert resting.over(63.0) == ["2@b.c", "0@b.c"]


def test_a_rest_that_would_be_over_does_not_begin() -> None:
    resting = Rests()
    resting.settled_in(2.0)
    resting.settled_in(1.0)
    resting.begin(EMAIL, 10.0, 14.0)
    assert EMAIL not in resting
    assert resting.next_end is None


LATENESS: Final = st.sampled_from([0.0, 0.3, 0.9])


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.2, 3.0])), max_size=30),
    st.lists(st.sampled_from([True, False]), max_size=30),
    st.lists(st.floats(0.0, 1.9), min_size=1, max_size=5),
)
def test_a_lost_write_that_comes_within_the_rest_changes_nothing(
    rows: list[tuple[int, float]], losses: list[bool], lateness: list[float]
) -> None:
    """Each lost write is carried out all the same, later than the attempt that was taken."""
    bench = ApiBench(settles=1.0)
    carried_out: list[tuple[float, list[dict[str, Any]]]] = []

    def on_batch(contacts: list[dict[str, Any]]) -> Answer | None:
        is_lost = bool(losses) and losses.pop() and len(carried_out) % 4 != 3
        late = lateness[len(carried_out) % len(lateness)] if is_lost else 0.0
        carried_out.append((bench.time + late, contacts))
        return Response(503) if is_lost else None

    bench.on_batch = on_batch
    newest: dict[str, int] = {}
    for number, (person, pause) in enumerate(rows):
        newest[f"{person}@b.c"] = number
        bench.submit(f"{person}@b.c", str(number), n=number)
        bench.contacts.flush()
        bench.step(pause)
    assert len(bench.run()) == len(rows)
    stored: dict[str, int] = {}
    for _, contacts in sorted(carried_out, key=lambda each: each[0]):
        stored.update({each["email"]: each["properties"]["n"] for each in contacts})
    assert stored == newest
