"""Where requests go, and what an answer means whatever was asked."""

import pytest

from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.calls import (
    ApiCall,
    add_members,
    look_up,
    poll,
    remove_member,
    show_list,
    upsert,
)
from destination_inflection.delivery.lanes.answers import Meaning
from destination_inflection.delivery.transport.seam import Response

BASE = "https://api.example"
PAGE = Response(200, {"content-type": "text/html; charset=utf-8"}, b"<!DOCTYPE html><title>")


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/v1", f"{BASE}/v1/"])
def test_the_version_is_in_the_path_once(base: str) -> None:
    request = ContactsApi(base, "k").request(poll("34/7"), 1)
    assert request.url == f"{BASE}/v1/contacts/transactions/34%2F7"


def test_what_is_put_into_a_path_is_quoted() -> None:
    api = ContactsApi(BASE, "k")
    assert api.request(look_up("a/b?c@d.e"), 1).url.endswith("/by-email/a%2Fb%3Fc%40d.e")
    assert api.request(remove_member("l/1", "c 2"), 1).url.endswith("/lists/l%2F1/members/c%202")


@pytest.mark.parametrize(
    "call",
    [
        upsert(1, b"{}"),
        poll("t"),
        look_up("a@b.c"),
        add_members(1, "l", b"{}"),
        remove_member("l", "c"),
        show_list("l"),
    ],
)
def test_a_web_page_stops_whatever_was_asked(call: ApiCall) -> None:
    api = ContactsApi(BASE, "k")
    assert api.meaning(call, PAGE) is Meaning.STOP
    assert "web page" in api.stop_sentence(call, PAGE)
    assert api.meaning(call, Response(200, body=PAGE.body)) is not Meaning.STOP


@pytest.mark.parametrize("status", [403, 404, 405, 505, 302])
def test_this_route_parks_nothing(status: int) -> None:
    assert ContactsApi(BASE, "k").meaning(upsert(1, b"{}"), Response(status)) is Meaning.STOP


@pytest.mark.parametrize(
    ("call", "means"),
    [
        (upsert(1, b"{}"), Meaning.REFUSED),
        (look_up("a@b.c"), Meaning.REFUSED),
        (add_members(1, "l", b"{}"), Meaning.REFUSED),
        (remove_member("l", "c"), Meaning.REFUSED),
        (poll("t"), Meaning.TEMPORARY),  # the batch was taken: only Inflection can refuse it
    ],
)
def test_a_403_with_a_body_is_about_this_request_alone(call: ApiCall, means: Meaning) -> None:
    api = ContactsApi(BASE, "k")
    assert api.meaning(call, Response(403, body=b"<html>Blocked")) is means
    assert api.meaning(call, Response(403, body=b"\r\n")) is Meaning.STOP
