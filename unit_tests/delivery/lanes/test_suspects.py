"""Calls of the event endpoint that fail until their deadline: which of them break it.

A call whose ticket begins with "bad" gets what `BAD` says for ever, all others are taken, unless a
test says otherwise.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from destination_inflection.delivery.lanes.suspects import Suspects
from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
)
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from unit_tests.delivery.fake_transport import BEGINNING, Bench, FakeCall

BAD: Final = Response(500, {}, b"oops")
OK: Final = Response(200)
DEADLINE: Final = 600.0
LONGEST_WAIT: Final = 60.0
Answers = Callable[[int, Request], Answer]


def answering(_number: int, request: Request) -> Answer:
    return BAD if request.body[:3] == b"bad" else OK


def bench(
    answer: Answers = answering,
    *,
    connections: int = 8,
    takes: float = 0.01,
    deadline: float = DEADLINE,
) -> Bench:
    return Bench(
        answer=answer,
        connections=connections,
        takes=takes,
        retry=RetryPolicy(deadline=deadline),
        suspects=Suspects(RetryPolicy(deadline=deadline)),
    )


def others(made: Bench, count: int, name: str = "good") -> None:
    """Calls of one person each."""
    for number in range(count):
        made.submit(f"{name}{number}", f"{name}{number}")


def ends(made: Bench) -> dict[str, Outcome]:
    """Lets all end, with no more calls to come."""
    made.lanes.no_more_calls()
    ended = made.run()
    assert len(dict(ended)) == len(ended)
    return dict(ended)


def breaks(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Refusal.BREAKS_ENDPOINT


def broken(outcomes: dict[str, Outcome]) -> list[str]:
    return [ticket for ticket, outcome in outcomes.items() if breaks(outcome)]


def test_one_bad_call_among_many_is_refused_at_its_deadline_and_no_other() -> None:
    made = bench()
    others(made, 100, "early")
    made.submit("bad", "bad")
    made.submit("bad", "after it")
    others(made, 300)
    early = dict(made.run(at_most=DEADLINE - LONGEST_WAIT - 1.0))
    assert len(early) == 400
    outcomes = ends(made)
    refused = outcomes["bad"]
    assert isinstance(refused, Refused)
    assert refused == Refused(
        refused.attempts,
        500,
        "HTTP 500 each time, while other calls were taken",
        Refusal.BREAKS_ENDPOINT,
        doubts=refused.attempts,
    )
    assert refused.attempts == made.bodies.count("bad") >= 8
    assert outcomes["after it"] == Delivered(1)
    assert made.time - BEGINNING < DEADLINE


def test_where_nobody_judges_it_gives_up() -> None:
    made = Bench(answer=answering)
    others(made, 300)
    made.submit("bad", "bad")
    assert isinstance(ends(made)["bad"], GaveUp)


# What the endpoint said to it


@pytest.mark.parametrize(
    "answer",
    [
        *(Failure(kind) for kind in FailureKind if kind is not FailureKind.TLS),
        *(Response(status) for status in (408, 410, 429, 600, 999, 100)),
        *(Response(status, {"retry-after": "1"}) for status in (500, 503)),
    ],
)
@pytest.mark.parametrize("at", [1, 5, 9])
def test_one_answer_of_another_kind_acquits_it(answer: Answer, at: int) -> None:
    made = bench()
    seen: Counter[bytes] = Counter()

    def answer_of(number: int, request: Request) -> Answer:
        seen[request.body] += 1
        is_odd = request.body == b"bad" and seen[request.body] == at
        return answer if is_odd else answering(number, request)

    made.answer = answer_of
    made.submit("bad", "bad")
    others(made, 300)
    outcome = ends(made)["bad"]
    assert isinstance(outcome, GaveUp)
    assert outcome.attempts >= 8


@pytest.mark.parametrize("status", [500, 502, 503, 504, 507, 520, 599])
def test_every_5xx_that_is_temporary_counts(status: int) -> None:
    made = bench(lambda _n, request: Response(status) if request.body == b"bad" else OK)
    made.submit("bad", "bad")
    others(made, 10)
    assert broken(ends(made)) == ["bad"]


def test_it_takes_eight() -> None:
    found = set()
    for deadline in (0.02, 0.1, 0.2, 0.4, 1.0, 2.0, 5.0, 10.0, 30.0, 35.0, 100.0, 600.0):
        made = bench(takes=0.0, deadline=deadline)
        others(made, 200)
        made.submit("bad", "bad")
        outcome = ends(made)["bad"]
        assert isinstance(outcome, Refused | GaveUp)
        assert breaks(outcome) is (outcome.attempts >= 8)
        found.add(outcome.attempts >= 8)
    assert found == {True, False}


def test_what_one_call_got_does_not_count_for_the_next_of_its_person() -> None:
    made = bench(deadline=1.0)
    made.submit("a", "bad 1")
    made.submit("a", "bad 2")
    made.submit("a", "bad 3")
    others(made, 200)
    assert broken(ends(made)) == []


# What others got


@pytest.mark.parametrize(("count", "is_broken"), [(0, False), (4, False), (5, True)])
def test_in_a_small_sync_all_others_are_enough_if_they_are_five(
    count: int, *, is_broken: bool
) -> None:
    made = bench()
    others(made, count)
    made.submit("bad", "bad")
    assert breaks(ends(made)["bad"]) is is_broken


@pytest.mark.parametrize(("count", "is_broken"), [(5, False), (99, False), (100, True)])
def test_while_more_calls_may_come_it_takes_a_hundred(count: int, *, is_broken: bool) -> None:
    made = bench()
    others(made, count)
    made.submit("bad", "bad")
    assert breaks(dict(made.run())["bad"]) is is_broken


@pytest.mark.parametrize(("seconds", "is_broken"), [(55, True), (62, False)])
def test_what_was_taken_in_the_minute_before_its_first_attempt_counts(
    seconds: int, *, is_broken: bool
) -> None:
    made = bench()
    others(made, 300)
    made.run()
    made.time += seconds
    made.submit("bad", "bad")
    assert breaks(ends(made)["bad"]) is is_broken


def test_refused_and_parked_calls_are_not_taken_and_are_not_waited_for() -> None:
    made = bench(
        lambda number, request: (
            Response(int(request.body)) if request.body.isdigit() else answering(number, request)
        )
    )
    others(made, 4)
    made.submit("no", "400")
    made.submit("bad", "bad")
    made.run(at_most=5.0)
    made.submit("parked", "403")
    outcomes = ends(made)
    assert isinstance(outcomes["bad"], GaveUp)
    assert isinstance(outcomes["403"], Refused)
    made = bench(made.answer)
    others(made, 5)
    made.submit("bad", "bad")
    made.run(at_most=5.0)
    made.submit("parked", "403")
    outcomes = ends(made)
    assert broken(outcomes) == ["bad"]
    assert outcomes["403"] == Refused(1, 403, "HTTP 403")


def test_what_waits_for_it_does_not_speak_for_it() -> None:
    made = bench()
    others(made, 5)
    made.submit("a", "bad", "org")
    made.submit("a", "a2")
    made.submit("b", "b1", "org")
    made.submit("b", "b2")
    outcomes = ends(made)
    assert broken(outcomes) == ["bad"]
    assert {type(o) for ticket, o in outcomes.items() if ticket != "bad"} == {Delivered}


def test_several_bad_calls_of_a_small_sync() -> None:
    made = bench()
    others(made, 5)
    for number in range(4):
        made.submit(f"bad{number}", f"bad{number}")
    assert broken(ends(made)) == [f"bad{number}" for number in range(4)]


def test_five_are_not_enough_while_calls_may_come_though_none_does_for_a_while() -> None:
    made = bench()
    others(made, 50)
    made.submit("bad", "bad")
    made.lanes.flush()
    assert broken(dict(made.run())) == []


def test_a_call_that_could_be_sent_and_was_not_taken_speaks_for_it() -> None:
    made = bench(
        lambda number, request: (
            Response(429) if request.body == b"limited" else answering(number, request)
        )
    )
    others(made, 50)
    made.submit("bad", "bad")
    made.submit("limited", "limited")
    assert broken(ends(made)) == []


@pytest.mark.parametrize(("count", "ended"), [(20, 20), (21, 0), (30, 0)])
def test_if_more_than_twenty_fail_at_a_time_nobody_is_to_blame(count: int, ended: int) -> None:
    made = bench(connections=64)
    for number in range(count):
        made.submit(f"bad{number}", f"bad{number}")
        others(made, 50, f"good{number}-")
    outcomes = ends(made)
    assert len(broken(outcomes)) == ended
    assert Counter(type(o) for o in outcomes.values()) == {
        Delivered: 50 * count,
        Refused if ended else GaveUp: count,
    }


@pytest.mark.parametrize("left", [2, 3, 9, 20])
@pytest.mark.parametrize("lasts", [650.0, 1e9])
def test_an_outage_at_the_end_of_a_run_blames_nobody_of_those_that_are_left(
    left: int, lasts: float
) -> None:
    made = bench(connections=64)
    others(made, 500, "early")
    made.run()
    began = made.time - BEGINNING
    made.answer = Outage(made, began, lasts)
    others(made, left, "late")
    assert broken(ends(made)) == []


def test_when_a_part_of_the_endpoint_is_down_nobody_is_to_blame() -> None:
    def answer(_number: int, request: Request) -> Answer:
        return BAD if request.body.startswith(b"track") else OK

    made = bench(answer, connections=64)
    for number in range(400):
        others(made, 1, f"track{number}-")
        others(made, 1, f"identify{number}-")
    assert broken(ends(made)) == []


def test_once_a_call_gave_up_nobody_is_judged_any_more() -> None:
    made = bench()
    made.answer = lambda number, request: (
        Failure(FailureKind.BROKEN) if request.body == b"lost" else answering(number, request)
    )
    made.submit("lost", "lost")
    made.run(at_most=200.0)
    made.submit("bad", "bad")
    others(made, 300)
    outcomes = ends(made)
    assert isinstance(outcomes["lost"], GaveUp)
    assert isinstance(outcomes["bad"], GaveUp)


def test_a_time_out_that_the_deadline_cut_short_says_nothing() -> None:
    cut_short = 0
    for takes in range(4, 20):  # The last attempt of some of them gets less than they need.
        made = bench(takes=float(takes))

        def answer(number: int, request: Request, takes: int = takes) -> Answer:
            if request.body == b"bad" and request.timeout < takes:
                return Failure(FailureKind.TIMEOUT)
            return answering(number, request)

        made.answer = answer
        made.submit("bad", "bad")
        others(made, 300)
        assert broken(ends(made)) == ["bad"]
        last = [request.timeout for _, request in made.started if request.body == b"bad"][-1]
        cut_short += last < takes
    assert cut_short >= 1


def test_the_twenty_are_of_the_whole_run_however_long_it_lasts() -> None:
    made = bench(deadline=50.0)
    outcomes: dict[str, Outcome] = {}
    for number in range(23):
        made.submit(f"bad{number}", f"bad{number}")
        others(made, 120, f"good{number}-")
        outcomes |= dict(made.run())
    assert broken(outcomes) == [f"bad{number}" for number in range(20)]
    assert all(isinstance(outcomes[f"bad{number}"], GaveUp) for number in (20, 21, 22))


# Outages


@dataclass
class Outage:
    """From some moment on, for so long, each request that begins gets a 500."""

    made: Bench
    begins: float
    lasts: float

    def __call__(self, _number: int, _request: Request) -> Answer:
        at = self.made.time - BEGINNING
        return BAD if self.begins <= at < self.begins + self.lasts else OK


@pytest.mark.parametrize("connections", [1, 8, 64])
@pytest.mark.parametrize("takes", [0.005, 0.05, 2.0])
@pytest.mark.parametrize("lasts", [650.0, 1e9])
def test_in_an_outage_nobody_is_to_blame_however_many_passed_before_it(
    connections: int, takes: float, lasts: float
) -> None:
    made = bench(connections=connections, takes=takes)
    made.answer = Outage(made, max(0.3, 5 * takes), lasts)
    persons = 0
    ended: list[tuple[str, Outcome]] = []
    while made.time < BEGINNING + 800 and not any(isinstance(o, GaveUp) for _, o in ended):
        while made.lanes.pending_calls < 2 * connections + 50:
            made.submit(str(persons), str(persons))
            persons += 1
        ended += made.run(at_most=0.5)
    assert any(isinstance(o, Delivered) for _, o in ended)
    assert any(isinstance(o, GaveUp) for _, o in ended)
    made.lanes.shut_down()
    ended += made.run()
    assert {type(outcome) for _, outcome in ended} <= {Delivered, GaveUp, Interrupted}


def test_what_was_in_flight_when_an_outage_began_says_nothing() -> None:
    made = bench(connections=256, takes=2.0)
    others(made, 200)
    made.run(at_most=0.1)
    made.answer = lambda _number, _request: BAD
    made.takes = 0.01
    others(made, 1_000, "late")
    ended: list[tuple[str, Outcome]] = []
    while not any(isinstance(outcome, GaveUp) for _, outcome in ended):
        ended += made.run(at_most=1.0)
    assert {type(outcome) for _, outcome in ended} == {Delivered, GaveUp}


def test_a_shutdown_blames_nobody() -> None:
    made = bench(takes=1.0)
    others(made, 200)
    made.submit("bad", "bad")
    made.run(at_most=DEADLINE - LONGEST_WAIT)
    while not made.in_flight:
        made.lanes.wait(100.0)
        made.lanes.outcomes()
    made.time += LONGEST_WAIT
    made.lanes.no_more_calls()
    made.lanes.shut_down()
    assert [type(outcome) for _, outcome in made.run()] == [GaveUp]


# Whatever happens

SAID: Final = st.sampled_from(
    [
        Response(500),
        Response(500),
        Response(503),
        Response(503, {"retry-after": "2"}),
        Response(429),
        Failure(FailureKind.TIMEOUT),
        Failure(FailureKind.BROKEN),
    ]
)


@dataclass(frozen=True)
class Fate:
    """What a call gets: always the first answer, but once, in its attempt number `at`, the other.

    A call that is taken in the end is so after `fails` attempts.
    """

    first: Answer
    other: Answer
    at: int
    fails: int | None


FATES: Final = st.builds(
    Fate, SAID, SAID, st.integers(1, 12), st.sampled_from([0, 0, 0, 0, 1, 9, None])
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), FATES), max_size=30),
    st.sampled_from([0, 3, 5, 150]),
    st.integers(1, 20),
    st.booleans(),
    st.booleans(),
)
def test_who_is_found_at_fault_is_at_fault(
    calls: list[tuple[int, Fate]],
    crowd: int,
    connections: int,
    is_mixed: bool,
    flushes: bool,
) -> None:
    made = bench(connections=connections, takes=0.2)
    got: dict[str, list[Answer]] = {}
    times: dict[str, list[float]] = {}
    fates = {f"{person} {n}": fate for n, (person, fate) in enumerate(calls)}

    def answer(_number: int, request: Request) -> Answer:
        ticket = request.body.decode()
        own = got.setdefault(ticket, [])
        times.setdefault(ticket, []).append(made.time)
        fate = fates.get(ticket)
        if fate is None or (fate.fails is not None and len(own) >= fate.fails):
            own.append(OK)
        else:
            own.append(fate.other if len(own) + 1 == fate.at else fate.first)
        return own[-1]

    made.answer = answer
    if is_mixed:
        others(made, crowd)
    for ticket in fates:
        made.submit(ticket.split()[0], ticket)
    if not is_mixed:
        others(made, crowd)
    if flushes:
        made.lanes.no_more_calls()
    outcomes = dict(made.run(at_most=100_000.0))
    assert outcomes.keys() == {*fates, *(f"good{n}" for n in range(crowd))}
    taken = {
        ticket: times[ticket][-1] for ticket, o in outcomes.items() if isinstance(o, Delivered)
    }
    at_fault = broken(outcomes)
    assert len(at_fault) <= 20
    for ticket in at_fault:
        assert len(got[ticket]) >= 8
        assert all(_says_5xx(each) for each in got[ticket])
        began, last = times[ticket][0], times[ticket][-1]
        assert last - began >= DEADLINE - LONGEST_WAIT - 1.0
        near = [moment for moment in taken.values() if began - 61.0 <= moment <= last]
        assert len(near) >= (5 if flushes else 100)
    if not taken:
        assert not at_fault


def _says_5xx(answer: Answer) -> bool:
    return (
        isinstance(answer, Response)
        and 500 <= answer.status < 600
        and "retry-after" not in answer.headers
    )


def test_what_is_remembered_is_bounded() -> None:
    suspects: Suspects[FakeCall, str] = Suspects(RetryPolicy(deadline=DEADLINE))
    for second in range(10_000):
        suspects.taken(float(second))
    assert len(suspects._accepted._seconds) <= DEADLINE + 62
