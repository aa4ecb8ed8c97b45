"""What speaks against a call that fails for ever, as the simulator sees it, and worlds with one."""

from dataclasses import dataclass, field, replace
from typing import Final

import pytest

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.kinds import CallKind
from simulation.reached import Seen
from simulation.scenario import Scenario
from simulation.shapes import Shape, StateKind
from simulation.simulate import Result, play
from simulation.suspicion import Suspicion
from simulation.tables import TABLES, Route
from simulation.violation import Rule
from simulation.watched import SentCall
from unit_tests.simulation.by_hand import PLAIN, breaks, mark

BROKE: Final = Response(500)
LAST: Final = 570.0


def request(place: int) -> Request:
    return Request("https://in.example/v1/track", {}, mark(place).encode(), 30.0)


def sent(place: int, person: str = "", org: str | None = None) -> SentCall:
    call = Call(CallKind.TRACK, person or f"u{place}", "id", b"{}", org=org)
    return SentCall(mark(place), call)


@dataclass
class Scene:
    """Call 1 fails from the first second on; others are taken."""

    suspicion: Suspicion = field(default_factory=lambda: Suspicion(connections=4))
    number: int = 0

    def fails(self, *answers: Answer, place: int = 1) -> None:
        """It gets these, the last of them in time for its deadline."""
        self.suspicion.submitted(sent(place))
        for at, answer in enumerate(answers):
            self.number += 1
            begins = LAST * at / max(len(answers) - 1, 1)
            self.suspicion.begins(request(place), begins)
            self.suspicion.answered(request(place), self.number, self.number, answer, begins)

    def takes(self, *places: int, at: float = 100.0) -> None:
        for place in places:
            self.number += 1
            self.suspicion.submitted(sent(place))
            self.suspicion.begins(request(place), at)
            self.suspicion.answered(request(place), self.number, self.number, Response(200), at)

    def waits(self, place: int, person: str = "", org: str | None = None) -> None:
        self.suspicion.submitted(sent(place, person, org))

    def breaks(self, *, more_come: bool = False) -> str | None:
        return self.suspicion.breaks(sent(1), more_come=more_come)

    def gives_up(self, *, more_come: bool = False) -> str | None:
        return self.suspicion.gives_up(sent(1), more_come=more_come)


def test_a_proven_call_has_to_be_refused() -> None:
    scene = Scene()
    scene.fails(*[BROKE] * 8)
    scene.takes(*range(2, 7))
    assert scene.breaks() is None
    assert scene.gives_up() == "it breaks the endpoint"
    assert scene.suspicion.gave_up == {mark(1)}


@pytest.mark.parametrize(
    "answers",
    [
        [BROKE] * 7,
        *(
            [*[BROKE] * 8, odd]
            for odd in (
                Response(429),
                Response(503, {"retry-after": "1"}),
                Failure(FailureKind.TIMEOUT),
            )
        ),
    ],
)
def test_what_else_it_may_have_got(answers: list[Answer]) -> None:
    scene = Scene()
    scene.fails(*answers)
    scene.takes(*range(2, 200))
    assert scene.breaks() == "it got something else than eight 5xx or more"
    assert scene.gives_up() is None


def test_it_has_until_its_deadline() -> None:
    scene = Scene()
    for number in range(8):
        scene.suspicion.begins(request(1), float(number))
        scene.suspicion.answered(request(1), number, number, BROKE, float(number))
    scene.takes(*range(2, 200))
    assert scene.breaks() == "its deadline is not spent"


def test_more_than_twenty_of_a_run() -> None:
    scene = Scene()
    scene.fails(*[BROKE] * 8)
    scene.takes(*range(2, 7))
    assert [scene.breaks() for _ in range(21)] == [*[None] * 20, "there were twenty before"]
    assert scene.gives_up() is None


@pytest.mark.parametrize(
    ("taken", "at", "more_come", "enough"),
    [
        (5, 100.0, False, True),
        (4, 100.0, False, False),
        (5, -59.0, False, True),
        (5, -63.0, False, False),
        (99, 100.0, True, False),
        (100, 100.0, True, True),
    ],
)
def test_how_many_others_it_takes(taken: int, at: float, *, more_come: bool, enough: bool) -> None:
    scene = Scene()
    scene.fails(*[BROKE] * 8)
    scene.takes(*range(2, 2 + taken), at=at)
    assert scene.breaks(more_come=more_come) == (None if enough else "too few others were taken")


@pytest.mark.parametrize(("after", "enough", "must"), [(99, 0, 0), (100, 1, 0), (104, 1, 1)])
def test_while_another_could_be_sent_those_count_that_were_sent_after_it_failed(
    after: int, enough: int, must: int
) -> None:
    scene = Scene()
    scene.takes(*range(200, 400))
    scene.fails(*[BROKE] * 8)
    scene.takes(*range(2, 2 + after))
    scene.waits(500)
    assert scene.breaks() == (None if enough else "too few others were taken")
    assert scene.gives_up() == ("it breaks the endpoint" if must else None)


@pytest.mark.parametrize(("person", "org"), [("u1", None), ("", "o")])
def test_what_waits_for_it_could_not_be_sent(person: str, org: str | None) -> None:
    scene = Scene()
    scene.fails(*[BROKE] * 8)
    scene.waits(1, org="o")
    scene.takes(*range(2, 7))
    scene.waits(500, person, org)
    assert scene.gives_up() == "it breaks the endpoint"


def test_at_a_shutdown_nobody_is_judged() -> None:
    scene = Scene()
    scene.fails(*[BROKE] * 8)
    scene.takes(*range(2, 7))
    scene.suspicion.is_shut = True
    assert scene.gives_up() is None


# Whole worlds

MEMBERS: Final = Shape(
    route=Route.EVENT_ENDPOINT,
    tables=tuple(t for t in TABLES[Route.EVENT_ENDPOINT] if t.name in ("people", "memberships")),
    rows=300,
    people=50,
    orgs=4,
    state_kind=StateKind.STREAM,
    rows_per_state=50,
)
POISONED: Final[Scenario] = replace(PLAIN, shape=MEMBERS, connections=16, has_poison=True)


@pytest.mark.parametrize("seed", range(4))
def test_a_record_that_breaks_the_endpoint_costs_itself_and_its_sync_is_good(seed: int) -> None:
    result: Result = play(replace(POISONED, seed=seed))
    assert result.violation is None
    assert (result.runs, result.reached[Seen.GREEN]) == (1, 1)
    assert result.reached[Seen.BREAKS_ENDPOINT] == 1


def test_a_pause_that_was_asked_for_is_kept() -> None:
    suspicion = Suspicion(connections=4)
    suspicion.begins(request(1), 0.0)
    suspicion.answered(request(1), 1, 1, Response(429, {"retry-after": "30.5"}), 1.0)
    with breaks(Rule.PACE, "mark_people_000001 is sent 0.5 s sooner than was asked for"):
        suspicion.begins(request(1), 31.0)
    suspicion.begins(request(1), 31.5)


def test_a_call_is_not_tried_for_ever() -> None:
    suspicion = Suspicion(connections=4)
    for number in range(45):
        suspicion.begins(request(1), float(number))
        suspicion.answered(request(1), number, number, BROKE, float(number))
    with breaks(Rule.PACE, "is sent more than 45 times"):
        suspicion.begins(request(1), 45.0)


@pytest.mark.parametrize(
    ("answer", "last", "why"),
    [
        (Response(503), 529.0, "its deadline is not spent"),
        (Response(503), 531.0, None),
        (Response(503, {"retry-after": "300"}), 294.0, "its deadline is not spent"),
        (Response(503, {"retry-after": "300"}), 296.0, None),
    ],
)
def test_a_call_is_given_up_at_its_deadline(answer: Response, last: float, why: str | None) -> None:
    suspicion = Suspicion(connections=4)
    suspicion.submitted(sent(1))
    suspicion.begins(request(1), 0.0)
    suspicion.answered(request(1), 1, 1, answer, last)
    assert suspicion.gives_up(sent(1), more_come=False) == why
