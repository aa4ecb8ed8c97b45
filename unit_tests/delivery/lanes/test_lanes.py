"""Lanes: order within an identity, parallel otherwise, each call ended once."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.outcomes import Delivered, Interrupted
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from unit_tests.delivery.fake_transport import BEGINNING, Bench, FakeCall

ANSWERS: list[Answer] = [
    Response(200),
    Response(202),
    Response(400),
    Response(429, {"retry-after": "1"}),
    Response(500),
    Failure(FailureKind.BROKEN),
]


def test_one_identity_has_one_request_in_flight_the_others_go_on() -> None:
    bench = Bench(connections=64, takes=1.0)
    for number in range(3):
        bench.submit("a", f"a{number}")
        bench.submit("b", f"b{number}")
    bench.run()
    times = {request.body.decode(): moment - BEGINNING for moment, request in bench.started}
    assert [times[f"a{n}"] for n in range(3)] == [0, 1, 2]
    assert [times[f"b{n}"] for n in range(3)] == [0, 1, 2]


def test_a_call_that_is_tried_again_keeps_its_place() -> None:
    bench = Bench(connections=1)
    bench.answer = lambda number, _request: Response(503 if number in (1, 2) else 200)
    for ticket in "xyz":
        bench.submit("a", ticket)
    assert [ticket for ticket, _ in bench.run()] == ["x", "y", "z"]
    assert bench.bodies == ["x", "x", "x", "y", "z"]


def test_a_lane_that_waits_does_not_hold_up_the_others() -> None:
    bench = Bench(connections=2)
    bench.answer = lambda _number, request: Response(503 if request.body == b"slow" else 200)
    bench.submit("0", "slow")
    names = [str(n) for n in range(1, 100)]
    for name in names:
        bench.submit(name, name)
    ended = bench.run(at_most=1.0)
    assert {ticket for ticket, _ in ended} == set(names)


def test_every_connection_is_used_whoever_the_calls_are_for() -> None:
    bench = Bench(connections=7, takes=1.0)
    for number in range(70):
        bench.submit(str(number), "x")
    bench.run()
    started = Counter(moment - BEGINNING for moment, _ in bench.started)
    # All are in use once as many answers have come as it takes to open that far.
    assert started == {0: 2, 1: 4, **dict.fromkeys(range(2, 11), 7), 11: 1}


def test_a_connection_that_is_not_needed_stays_unused() -> None:
    bench = Bench(connections=64, takes=0.01)
    for number in range(150):
        bench.submit(str(number % 3), str(number))
    assert len(bench.run()) == 150
    assert len(bench.used_slots) == 3


def test_an_outage_meets_no_more_callers_than_twice_the_connections() -> None:
    bench = Bench(connections=3, answer=lambda _number, _request: Response(503))
    for number in range(100):
        bench.submit(str(number), str(number))
    bench.run(at_most=100.0)
    assert len(set(bench.bodies)) == 6


def test_a_call_that_waits_leaves_its_connection_to_others() -> None:
    bench = Bench(connections=1)
    bench.answer = lambda _number, request: Response(503 if request.body == b"slow" else 200)
    bench.submit("0", "slow")
    for number in range(1, 100):
        bench.submit(str(number), str(number))
    assert len(bench.run(at_most=0.4)) == 99


def test_there_is_room_until_too_many_calls_or_bytes_are_pending() -> None:
    bench = Bench()
    rooms = []
    for number in range(5_000):
        rooms.append(bench.lanes.has_room)
        bench.submit(str(number), "x")
    rooms.append(bench.lanes.has_room)
    assert (all(rooms[:-1]), rooms[-1]) == (True, False)
    bench.run()
    big = Bench()
    big.submit("a", "x" * (16 * 1024 * 1024))
    assert not big.lanes.has_room


@pytest.mark.parametrize("answer", [Response(200), Response(400), Response(401), Response(403)])
def test_what_has_ended_makes_room_again(answer: Answer) -> None:
    bench = Bench(answer=lambda _number, _request: answer)
    rooms = []
    for _ in range(3):
        rooms.append(bench.lanes.has_room)
        bench.submit("a", "x" * (16 * 1024 * 1024))
        rooms.append(bench.lanes.has_room)
        bench.lanes.flush()
        assert len(bench.run()) == 1
    assert rooms == [True, False] * 3


def test_what_is_interrupted_makes_room_again() -> None:
    bench = Bench()
    bench.submit("a", "x" * (16 * 1024 * 1024))
    bench.lanes.shut_down()
    bench.run()
    assert bench.lanes.has_room


def test_the_bounds_can_be_made_small() -> None:
    bench = Bench(bounds=Bounds(pending_calls=2, pending_bytes=9))
    rooms = []
    for ticket in ("x", "x", "x" * 9):
        bench.submit("a", ticket)
        rooms.append(bench.lanes.has_room)
        if ticket != "x" or not rooms[-1]:
            bench.run()
    assert rooms == [True, False, False]
    assert bench.lanes.has_room


def test_requests_keep_to_the_pace() -> None:
    bench = Bench(connections=64, requests_per_second=10)
    for number in range(50):
        bench.submit(str(number), "x")
    bench.run()
    times = [moment - BEGINNING for moment, _ in bench.started]
    for second in range(4):
        assert sum(second <= moment < second + 1 for moment in times) <= 11


def test_a_shutdown_ends_what_waits_and_lets_finish_what_flies() -> None:
    bench = Bench(connections=1, takes=1.0)
    for ticket in "xy":
        bench.submit("a", ticket)
    bench.lanes.outcomes()
    bench.lanes.shut_down()
    assert bench.run() == [("x", Delivered(1)), ("y", Interrupted(0))]
    assert bench.bodies == ["x"]


def test_a_shutdown_ends_a_call_between_two_attempts() -> None:
    bench = Bench(connections=1, answer=lambda _number, _request: Response(503))
    bench.submit("a", "x")
    bench.run(at_most=3.0)
    bench.lanes.shut_down()
    ((_, outcome),) = bench.run()
    assert isinstance(outcome, Interrupted)


def test_a_fault_after_the_shutdown_is_not_tried_again() -> None:
    bench = Bench(connections=1, takes=1.0, answer=lambda _number, _request: Response(503))
    for ticket in "xy":
        bench.submit("a", ticket)
    bench.lanes.outcomes()
    bench.lanes.shut_down()
    assert bench.run() == [("x", Interrupted(1)), ("y", Interrupted(0))]


def goes_on(call: FakeCall) -> bool:
    return call.body.startswith(b"go")


def test_a_shutdown_lets_some_calls_go_on_whatever_they_wait_for() -> None:
    bench = Bench(connections=1, takes=1.0)
    bench.answer = lambda number, _request: Response(503 if number in (1, 4) else 200)
    for ticket in ("go 1", "stay 1", "go 2"):
        bench.submit("a", ticket)
    for ticket in ("stay 2", "go 3"):
        bench.submit(ticket, ticket)
    bench.run(at_most=0.5)
    bench.lanes.shut_down(goes_on)
    bench.submit("b", "stay 3")
    bench.submit("b", "go 4")
    outcomes = bench.run()
    assert dict(outcomes) == {
        "go 1": Delivered(2, doubts=1),
        "go 2": Delivered(1),
        "go 3": Delivered(1),
        "go 4": Delivered(2, doubts=1),
        "stay 1": Interrupted(0),
        "stay 2": Interrupted(0),
        "stay 3": Interrupted(0),
    }
    assert len(outcomes) == 7
    assert not any(body.startswith("stay") for body in bench.bodies)


def test_what_ends_at_once_is_not_waited_for() -> None:
    bench = Bench()
    bench.lanes.shut_down()
    bench.submit("a", "x")
    bench.lanes.wait(60.0)
    assert (bench.time, bench.lanes.outcomes()) == (BEGINNING, [("x", Interrupted(0))])


@given(
    st.lists(st.sampled_from("abcd"), max_size=40),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.3]),
)
def test_whatever_goes_wrong_each_call_ends_once_and_in_order(
    identities: list[str], connections: int, random: object, takes: float
) -> None:
    bench = Bench(connections=connections, takes=takes, requests_per_second=50)

    def answer(_number: int, _request: Request) -> Answer:
        return random.choice(ANSWERS)  # type: ignore[attr-defined,no-any-return]

    bench.answer = answer
    for number, identity in enumerate(identities):
        bench.submit(identity, f"{identity}{number}")
    tickets = [ticket for ticket, _ in bench.run()]
    assert sorted(tickets) == sorted(f"{who}{n}" for n, who in enumerate(identities))
    for identity in "abcd":
        own = [f"{who}{n}" for n, who in enumerate(identities) if who == identity]
        assert [t for t in tickets if t[0] == identity] == own
        first_sent = list(dict.fromkeys(b for b in bench.bodies if b[0] == identity))
        assert first_sent == own
