"""Look-ups by email: as it is spelled, then in lower case, and a bounded number at a time."""

from collections.abc import Callable, Iterator
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts import lookups
from destination_inflection.delivery.contacts.calls import ApiCall
from destination_inflection.delivery.contacts.lookups import LookUps
from destination_inflection.delivery.outcomes import Delivered, Interrupted, Outcome
from destination_inflection.delivery.transport.seam import Response
from unit_tests.delivery.contacts.fake_api import ApiBench, kinds, refusal

MOST = 3
FOUND = Delivered(1, Response(200))
NOBODY = Delivered(1, Response(400))
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from([FOUND, NOBODY, Interrupted(1)])


class Asked:
    """Requests as they were asked for; each is answered when a test says so."""

    def __init__(self) -> None:
        self.open: list[tuple[str, Callable[[Outcome], None]]] = []
        self.emails: list[str] = []
        self.ended: list[tuple[str, str, Outcome]] = []
        self.look_ups = LookUps(self.ask)

    def ask(self, call: ApiCall, then: Callable[[Outcome], None]) -> None:
        email = call.identity.removeprefix("email ")
        self.emails.append(email)
        self.open.append((email, then))

    def find(self, spelled: str) -> None:
        self.look_ups.find(spelled.lower(), spelled, lambda *ended: self.ended.append(ended))

    def answer(self, outcome: Outcome, place: int = 0) -> None:
        self.open.pop(place)[1](outcome)


@pytest.fixture(autouse=True)
def _few_at_once() -> Iterator[None]:
    with mock.patch.object(lookups, "_MOST_AT_ONCE", MOST):
        yield


@pytest.mark.parametrize(
    ("spelled", "outcomes"),
    [
        ("a@b.c", [FOUND]),
        ("a@b.c", [NOBODY]),
        ("A@b.c", [FOUND]),
        ("A@b.c", [Interrupted(1)]),
        ("A@b.c", [NOBODY, FOUND]),
        ("A@b.c", [NOBODY, NOBODY]),
        ("A@b.c", [NOBODY, Interrupted(1)]),
    ],
)
def test_it_ends_once_with_the_last_answer(spelled: str, outcomes: list[Outcome]) -> None:
    asked = Asked()
    asked.find(spelled)
    for outcome in outcomes:
        assert asked.ended == []
        asked.answer(outcome)
    assert asked.ended == [("a@b.c", asked.emails[-1], outcomes[-1])]
    assert asked.emails == [spelled, "a@b.c"][: len(outcomes)]


@given(st.lists(st.booleans(), max_size=20), st.data())
def test_first_come_first_served_and_never_more_than_the_bound(
    capitals: list[bool], data: st.DataObject
) -> None:
    asked = Asked()
    spelled = [f"{'P' if capital else 'p'}{n}@b.c" for n, capital in enumerate(capitals)]
    for each in spelled:
        asked.find(each)
    while asked.open:
        assert len(asked.open) <= MOST
        place = data.draw(st.integers(0, len(asked.open) - 1))
        asked.answer(data.draw(OUTCOMES), place)
    firsts = list(dict.fromkeys(email.lower() for email in asked.emails))
    assert firsts == [each.lower() for each in spelled]
    assert sorted(email for email, _, _ in asked.ended) == sorted(firsts)


def test_one_that_is_begun_from_an_answer_waits_behind_the_others() -> None:
    asked = Asked()
    asked.look_ups.find("a@b.c", "a@b.c", lambda *_ended: asked.find("last@b.c"))
    for number in range(MOST):
        asked.find(f"{number}@b.c")
    asked.answer(FOUND)
    assert asked.emails == ["a@b.c", "0@b.c", "1@b.c", "2@b.c"]
    asked.answer(FOUND)
    assert asked.emails[-1] == "last@b.c"


def paths(bench: ApiBench) -> list[str]:
    return [request.url.rpartition("/v1/")[2] for _, request in bench.started]


def test_members_and_deleted_rows_share_the_bound() -> None:
    bench = ApiBench(connections=50, takes=1)
    for number in range(4):
        bench.member(f"m{number}@b.c", f"m{number}")
        bench.submit_if_known(f"stranger{number}@b.c", f"s{number}")
    bench.contacts.flush()
    ends = kinds(bench.run())
    writes_of_the_list = 1
    assert bench.most_in_flight == MOST + writes_of_the_list
    assert [ends[f"m{n}"] for n in range(4)] == ["Delivered"] * 4
    assert [ends[f"s{n}"] for n in range(4)] == ["Unneeded"] * 4


def test_other_requests_get_their_turn_among_the_look_ups_of_a_list() -> None:
    bench = ApiBench(connections=1, takes=0.1)
    for number in range(50):
        bench.member(f"m{number}@b.c", f"m{number}")
    bench.contacts.flush()
    bench.step(0.0)
    bench.submit("a@b.c", "contact")
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert paths(bench).index("contacts/batch") <= MOST + 1


@pytest.mark.parametrize("begin", [ApiBench.member, ApiBench.submit_if_known])
def test_shutting_down_ends_those_that_wait(begin: Callable[..., None]) -> None:
    bench = ApiBench(takes=1, on_list=lambda _request: refusal(400, "BAS-E-002"))
    for number in range(20):
        begin(bench, f"{number}@b.c", str(number))
    bench.contacts.flush()
    bench.step(0.5)
    bench.contacts.shut_down()
    started = len(bench.started)
    assert len(bench.run()) == 20
    assert len(bench.started) == started
