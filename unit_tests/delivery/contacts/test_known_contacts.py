"""Contacts that are changed only if Inflection has them: looked up first, and never created."""

import json
from unittest import mock

import pytest

from destination_inflection.delivery.contacts import lookups
from destination_inflection.delivery.outcomes import Refused, Stopped, Unneeded
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, done, kinds, refusal

NOBODY = refusal(400, "BAS-E-002")


def leave(bench: ApiBench, email: str, ticket: str, **properties: object) -> None:
    """A deleted row: it changes the contact only if Inflection has it."""
    bench.submit_if_known(email, ticket, **(properties or {"vip": False}))


def looked_up(bench: ApiBench) -> list[str]:
    urls = [request.url for _, request in bench.started if "/by-email/" in request.url]
    return [url.rpartition("/")[2].replace("%40", "@") for url in urls]


def test_only_who_is_known_is_written() -> None:
    bench = ApiBench()
    for number, email in enumerate(("a@b.c", "stranger@b.c", "d@b.c")):
        leave(bench, email, str(number))
    assert kinds(bench.run()) == {"0": "Delivered", "1": "Unneeded", "2": "Delivered"}
    assert looked_up(bench) == ["a@b.c", "stranger@b.c", "d@b.c"]
    assert [[contact["email"] for contact in batch] for batch in bench.batches] == [
        ["a@b.c", "d@b.c"]
    ]


def test_nothing_is_sent_where_nobody_is_known() -> None:
    bench = ApiBench()
    leave(bench, "stranger@b.c", "1")
    assert bench.run() == {"1": Unneeded(1)}
    assert bench.batches == []


@pytest.mark.parametrize(
    ("stored", "questions", "ends"),
    [
        ({"A@b.c"}, ["A@b.c"], "Delivered"),
        ({"a@b.c"}, ["A@b.c", "a@b.c"], "Delivered"),
        (set(), ["A@b.c", "a@b.c"], "Unneeded"),
    ],
)
def test_an_email_with_capitals_is_looked_up_in_lower_case_too(
    stored: set[str], questions: list[str], ends: str
) -> None:
    def on_list(request: Request) -> Answer | None:
        email = request.url.rpartition("/")[2].replace("%40", "@")
        return None if email in stored else NOBODY

    bench = ApiBench(on_list=on_list)
    leave(bench, "A@b.c", "1")
    assert kinds(bench.run()) == {"1": ends}
    assert looked_up(bench) == questions
    # In another spelling than the one that was found, an upsert might create a contact.
    assert {contact["email"] for batch in bench.batches for contact in batch} == stored


@pytest.mark.parametrize("odd", [Response(422), Response(500)])
def test_parts_of_a_batch_keep_the_spelling_that_was_found(odd: Answer) -> None:
    def on_list(request: Request) -> Answer | None:
        return None if request.url.rpartition("/")[2].islower() else NOBODY

    def on_batch(contacts: list[dict[str, object]]) -> Answer | None:
        return odd if len(contacts) > 1 else None

    bench = ApiBench(on_list=on_list, on_batch=on_batch)
    for number in range(4):
        leave(bench, f"P{number}@b.c", str(number))
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    spelled = {contact["email"] for batch in bench.batches for contact in batch}
    assert spelled == {f"p{number}@b.c" for number in range(4)}


def test_who_was_written_just_before_is_known_whatever_a_look_up_would_say() -> None:
    """In one batch, and in a later one: Inflection may not show a new contact at once."""
    bench = ApiBench(on_list=lambda _request: NOBODY)
    bench.submit("a@b.c", "1", vip=True)
    leave(bench, "a@b.c", "2")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered"}
    leave(bench, "a@b.c", "3")
    assert kinds(bench.run())["3"] == "Delivered"
    assert looked_up(bench) == []
    assert [contact["properties"]["vip"] for (contact,) in bench.batches] == [True, False, False]


def test_who_failed_just_before_is_looked_up() -> None:
    bench = ApiBench(
        on_poll=lambda _id, _number: done([("a@b.c", "FAILED")]), on_list=lambda _request: NOBODY
    )
    bench.submit("a@b.c", "1", vip=True)
    leave(bench, "a@b.c", "2")
    assert kinds(bench.run()) == {"1": "Refused", "2": "Unneeded"}
    assert looked_up(bench) == ["a@b.c"]


def test_rows_of_one_email_keep_their_order() -> None:
    bench = ApiBench()
    leave(bench, "a@b.c", "1", n=1)
    bench.submit("a@b.c", "2", n=2)
    leave(bench, "a@b.c", "3", n=3)
    bench.run()
    assert [ticket for ticket, _ in bench.ended] == ["1", "2", "3"]
    assert [contact["properties"]["n"] for (contact,) in bench.batches] == [1, 2, 3]


def test_known_ones_are_divided_like_others_when_they_are_refused() -> None:
    """One bad row costs one row, also among rows of one email."""

    def on_batch(contacts: list[dict[str, object]]) -> Answer | None:
        return Response(400) if "bad" in json.dumps(contacts) else None

    bench = ApiBench(on_batch=on_batch)
    leave(bench, "a@b.c", "1")
    leave(bench, "d@b.c", "2")
    leave(bench, "d@b.c", "3", plan="bad")
    assert kinds(bench.run()) == {"1": "Delivered", "2": "Delivered", "3": "Refused"}


def test_a_look_up_that_is_refused_costs_its_record_and_a_wrong_key_stops() -> None:
    bench = ApiBench(on_list=lambda _request: Response(422))
    leave(bench, "a@b.c", "1")
    assert isinstance(bench.run()["1"], Refused)
    bench = ApiBench(on_list=lambda _request: Response(401))
    leave(bench, "a@b.c", "1")
    assert isinstance(bench.run()["1"], Stopped)


def test_a_bounded_number_of_look_ups_is_on_its_way() -> None:
    bench = ApiBench(connections=50, takes=1)
    with mock.patch.object(lookups, "_MOST_AT_ONCE", 5):
        for number in range(12):
            leave(bench, f"stranger{number}@b.c", str(number))
        bench.contacts.flush()
        assert set(kinds(bench.run()).values()) == {"Unneeded"}
    assert bench.most_in_flight == 5
    assert len(looked_up(bench)) == 12


def test_shutting_down_ends_what_waits_for_a_look_up() -> None:
    bench = ApiBench(takes=1)
    with mock.patch.object(lookups, "_MOST_AT_ONCE", 2):
        for number in range(5):
            leave(bench, f"p{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(0.5)
        bench.contacts.shut_down()
        assert set(kinds(bench.run()).values()) == {"Interrupted"}
    assert bench.batches == []
