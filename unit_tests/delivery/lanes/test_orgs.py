"""Calls that change one org go one after the other, whoever they are about."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refused,
)
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.fake_transport import BEGINNING, Bench, FakeCall

OK: Final = Response(200)
Answers = Callable[[int, Request], Answer]


BUSY: Final = Response(503)


def failing(ticket: str, answer: Answer = BUSY) -> Answers:
    """Answers so to one call, and well to all others."""
    return lambda _number, request: answer if request.body == ticket.encode() else OK


def starts(bench: Bench) -> dict[str, float]:
    """When each call was sent first, in seconds from the beginning."""
    times: dict[str, float] = {}
    for moment, request in bench.started:
        times.setdefault(request.body.decode(), moment - BEGINNING)
    return times


def test_calls_of_one_org_go_one_after_the_other_and_those_of_others_in_parallel() -> None:
    bench = Bench(connections=64, takes=1.0)
    bench.open_up()
    for number in range(3):
        bench.submit(f"a{number}", f"a{number}", "org-a")
        bench.submit(f"b{number}", f"b{number}", "org-b")
        bench.submit(f"c{number}", f"c{number}")
    assert [ticket for ticket, _ in bench.run()] == [
        *("a0", "b0", "c0", "c1", "c2"),
        *("a1", "b1"),
        *("a2", "b2"),
    ]
    assert starts(bench) == {f"{who}{n}": n if who != "c" else 0 for n in range(3) for who in "abc"}


def test_what_a_person_has_behind_such_a_call_waits_too() -> None:
    bench = Bench(connections=64, takes=1.0)
    bench.submit("a", "a1", "o")
    bench.submit("b", "b1", "o")
    bench.submit("b", "b2")
    bench.run()
    assert starts(bench) == {"a1": 0, "b1": 1, "b2": 2}


def test_an_org_and_a_person_with_the_same_id_have_nothing_to_do_with_each_other() -> None:
    bench = Bench(connections=64, takes=1.0)
    bench.submit("x", "person")
    bench.submit("y", "org", "x")
    bench.run()
    assert starts(bench) == {"person": 0, "org": 0}


def test_several_calls_of_one_person_about_one_org() -> None:
    bench = Bench(connections=64, takes=1.0)
    for who in ("a", "a", "b", "a"):
        bench.submit(who, str(len(bench.started) + bench.lanes.pending_calls), "o")
    bench.run()
    assert bench.bodies == ["0", "1", "2", "3"]
    assert starts(bench) == {"0": 0, "1": 1, "2": 2, "3": 3}


def test_a_person_waits_for_an_org_that_waits_for_another_persons_call() -> None:
    bench = Bench(connections=2, takes=0.25)
    bench.answer = lambda number, request: (
        Response(503) if request.body == b"a1" and number < 6 else OK
    )
    bench.submit("a", "a1")
    bench.submit("a", "a2", "o")
    bench.submit("b", "b1", "o")
    bench.submit("b", "b2")
    assert bench.run(at_most=1.0) == []
    assert [ticket for ticket, _ in bench.run()] == ["a1", "a2", "b1", "b2"]


def test_who_waits_for_an_org_holds_no_connection() -> None:
    bench = Bench(connections=1, answer=failing("a"))
    bench.submit("a", "a", "o")
    for number in range(50):
        bench.submit(f"b{number}", f"b{number}", "o")
        bench.submit(f"c{number}", f"c{number}")
    assert {ticket for ticket, _ in bench.run(at_most=0.4)} == {f"c{n}" for n in range(50)}
    assert set(bench.bodies) == {"a"} | {f"c{n}" for n in range(50)}


def test_nothing_spins_while_all_wait_for_one_org() -> None:
    bench = Bench(connections=4, takes=5.0)
    bench.submit("a", "a", "o")
    bench.submit("b", "b", "o")
    bench.lanes.outcomes()
    bench.lanes.wait(60.0)
    assert bench.time == BEGINNING + 5.0


@pytest.mark.parametrize(
    ("answer", "ends"),
    [(Response(200), Delivered), (Response(400), Refused), (Response(403), Refused)],
)
def test_however_a_call_ends_the_next_of_its_org_goes_on(
    answer: Answer, ends: type[Outcome]
) -> None:
    bench = Bench(connections=4, takes=1.0, answer=failing("a", answer))
    bench.submit("a", "a", "o")
    bench.submit("b", "b", "o")
    outcomes = dict(bench.run())
    assert isinstance(outcomes["a"], ends)
    assert outcomes["b"] == Delivered(1)
    assert starts(bench) == {"a": 0, "b": 1}


def test_the_next_goes_on_after_one_that_gave_up() -> None:
    bench = Bench(answer=failing("a"), retry=RetryPolicy(deadline=5.0))
    bench.submit("a", "a", "o")
    bench.submit("b", "b", "o")
    outcomes = dict(bench.run())
    assert isinstance(outcomes["a"], GaveUp)
    assert outcomes["b"] == Delivered(1)


def goes_on(call: FakeCall) -> bool:
    return call.body.startswith(b"go")


def test_a_shutdown_ends_all_that_wait_for_an_org() -> None:
    bench = Bench(connections=4, takes=1.0)
    bench.submit("a", "a1", "o")
    bench.submit("b", "b1", "o")
    bench.submit("b", "go b2")
    bench.submit("a", "a2", "o")
    bench.submit("c", "c1")
    bench.submit("c", "go c2", "o")
    bench.run(at_most=0.5)
    bench.lanes.shut_down(goes_on)
    bench.submit("d", "d1", "o")
    assert dict(bench.run()) == {
        "a1": Delivered(1),
        "a2": Interrupted(0),
        "b1": Interrupted(0),
        "go b2": Delivered(1),
        "c1": Delivered(1),
        "go c2": Interrupted(0),
        "d1": Interrupted(0),
    }
    assert bench.bodies == ["a1", "c1", "go b2"]


STATUSES: Final = st.sampled_from([200, 200, 200, 400, 403, 503, 429])
ORGS: Final = st.sampled_from([None, "a", "b", "org"])
PAUSES: Final = st.sampled_from([0.0, 0.0, 0.1, 1.0, 30.0])
CALLS: Final = st.lists(st.tuples(st.sampled_from("abcde"), ORGS, STATUSES, PAUSES), max_size=50)


@given(CALLS, st.integers(1, 5), st.sampled_from([0.0, 0.3]), st.sampled_from([None, 0.2, 3.0]))
def test_whatever_happens_each_call_ends_once_and_after_the_earlier_ones_of_its_person_and_org(
    calls: list[tuple[str, str | None, int, float]],
    connections: int,
    takes: float,
    stops_after: float | None,
) -> None:
    bench = Bench(connections=connections, takes=takes, retry=RetryPolicy(deadline=40.0))
    seen: Counter[bytes] = Counter()

    def answer(_number: int, request: Request) -> Answer:
        seen[request.body] += 1
        status = int(request.body[:3])
        is_over = status in (503, 429) and seen[request.body] > 1 + len(request.body) % 7
        return Response(200 if is_over else status)

    bench.answer = answer
    ended = []
    tickets = [f"{status} {number}" for number, (_, _, status, _) in enumerate(calls)]
    for ticket, (person, org, _, pause) in zip(tickets, calls, strict=True):
        bench.submit(person, ticket, org)
        ended += bench.run(at_most=pause) if pause else []
    if stops_after is not None:
        ended += bench.run(at_most=stops_after)
        bench.lanes.shut_down()
    bench.lanes.flush()
    ended += bench.run()
    assert sorted(ticket for ticket, _ in ended) == sorted(tickets)
    whose: dict[str, list[str]] = {}
    for ticket, (person, org, _, _) in zip(tickets, calls, strict=True):
        whose.setdefault(f"person {person}", []).append(ticket)
        if org is not None:
            whose.setdefault(f"org {org}", []).append(ticket)
    for own in whose.values():
        sent = [(moment, r) for moment, r in bench.started if r.body.decode() in own]
        order = dict.fromkeys(request.body.decode() for _, request in sent)
        assert list(order) == [ticket for ticket in own if seen[ticket.encode()]]
        for (before, one), (after, other) in pairwise(sent):
            assert own.index(one.body.decode()) <= own.index(other.body.decode())
            assert after - before >= min(takes, one.timeout) - 1e-5
    assert not bench.lanes._lanes
    assert not bench.lanes._turns._orgs._queues
