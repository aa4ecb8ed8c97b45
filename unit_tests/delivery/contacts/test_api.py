"""What `check` concludes from the Developer API's answers, and where requests go."""

import pytest

from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.calls import (
    ApiCall,
    add_members,
    look_up,
    poll,
    remove_member,
    upsert,
)
from destination_inflection.delivery.lanes.answers import Meaning
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.contacts.fake_api import answer, refusal
from unit_tests.delivery.fake_transport import FakeNet

BASE = "https://api.example"
NOBODY = refusal(400, "BAS-E-002")
FORBIDDEN = Response(403)
PAGE = Response(200, {"content-type": "text/html; charset=utf-8"}, b"<!DOCTYPE html><title>")


def check(read: Answer, write: Answer | None = None) -> tuple[str | None, FakeNet]:
    answers = [read, write or Response(200)]
    net = FakeNet(answer=lambda number, _request: answers[number - 1])
    return ContactsApi(BASE, "secret-token").check(net, 10), net


@pytest.mark.parametrize("read", [NOBODY, answer({"id": "1", "email": "x"})])
@pytest.mark.parametrize(
    "write", [answer({"transactionId": "t"}), answer({}), refusal(400, "EMPTY"), Response(422)]
)
def test_a_key_that_may_read_and_write_passes(read: Response, write: Response) -> None:
    problem, net = check(read, write)
    assert problem is None
    (_, reading), (_, writing) = net.started
    assert (reading.method, writing.method) == ("GET", "POST")
    assert "%40nobody.invalid" in reading.url
    assert writing.body == b'{"contacts":[]}'


@pytest.mark.parametrize(
    ("read", "write", "words"),
    [
        (Response(401), None, ["HTTP 401", "API key", "base_url", "mistyped"]),
        (FORBIDDEN, None, ["read", "READ and WRITE", "Connected Apps"]),
        (NOBODY, FORBIDDEN, ["write", "READ and WRITE", "Connected Apps"]),
        (NOBODY, Response(401), ["HTTP 401"]),
        (Response(404), None, ["base_url"]),
        (Response(200, body=b"<html>"), None, ["base_url", "Developer API"]),
        (PAGE, None, ["base_url", "web page", "HTTP 200", "sign-in page"]),
        (NOBODY, PAGE, ["base_url", "web page", "HTTP 200", "sign-in page"]),
        (Response(400), None, ["base_url", "Developer API"]),
        (refusal(400, "OTHER"), None, ["base_url", "Developer API"]),
        (Response(503), None, ["HTTP 503", "later"]),
        (NOBODY, Response(429), ["HTTP 429", "later"]),
        (Failure(FailureKind.NAME), None, ["base_url", "resolved"]),
        (Failure(FailureKind.TLS), None, ["base_url", "TLS"]),
        (Response(301, {"location": "https://new.example/x"}), None, ["new.example", "base_url"]),
    ],
)
def test_what_is_wrong_is_said(read: Answer, write: Answer | None, words: list[str]) -> None:
    problem, _ = check(read, write)
    assert problem is not None
    for word in [*words, BASE]:
        assert word in problem
    assert "secret-token" not in problem


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
