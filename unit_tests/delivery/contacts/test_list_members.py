"""Static lists: who joins and who leaves, and odd answers about it."""

import json
from urllib.parse import unquote

import pytest

from destination_inflection.delivery.contacts.recent import Recent
from destination_inflection.delivery.outcomes import (
    Delivered,
    Refusal,
    Refused,
    Stopped,
)
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, kinds, refusal


def requests(bench: ApiBench) -> list[str]:
    return [f"{request.method} {request.url.rpartition('/v1/')[2]}" for _, request in bench.started]


def test_members_are_looked_up_once_and_added_in_one_call() -> None:
    bench = ApiBench()
    bench.member("A@b.c", "1")
    bench.member("d@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    bench.member("a@b.c", "3")
    bench.run()
    assert sorted(requests(bench)) == [
        "GET contacts/by-email/A%40b.c",
        "GET contacts/by-email/d%40b.c",
        "POST lists/L/members",
        "POST lists/L/members",
    ]
    assert bench.bodies[2:] == [
        '{"contactIds": ["id-A@b.c", "id-d@b.c"]}',
        '{"contactIds": ["id-A@b.c"]}',
    ]


def test_of_several_rows_the_newest_membership_counts() -> None:
    bench = ApiBench()
    bench.member("a@b.c", "1")
    bench.member("a@b.c", "2", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert requests(bench)[1:] == ["DELETE lists/L/members/id-a%40b.c"]


def test_of_several_rows_that_of_the_later_cursor_counts() -> None:
    bench = ApiBench()
    bench.member("a@b.c", "1", ("number", 2), joins=False)
    bench.member("a@b.c", "2", ("number", 1))
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert requests(bench)[1:] == ["DELETE lists/L/members/id-a%40b.c"]


def test_a_stranger_cant_be_added_and_need_not_be_removed() -> None:
    bench = ApiBench()
    bench.member("stranger@b.c", "1")
    bench.member("stranger2@b.c", "2", joins=False)
    ended = bench.run()
    assert isinstance(ended["1"], Refused)
    assert ended["1"].why is Refusal.UNKNOWN_CONTACT
    assert isinstance(ended["2"], Delivered)


@pytest.mark.parametrize("status", [404, 410])
def test_who_is_off_the_list_already_is_fine(status: int) -> None:
    gone = refusal(status, "CONTACT_NOT_FOUND")
    bench = ApiBench(on_list=lambda request: gone if request.method == "DELETE" else None)
    bench.member("a@b.c", "1", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered"}


@pytest.mark.parametrize("joins", [True, False])
@pytest.mark.parametrize(
    "gone",
    [
        refusal(404, "LIST_NOT_FOUND"),
        refusal(404, "NOT_FOUND"),
        Response(404),
        Response(404, body=b"<html>"),
        Response(404, body=b'{"errors": [{"errorCode": "CONTACT_NOT_FOUND"', is_cut=True),
        refusal(410, "GONE"),
        Response(410),
    ],
)
def test_a_list_that_is_not_there_stops_the_sync_at_once(joins: bool, gone: Response) -> None:
    bench = ApiBench(on_list=lambda request: None if request.method == "GET" else gone)
    bench.member("a@b.c", "1", joins=joins)
    (outcome,) = bench.run().values()
    assert isinstance(outcome, Stopped)
    assert f'no list with the id "L" (HTTP {gone.status}): correct list_id' in outcome.problem
    assert len(bench.started) == 2


def test_who_is_unknown_to_the_list_is_not_taken_for_the_list() -> None:
    unknown = refusal(404, "CONTACTS_NOT_FOUND")
    bench = ApiBench(on_list=lambda request: None if request.method == "GET" else unknown)
    bench.member("a@b.c", "1")
    (outcome,) = bench.run().values()
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.UNKNOWN_CONTACT


@pytest.mark.parametrize("joins", [True, False])
def test_a_404_with_an_envelope_is_a_contact_that_is_unknown(joins: bool) -> None:
    missing = refusal(404, "NOT_FOUND")
    bench = ApiBench(on_list=lambda request: missing if request.method == "GET" else None)
    bench.member("a@b.c", "1", joins=joins)
    (outcome,) = bench.run().values()
    if joins:
        assert isinstance(outcome, Refused)
        assert outcome.why is Refusal.UNKNOWN_CONTACT
    else:
        assert isinstance(outcome, Delivered)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "Not Found"}'])
def test_a_404_without_an_envelope_is_a_wrong_address(body: bytes) -> None:
    bench = ApiBench(on_list=lambda _request: Response(404, body=body))
    bench.member("a@b.c", "1")
    (outcome,) = bench.run().values()
    assert isinstance(outcome, Stopped)
    assert "base_url" in outcome.problem


def test_two_emails_of_one_contact_both_end() -> None:
    same = answer({"id": "same"})
    bench = ApiBench(on_list=lambda request: same if "by-email" in request.url else None)
    bench.member("a@b.c", "1")
    bench.member("x@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    assert bench.bodies[-1] == '{"contactIds": ["same"]}'


@pytest.mark.parametrize("joins", [True, False])
@pytest.mark.parametrize(
    ("odd", "becomes"),
    [
        (Response(200, body=b"<html>"), "GaveUp"),
        (Response(403, body=b"<html>"), "Refused"),
        (answer({}, meta={"status": "FAILURE"}), "Refused"),
        (refusal(200, "X"), "Refused"),
    ],
)
def test_an_odd_answer_about_a_list_is_not_taken_for_a_yes(
    joins: bool, odd: Response, becomes: str
) -> None:
    bench = ApiBench(on_list=lambda request: None if request.method == "GET" else odd)
    bench.member("a@b.c", "1", joins=joins)
    assert kinds(bench.run()) == {"1": becomes}


def test_one_member_that_is_refused_costs_itself() -> None:
    bench = ApiBench(on_list=lambda request: Response(400) if b"id-3" in request.body else None)
    for number in range(8):
        bench.member(f"{number}@b.c", str(number))
    expected = {str(number): "Refused" if number == 3 else "Delivered" for number in range(8)}
    assert kinds(bench.run()) == expected


def test_a_removal_may_be_answered_with_nothing() -> None:
    empty = Response(204)
    bench = ApiBench(on_list=lambda request: empty if request.method == "DELETE" else None)
    bench.member("a@b.c", "1", joins=False)
    assert kinds(bench.run()) == {"1": "Delivered"}


def test_a_person_is_written_before_joining_a_list() -> None:
    bench = ApiBench(takes=0.1, settles=0.5)
    bench.submit("a@b.c", "1")
    bench.member("a@b.c", "2")
    bench.submit("a@b.c", "3")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered", "3": "Delivered"}
    assert [name.split("/")[0] + name.split("/")[1] for name in requests(bench)] == [
        "POST contactsbatch",
        "GET contactstransactions",
        "GET contactsby-email",
        "POST listsL",
        "POST contactsbatch",
        "GET contactstransactions",
    ]


# Ids that were remembered and are stale


class Remade:
    """A list that knows a contact by its latest id only; `remake` deletes it and makes it anew."""

    def __init__(self, bench: ApiBench) -> None:
        self.generation = 1
        self.is_gone = False
        self.members = {"id-1"}
        bench.on_list = self.on_list
        bench.member("a@b.c", "first")
        bench.run()
        bench.started.clear()

    def remake(self) -> None:
        self.generation += 1
        self.members = {f"id-{self.generation}"}

    def on_list(self, request: Request) -> Answer:
        current = f"id-{self.generation}"
        if request.method == "GET":
            return refusal(400, "BAS-E-002") if self.is_gone else answer({"id": current})
        if request.method == "DELETE":
            sent = request.url.rpartition("/")[2]
            known = sent in self.members and not self.is_gone
            self.members.discard(sent)
            return answer({}) if known else refusal(404, "CONTACT_NOT_FOUND")
        if current in request.body.decode() and not self.is_gone:
            self.members.add(current)
            return answer({"added": 1})
        return answer({"added": 0}, errors=[{"errorCode": "CONTACTS_NOT_FOUND", "detail": "id"}])


@pytest.mark.parametrize("joins", [True, False])
def test_a_stale_id_is_looked_up_afresh_and_the_change_is_made_with_the_new_one(
    joins: bool,
) -> None:
    list_of_ids = Remade(bench := ApiBench())
    list_of_ids.remake()
    if joins:
        list_of_ids.members.clear()
    bench.member("a@b.c", "again", joins=joins)
    assert kinds(bench.run())["again"] == "Delivered"
    assert list_of_ids.members == ({"id-2"} if joins else set())
    assert len(requests(bench)) == 3


@pytest.mark.parametrize(("joins", "becomes"), [(True, "Refused"), (False, "Delivered")])
def test_whose_id_is_stale_and_whose_email_is_unknown_is_not_a_contact(
    joins: bool, becomes: str
) -> None:
    list_of_ids = Remade(bench := ApiBench())
    list_of_ids.is_gone = True
    bench.member("a@b.c", "again", joins=joins)
    assert kinds(bench.run())["again"] == becomes
    assert len(requests(bench)) == 2


def test_who_is_off_the_list_already_is_looked_up_afresh_once() -> None:
    list_of_ids = Remade(bench := ApiBench())
    list_of_ids.members.clear()
    bench.member("a@b.c", "again", joins=False)
    assert kinds(bench.run())["again"] == "Delivered"
    assert [name.split()[0] for name in requests(bench)] == ["DELETE", "GET"]


def test_an_id_that_was_just_looked_up_is_not_looked_up_afresh() -> None:
    gone = refusal(404, "CONTACT_NOT_FOUND")
    bench = ApiBench(on_list=lambda request: gone if request.method == "DELETE" else None)
    bench.member("a@b.c", "1", joins=False)
    bench.run()
    assert [name.split()[0] for name in requests(bench)] == ["GET", "DELETE"]


def test_stale_ids_are_found_among_others_in_one_batch() -> None:
    bench = ApiBench()
    ids = {"a@b.c": "id-a1", "d@b.c": "id-d1", "e@b.c": "id-e1"}

    def on_list(request: Request) -> Answer:
        if request.method == "GET":
            return answer({"id": ids[unquote(request.url.rpartition("/")[2])]})
        if set(json.loads(request.body)["contactIds"]) <= set(ids.values()):
            return answer({"added": 1})
        return answer({"added": 0}, errors=[{"errorCode": "CONTACTS_NOT_FOUND"}])

    bench.on_list = on_list
    for email in ids:
        bench.member(email, f"first {email}")
    bench.run()
    ids["a@b.c"], ids["d@b.c"] = "id-a2", "id-d2"
    for email in ids:
        bench.member(email, f"again {email}")
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert bench.bodies[-1] == '{"contactIds": ["id-a2", "id-d2"]}'


# Capitals


def test_an_email_with_capitals_is_asked_in_lower_case_before_it_is_a_miss() -> None:
    bench = ApiBench()
    bench.on_list = lambda r: refusal(400, "BAS-E-002") if "A%40B.c" in r.url else None
    bench.member("A@B.c", "1")
    assert kinds(bench.run()) == {"1": "Delivered"}
    assert requests(bench)[:2] == ["GET contacts/by-email/A%40B.c", "GET contacts/by-email/a%40b.c"]
    assert bench.bodies[-1] == '{"contactIds": ["id-a@b.c"]}'


@pytest.mark.parametrize(("email", "look_ups"), [("Stranger@b.c", 2), ("stranger@b.c", 1)])
def test_a_miss_costs_a_second_look_up_only_with_capitals(email: str, look_ups: int) -> None:
    bench = ApiBench(on_list=lambda _request: refusal(400, "BAS-E-002"))
    bench.member(email, "1")
    assert kinds(bench.run()) == {"1": "Refused"}
    assert len(bench.started) == look_ups


# What is remembered


def test_what_was_remembered_first_is_forgotten_first_and_alone() -> None:
    recent = Recent(3, 1_000_000)
    for key in ("a", "b", "c", "a", "d"):
        recent.put(key, key.upper())
    assert [recent.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    recent.forget("c")
    recent.forget("c")
    assert [recent.get(key) for key in "abcd"] == ["A", None, None, "D"]


def test_what_is_remembered_is_bounded_in_bytes_too() -> None:
    recent = Recent(1_000, 100_000)
    for number in range(1_000):
        recent.put(f"{number}@b.c", "x" * 1_000)
        assert recent._bytes <= 100_000
    left = [number for number in range(1_000) if recent.get(f"{number}@b.c") is not None]
    assert 70 <= len(left) <= 100
    assert left == list(range(left[0], 1_000))
    for number in range(1_000):
        recent.forget(f"{number}@b.c")
    assert recent._bytes == 0
