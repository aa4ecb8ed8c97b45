"""Parked calls: set aside after an answer such as 403, until later calls show what it meant."""

from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.outcomes import (
    Delivered,
    Interrupted,
    Outcome,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from unit_tests.delivery.fake_transport import Bench

FORBIDDEN: Final = Response(403)
PAGE: Final = Response(200, {"content-type": "text/html"}, b"<html>")


def answering(refusal: Answer = FORBIDDEN) -> Callable[[int, Request], Answer]:
    """Answers so to every body that begins with "bad"."""
    return lambda _number, request: refusal if request.body[:3] == b"bad" else Response(200)


def bench(*tickets: str, refusal: Answer = FORBIDDEN, connections: int = 1) -> Bench:
    """Calls of one person each, which end as the tickets say."""
    made = Bench(connections=connections, takes=1.0, answer=answering(refusal))
    for ticket in tickets:
        made.submit(ticket, ticket)
    return made


def finish(made: Bench) -> dict[str, Outcome]:
    made.lanes.flush()
    ended = made.run()
    assert len(dict(ended)) == len(ended)
    return dict(ended)


@pytest.mark.parametrize("status", [403, 404, 405, 505, 301, 302, 304, 307, 308])
def test_a_parked_call_is_refused_when_a_call_after_it_succeeds(status: int) -> None:
    made = bench("bad", "good", refusal=Response(status, body=b'{"message": "no"}'))
    assert made.run(at_most=1.5) == []
    assert made.lanes.pending_calls == 2
    assert made.run() == [
        ("bad", Refused(1, status, f"HTTP {status}: no")),
        ("good", Delivered(1)),
    ]
    assert made.bodies == ["bad", "good"]


@pytest.mark.parametrize("answer", [Response(401), PAGE, Failure(FailureKind.TLS)])
def test_what_cannot_be_about_one_call_stops_at_once(answer: Answer) -> None:
    made = bench("bad", refusal=answer)
    (outcome,) = dict(made.run()).values()
    assert isinstance(outcome, Stopped)


def test_its_lane_goes_on_and_it_is_never_sent_again() -> None:
    made = Bench(connections=1, takes=1.0, answer=answering())
    for ticket in ("one", "bad", "two", "three"):
        made.submit("a", ticket)
    assert [type(o).__name__ for o in finish(made).values()] == [
        "Delivered",
        "Refused",
        "Delivered",
        "Delivered",
    ]
    assert made.bodies == ["one", "bad", "two", "three"]


def test_a_success_that_was_on_its_way_before_decides_nothing() -> None:
    made = Bench(connections=2, takes=1.0, answer=answering())
    made.submit("a", "bad")
    made.submit("b", "good")
    assert dict(made.run(at_most=5.0)) == {"good": Delivered(1)}
    made.submit("c", "later")
    assert [ticket for ticket, _ in made.run()] == ["bad", "later"]


def test_what_was_tried_before_counts_as_attempts() -> None:
    made = Bench(connections=1)
    made.answer = lambda number, _request: Response((503, 503, 403, 200)[number - 1])
    made.submit("a", "x")
    made.submit("a", "y")
    assert finish(made) == {"x": Refused(3, 403, "HTTP 403"), "y": Delivered(1)}


def test_its_deadline_stops() -> None:
    made = bench("bad")
    made.run(at_most=5.0)
    made.time += 10_000
    made.submit("b", "good")
    assert isinstance(finish(made)["bad"], Refused)


@pytest.mark.parametrize("connections", [1, 3, 16])
def test_three_without_a_success_between_them_stop_the_sync(connections: int) -> None:
    made = bench(*(f"bad{n}" for n in range(100)), connections=connections)
    ended = made.run(at_most=3.5)
    assert ended[0][0] == "bad2"
    assert all(isinstance(outcome, Stopped) for _, outcome in ended)
    assert "(HTTP 403)" in ended[0][1].problem  # type: ignore[union-attr]
    made.lanes.shut_down()
    assert {type(outcome) for ticket, outcome in made.run() if ticket in ("bad0", "bad1")} == {
        Interrupted
    }


def test_a_success_between_them_begins_the_count_anew() -> None:
    tickets = [name for n in range(50) for name in (f"bad{n}a", f"bad{n}b", f"good{n}")]
    outcomes = finish(bench(*tickets))
    assert Counter(type(o).__name__ for o in outcomes.values()) == {"Refused": 100, "Delivered": 50}


def test_a_refusal_of_one_record_is_no_success() -> None:
    made = Bench(connections=1)
    made.answer = lambda _number, request: Response(int(request.body[:3]))
    for number, status in enumerate((403, 400, 403, 400, 403)):
        made.submit(str(number), f"{status} {number}")
    assert [(t, type(o).__name__) for t, o in made.run(at_most=1.0)] == [
        ("400 1", "Refused"),
        ("400 3", "Refused"),
        ("403 4", "Stopped"),
    ]


# The end of the input


def test_at_the_end_they_are_refused_if_anything_succeeded() -> None:
    outcomes = finish(bench("good", "bad1", "bad2"))
    assert outcomes["bad1"] == outcomes["bad2"] == Refused(1, 403, "HTTP 403")


def test_at_the_end_they_stop_the_sync_if_nothing_succeeded() -> None:
    made = Bench(connections=1)
    made.answer = lambda number, _request: Response((404, 403)[number - 1])
    made.submit("a", "x")
    made.submit("b", "y")
    outcomes = finish(made)
    assert {type(outcome) for outcome in outcomes.values()} == {Stopped}
    assert {o.problem for o in outcomes.values() if isinstance(o, Stopped)} == {
        "https://in.example has nothing at this path (HTTP 404): check endpoint_url."
    }


def test_at_the_end_they_wait_for_what_is_tried_again() -> None:
    made = Bench(connections=2)
    made.answer = lambda number, request: (
        Response(403) if request.body == b"bad" else Response(503 if number < 8 else 200)
    )
    made.submit("a", "bad")
    made.submit("b", "slow")
    assert [ticket for ticket, _ in finish(made).items()] == ["bad", "slow"]
    assert len(made.started) == 8


def test_without_the_end_they_stay_and_nothing_spins() -> None:
    made = bench("bad")
    made.run(at_most=5.0)
    before = made.time
    made.lanes.wait(60.0)
    assert (made.time - before, made.lanes.outcomes()) == (60.0, [])
    assert made.lanes.pending_calls == 1


def test_at_the_end_nobody_waits_for_them() -> None:
    made = bench("bad")
    made.run(at_most=5.0)
    before = made.time
    made.lanes.flush()
    made.lanes.wait(60.0)
    assert made.time == before
    assert len(made.lanes.outcomes()) == 1
    made.lanes.wait(60.0)
    assert made.time == before + 60.0


def test_a_pause_is_over_when_a_call_comes() -> None:
    made = bench("bad")
    made.run(at_most=5.0)
    made.lanes.flush()
    made.submit("b", "bad too")
    assert made.run(at_most=5.0) == []
    assert made.lanes.pending_calls == 2


# Shutting down


def test_a_shutdown_leaves_them_undecided() -> None:
    made = bench("good", "bad")
    made.run(at_most=5.0)
    made.lanes.shut_down()
    assert made.lanes.outcomes() == [("bad", Interrupted(1))]
    assert made.lanes.pending_calls == 0


def test_an_answer_after_the_shutdown_parks_nothing() -> None:
    made = bench("bad")
    made.lanes.outcomes()
    made.lanes.shut_down()
    assert made.run() == [("bad", Interrupted(1))]


# Bounds


def test_they_count_as_pending_until_they_end_once_others_are_on_their_way() -> None:
    made = Bench(connections=1, answer=answering())
    made.submit("a", "bad" + "x" * (16 * 1024 * 1024))
    made.run(at_most=1.0)
    had_room = [made.lanes.has_room]
    made.submit("b", "good")
    had_room.append(made.lanes.has_room)
    made.run()
    had_room.append(made.lanes.has_room)
    assert had_room == [True, False, True]
    assert made.lanes.pending_calls == 0


STATUSES: Final = st.sampled_from([200, 400, 403, 302, 503])


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), STATUSES), max_size=60),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.3]),
)
def test_whatever_is_parked_each_call_ends_once_and_nothing_is_sent_again(
    calls: list[tuple[str, int]], connections: int, takes: float
) -> None:
    made = Bench(connections=connections, takes=takes)
    seen: Counter[bytes] = Counter()

    def answer(_number: int, request: Request) -> Answer:
        seen[request.body] += 1
        status = int(request.body[:3])
        return Response(200 if status == 503 and seen[request.body] > 2 else status)

    made.answer = answer
    for number, (person, status) in enumerate(calls):
        made.submit(person, f"{status} {number}")
    outcomes = finish(made)
    assert len(outcomes) == len(calls)
    assert all(times == 1 for body, times in seen.items() if body[:3] != b"503")
    for person in "abcde":
        own = [f"{status} {n}" for n, (who, status) in enumerate(calls) if who == person]
        assert list(dict.fromkeys(body for body in made.bodies if body in own)) == own
    parked = [o for t, o in outcomes.items() if t[:3] in ("403", "302")]
    if not any(isinstance(o, Delivered) for o in outcomes.values()):
        assert all(isinstance(o, Stopped) for o in parked)


@pytest.mark.parametrize("bounds", [Bounds(pending_calls=1), Bounds(pending_bytes=4)])
def test_parked_calls_alone_never_keep_out_the_calls_they_wait_for(bounds: Bounds) -> None:
    made = Bench(connections=1, takes=1.0, answer=answering(), bounds=bounds)
    made.submit("bad", "bad 1")
    had_room = [made.lanes.has_room]
    made.run(at_most=2.0)
    had_room.append(made.lanes.has_room)
    assert (had_room, made.lanes.pending_calls) == ([False, True], 1)
    made.submit("good", "good")
    assert {type(outcome) for _, outcome in made.run()} == {Delivered, Refused}
