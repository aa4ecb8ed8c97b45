"""What `check` concludes from the Developer API's answers."""

import pytest

from destination_inflection.delivery.checked import Checked, ListInUse
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.checking import check_contacts
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.contacts.fake_api import answer, refusal
from unit_tests.delivery.fake_transport import FakeNet

BASE = "https://api.example"
NOBODY = refusal(400, "BAS-E-002")
FORBIDDEN = Response(403)
PAGE = Response(200, {"content-type": "text/html; charset=utf-8"}, b"<!DOCTYPE html><title>")
EMPTY = refusal(400, "EMPTY")


def check(read: Answer, write: Answer | None = None) -> tuple[str | None, FakeNet]:
    answers = [read, write or Response(200)]
    net = FakeNet(answer=lambda number, _request: answers[number - 1])
    return check_contacts(ContactsApi(BASE, "secret-token"), net, 10).problem, net


@pytest.mark.parametrize(
    "read", [NOBODY, answer({"id": "1", "email": "x"}), refusal(404, "NOT_FOUND")]
)
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
        (Response(404, body=b'{"error": "Not Found"}'), None, ["base_url"]),
        (Response(403, body=b"<html>Blocked"), None, ["HTTP 403", "firewall", "base_url"]),
        (NOBODY, Response(403, body=b"<html>Blocked"), ["HTTP 403", "firewall", "base_url"]),
        (Response(200, body=b"<html>"), None, ["base_url", "Developer API"]),
        (PAGE, None, ["base_url", "web page", "HTTP 200", "sign-in page"]),
        (NOBODY, PAGE, ["base_url", "web page", "HTTP 200", "sign-in page"]),
        (Response(400), None, ["base_url", "Developer API"]),
        (refusal(400, "OTHER"), None, ["base_url", "Developer API"]),
        (Response(503), None, ["HTTP 503", "later"]),
        (NOBODY, Response(429), ["HTTP 429", "later"]),
        (Failure(FailureKind.NAME), None, ["base_url", "resolved"]),
        (Failure(FailureKind.PROXY), None, ["proxy", "HTTPS_PROXY", "ALL_PROXY"]),
        (NOBODY, Failure(FailureKind.TIMEOUT), ["base_url", "in time"]),
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


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_empty_batch_may_break_the_endpoint(status: int) -> None:
    answers = [NOBODY, Response(status)]
    net = FakeNet(answer=lambda number, _request: answers[number - 1])
    checked = check_contacts(ContactsApi(BASE, "k"), net, 10)
    assert checked.problem is None
    (warning,) = checked.warnings
    assert f"HTTP {status}" in warning
    assert "may write is not known" in warning


def look_at(*lists: Answer, used: tuple[ListInUse, ...] = ()) -> tuple[Checked, FakeNet]:
    answers = [NOBODY, EMPTY, *lists]
    net = FakeNet(answer=lambda number, _request: answers[number - 1])
    used = used or tuple(ListInUse(f"L{n}", f"stream{n}") for n in range(len(lists)))
    return check_contacts(ContactsApi(BASE, "secret-token"), net, 10, used), net


def test_each_list_is_looked_at_once_and_told_by_its_name() -> None:
    used = (ListInUse("L/1", "vip"), ListInUse("L/1", "gold"))
    checked, net = look_at(answer({"id": "L/1", "name": " The\nbest "}), used=used)
    assert checked == Checked(
        None,
        (
            'The rule for "vip" keeps the members of the list "The best" (L/1).',
            'The rule for "gold" keeps the members of the list "The best" (L/1).',
        ),
    )
    assert [(r.method, r.url) for _, r in net.started[2:]] == [("GET", f"{BASE}/v1/lists/L%2F1")]


@pytest.mark.parametrize(
    "gone", [refusal(404, "NOT_FOUND"), Response(404), Response(410), refusal(400, "X")]
)
def test_all_lists_that_are_missing_are_named(gone: Response) -> None:
    problem = look_at(gone, answer({"name": "VIP"}), gone)[0].problem
    assert problem is not None
    for word in (
        BASE,
        '"L0" in the rule for "stream0"',
        '"L2" in the rule for "stream2"',
        f"HTTP {gone.status}",
        "correct list_id",
    ):
        assert word in problem
    assert "L1" not in problem


@pytest.mark.parametrize("odd", [Response(503), Response(429), Response(200, body=b"?")])
def test_a_list_that_cant_be_shown_now_is_a_warning(odd: Response) -> None:
    checked, _ = look_at(odd)
    assert checked.problem is None
    (warning,) = checked.warnings
    assert '"L0"' in warning
    assert '"stream0"' in warning


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (Response(401), ["HTTP 401"]),
        (FORBIDDEN, ["read", "READ and WRITE"]),
        (Response(403, body=b"Blocked"), ["firewall"]),
        (PAGE, ["web page"]),
        (Failure(FailureKind.BROKEN), ["broke"]),
    ],
)
def test_what_is_no_answer_about_a_list_fails_as_elsewhere(odd: Answer, words: list[str]) -> None:
    problem = look_at(odd)[0].problem
    assert problem is not None
    for word in words:
        assert word in problem


def test_a_list_without_a_name_is_told_by_its_id() -> None:
    checked, _ = look_at(answer({}))
    assert checked.notes == ('The rule for "stream0" keeps the members of the list "L0".',)
