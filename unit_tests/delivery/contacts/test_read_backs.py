"""Contacts that are read back: what is missing is told, and no trouble is anybody's."""

import json
from collections.abc import Sequence

import pytest

from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, refusal
from unit_tests.delivery.fake_transport import FakeCall

SENT = {"plan": "pro", "seats": 0, "vip": False, "notes": "", "left": None, "tags": []}
NOBODY = refusal(400, "BAS-E-002")


def stored(**properties: object) -> Answer:
    return answer({"id": "1", "email": "a@b.c", "properties": properties})


ALL = stored(plan="other", seats=1, vip=False)
NO_PLAN = stored(plan=None, seats=0, vip=False)
NO_SEATS = stored(plan="pro", vip=False)


def read_back(
    bench: ApiBench, answers: Sequence[Answer], sent: object = None
) -> list[Sequence[str]]:
    """What was told within five seconds; `answers` are those of the look-ups, one after another."""
    left = list(answers)
    bench.on_list = lambda _request: left.pop(0)
    told: list[Sequence[str]] = []
    begin(bench, told, SENT if sent is None else sent)
    bench.step(5.1)
    assert left == []
    return told


def begin(bench: ApiBench, told: list[Sequence[str]], sent: object = None) -> None:
    body = json.dumps({"email": "a@b.c", "properties": SENT if sent is None else sent}).encode()
    bench.contacts.read_back(FakeCall("a@b.c", body, "contact"), told.append)


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        ([ALL], []),
        ([stored(PLAN="x", Seats=1, vip=True)], []),
        ([NO_PLAN, NO_PLAN], ["plan"]),
        ([NO_SEATS, NO_SEATS], ["seats"]),
        ([stored(), stored()], ["plan", "seats", "vip"]),
        ([NO_PLAN, ALL], []),
        ([NO_PLAN, NO_SEATS], []),
        ([NOBODY, NO_PLAN], ["plan"]),
        ([NOBODY, NOBODY], []),
        ([answer({"id": "1"}), answer({"id": "1"})], []),
        ([NO_PLAN, NOBODY], []),
        ([Response(503), NO_PLAN], ["plan"]),
        ([Failure(FailureKind.TIMEOUT), ALL], []),
        ([Response(503), Response(503)], []),
        ([Response(401), Response(401)], []),
        ([Response(429, {"retry-after": "60"}), ALL], []),
    ],
)
def test_what_was_sent_and_is_missing_twice_is_told_once(
    answers: list[Answer], missing: list[str]
) -> None:
    assert [list(names) for names in read_back(ApiBench(), answers)] == [missing]


@pytest.mark.parametrize("sent", [{}, {"plan": None}, "odd"])
def test_nothing_is_asked_about_a_contact_that_has_nothing_to_lose(sent: object) -> None:
    bench = ApiBench()
    assert [list(names) for names in read_back(bench, [], sent)] == [[]]
    assert bench.started == []


@pytest.mark.parametrize("takes", [60.0, 4.0])
def test_it_ends_in_five_seconds_whatever_hangs(takes: float) -> None:
    bench = ApiBench(takes=takes, retry=RetryPolicy(request_timeout=30))
    late = Failure(FailureKind.TIMEOUT)
    bench.on_list = lambda request: late if request.timeout < takes else NO_PLAN
    told: list[Sequence[str]] = []
    begin(bench, told)
    bench.step(5.1)
    assert [list(names) for names in told] == [[]]


def test_shutting_down_drops_it() -> None:
    bench, told = ApiBench(), list[Sequence[str]]()
    bench.on_list = lambda _request: NO_PLAN
    begin(bench, told)
    bench.step(0.5)
    assert told == []
    bench.contacts.shut_down()
    assert [list(names) for names in told] == [[]]
    begin(bench, told)
    bench.step(5)
    assert [list(names) for names in told] == [[], []]
    assert len(bench.started) == 1


def test_contacts_are_delivered_while_one_is_read_back() -> None:
    bench, told = ApiBench(), list[Sequence[str]]()
    bench.on_list = lambda _request: NO_PLAN
    begin(bench, told)
    bench.submit("d@b.c", "1")
    assert list(bench.run()) == ["1"]
    assert told == []
