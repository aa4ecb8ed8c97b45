"""Shutting down: nothing more is written, and what was taken is asked about."""

from itertools import pairwise

import pytest

from destination_inflection.delivery.outcomes import (
    Interrupted,
    Outcome,
)
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.contacts.fake_api import (
    PENDING,
    ApiBench,
    answer,
    done,
    kinds,
)


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
@pytest.mark.parametrize("before", [0.0, 0.6, 1.2, 9.0, 40.0])
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
    bench.step(1.0 if resting else 0.55)
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
