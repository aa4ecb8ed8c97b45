"""What each answer of the endpoint means, and the words for it."""

from datetime import UTC, datetime

import pytest

from destination_inflection.delivery.lanes.answers import (
    Meaning,
    is_web_page,
    json_of,
    meaning,
    meaning_for_one_of_many,
    refusal_detail,
    retry_after,
    stop_sentence,
    trouble,
)
from destination_inflection.delivery.transport.seam import Failure, FailureKind, Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "https://in.example"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((200, 201, 202, 204, 299), Meaning.TAKEN),
        ((408, 410, 429, 500, 502, 503, 504, 529, 599), Meaning.TEMPORARY),
        ((100, 600, 999), Meaning.TEMPORARY),
        ((401, 403, 404, 405, 505, 301, 302, 304, 307, 308), Meaning.STOP),
        ((400, 402, 409, 413, 415, 422, 451, 460, 501), Meaning.REFUSED),
    ],
)
def test_statuses(statuses: tuple[int, ...], expected: Meaning) -> None:
    for status in statuses:
        assert meaning(Response(status)) is expected, status


@pytest.mark.parametrize("status", [403, 404, 405, 505, 301, 302, 304, 307, 308, 399])
def test_one_of_many_calls_is_parked_where_it_may_be_the_only_one(status: int) -> None:
    assert meaning_for_one_of_many(Response(status)) is Meaning.PARKED


@pytest.mark.parametrize("status", [200, 204, 400, 401, 408, 410, 429, 500, 501, 503, 599, 999])
def test_every_other_answer_means_the_same_for_one_of_many(status: int) -> None:
    assert meaning_for_one_of_many(Response(status)) is meaning(Response(status))
    assert meaning(Response(status)) is not Meaning.PARKED


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures_mean_the_same_for_one_of_many(kind: FailureKind) -> None:
    assert meaning_for_one_of_many(Failure(kind)) is meaning(Failure(kind))


@pytest.mark.parametrize("status", [200, 202, 299])
@pytest.mark.parametrize(
    "kind",
    [
        "text/html",
        "Text/HTML",
        "text/html; charset=utf-8",
        "TEXT/HTML;charset=x;q=1",
        " text/html ",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html>",
        b"<!DOCTYPE HTML PUBLIC",
        b"<!DOCTYPE  html>",
        b"<html>",
        b"<HTML lang=en>",
        b"<html",
        b"  \r\n\t<html>",
        b"\xef\xbb\xbf<!doctype html>",
        b"\xef\xbb\xbf\n <!doctype html>",
        b"\n\xef\xbb\xbf<html>",
    ],
)
def test_a_web_page_is_no_endpoint(status: int, kind: str, body: bytes) -> None:
    page = Response(status, {"content-type": kind}, body)
    assert is_web_page(page)
    assert meaning(page) is meaning_for_one_of_many(page) is Meaning.STOP


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/html", b"OK"),
        ("text/html", b""),
        ("text/html", b'{"success": true}'),
        ("text/html", b'{"page": "<html>"}'),
        ("text/html", b"<p>OK</p>"),
        ("text/html", b"<htmlx>"),
        ("text/html", b"<!-- x --><html>"),
        ("text/html", b"html"),
        ("text/htmlx", b"<html>"),
        ("application/json", b"<html>"),
        ("application/xhtml+xml", b"<html>"),
        ("text/plain", b"<!doctype html>"),
        ("", b"<!doctype html>"),
    ],
)
def test_what_is_only_labelled_so_or_looks_so_is_taken(kind: str, body: bytes) -> None:
    answer = Response(200, {"content-type": kind} if kind else {}, body)
    assert not is_web_page(answer)
    assert meaning(answer) is meaning_for_one_of_many(answer) is Meaning.TAKEN


@pytest.mark.parametrize("status", [300, 400, 403, 404, 500, 503])
def test_a_page_with_an_error_means_what_its_status_says(status: int) -> None:
    page = Response(status, {"content-type": "text/html"}, b"<html>")
    assert not is_web_page(page)
    assert meaning(page) is meaning(Response(status))


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures_are_temporary_but_for_a_certificate(kind: FailureKind) -> None:
    expected = Meaning.STOP if kind is FailureKind.TLS else Meaning.TEMPORARY
    assert meaning(Failure(kind)) is expected
    assert trouble(Failure(kind)) == kind.value


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("100000", 300.0),
        ("Thu, 01 Jan 2026 00:00:07 GMT", 7.0),
        ("Thu, 01 Jan 2026 00:00:07", 7.0),
        ("Thu, 01 Jan 2026 09:00:00 GMT", 300.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("soon", 0.0),
        ("Thu, 01 Jan 99999999999999999999 00:00:07 GMT", 0.0),
        ("Thu, 01 Jan 2026 00:00:07 +99999999999999999999", 0.0),
        ("-3", 0.0),
        ("1.5", 1.5),
        ("299.5", 299.5),
        ("1000000000", 300.0),
        ("9" * 5_000, 300.0),
        ("1e9", 0.0),
        ("1.", 0.0),
        (".5", 0.0),
        ("NaN", 0.0),
        ("5, 10", 0.0),
        ("Thu, 01 Jan 2026 00:00:07 -0000", 7.0),
        ("Thu, 01 Jan 2026 01:00:07 +0100", 7.0),
        ("Thu, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 300.0),
        ("Thu, 01 Jan 2026 00:00:07 +2500", 0.0),
        ("Thu, 32 Foo 2026 25:61:61 GMT", 0.0),
        ("Thu, 01 Jan 2026", 0.0),
        ("\x00", 0.0),
        ("³", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after(given: str, expected: float) -> None:
    assert retry_after(Response(429, {"retry-after": given}), NOW) == expected


def test_no_answer_asks_for_no_wait() -> None:
    assert retry_after(Response(503), NOW) == 0.0
    assert retry_after(Failure(FailureKind.TIMEOUT), NOW) == 0.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"message": "Missing  email\\naddress"}', "HTTP 400: Missing email address"),
        (b'{"message": 5}', "HTTP 400"),
        (b'{"other": "x"}', "HTTP 400"),
        (b"[]", "HTTP 400"),
        (b"<html>", "HTTP 400"),
        (b"", "HTTP 400"),
        (b'{"message": "' + b"x" * 99_999 + b'"}', "HTTP 400: " + "x" * 16_384),
    ],
)
def test_a_refusal_in_the_endpoint_s_words(body: bytes, expected: str) -> None:
    assert refusal_detail(Response(400, body=body)) == expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response(401), ["api_key", "401"]),
        (Response(403), ["api_key", "403"]),
        (Response(404), ["endpoint_url", "path"]),
        (Response(405), ["endpoint_url", "405"]),
        (Response(505), ["endpoint_url", "HTTP"]),
        (Failure(FailureKind.TLS), ["endpoint_url", "certificate"]),
        (
            Response(301, {"location": "https://new.example/p?key=1"}),
            ["https://new.example (", "301"],
        ),
        (Response(302, {"location": "/elsewhere"}), ["another path of the same host"]),
        (Response(307), ["another path"]),
        (Response(308, {"location": f"{ORIGIN}/p"}), ["another path"]),
        (Response(302, {"location": "http://[bad"}), ["an address that can't be read", "302"]),
        (Response(302, {"location": "http://"}), ["an address that can't be read"]),
        (Response(302, {"location": "http://:80/"}), ["an address that can't be read"]),
        (Response(302, {"location": "javascript:alert(1)"}), ["an address that can't be read"]),
        (Response(302, {"location": "ftp://h.example/"}), ["an address that can't be read"]),
        (Response(302, {"location": "https://\xff\x1b.example/"}), ["that can't be read"]),
        (Response(302, {"location": f"https://{'h' * 254}/"}), ["that can't be read"]),
        (Response(302, {"location": "//new.example/p"}), ["to https://new.example ("]),
        (Response(302, {"location": "\xff/p"}), ["another path of the same host"]),
        (Response(302, {"location": "https://[::1]:8/"}), ["to https://::1 ("]),
        (
            Response(200, {"content-type": "text/html"}, b"<html>"),
            ["web page", "HTTP 200", "endpoint_url", "sign-in page", "proxy"],
        ),
    ],
)
def test_what_the_user_has_to_change(answer: Response | Failure, words: list[str]) -> None:
    sentence = stop_sentence(answer, ORIGIN, "endpoint_url")
    for word in [*words, ORIGIN]:
        assert word in sentence
    assert "key=1" not in sentence


def test_a_body_of_blanks_is_looked_at_once() -> None:
    body = b" " * 4_000_000
    assert not is_web_page(Response(200, {"content-type": "text/html"}, body))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"message": "Too \\"long\\"", "echo": "xxx', 'HTTP 400: Too "long"'),
        (b'{"errors": [{"errorCode": "E1", "message": "no"}], "echo": "x', "HTTP 400: no"),
        (b'{"message" : "caf\xc3\xa9", "x', "HTTP 400: caf\u00e9"),
        (b'{"message": "\xff", "x', "HTTP 400"),
        (b'{"message": "\\q", "x', "HTTP 400"),
        (b'{"message": "never ends', "HTTP 400"),
        (b'{"message": 5, "x', "HTTP 400"),
        (b'{"echo": "' + b"x" * 65_536 + b'", "message": "no", "x', "HTTP 400"),
        (b'{"message": "' + b"\\\\" * 2_000_000, "HTTP 400"),
        (b"", "HTTP 400"),
    ],
)
def test_the_words_of_a_refusal_that_is_too_long(body: bytes, expected: str) -> None:
    answer = Response(400, body=body, is_cut=True)
    assert refusal_detail(answer) == expected
    assert meaning(answer) is Meaning.REFUSED


def test_a_success_that_is_too_long_is_a_success_unless_it_is_a_page() -> None:
    html = {"content-type": "text/html"}
    assert meaning(Response(200, {}, b'{"ok":', is_cut=True)) is Meaning.TAKEN
    assert meaning(Response(202, html, b"OK OK", is_cut=True)) is Meaning.TAKEN
    assert meaning(Response(200, html, b" <!doctype html><p>", is_cut=True)) is Meaning.STOP


def test_the_beginning_of_an_answer_is_no_document() -> None:
    assert json_of(Response(200, body=b'{"a": 1} ')) == {"a": 1}
    assert json_of(Response(200, body=b'{"a": 1} ', is_cut=True)) == {}


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_another_answer_that_is_too_long_means_what_its_status_says(status: int) -> None:
    assert meaning(Response(status, is_cut=True)) is meaning(Response(status))
    assert trouble(Response(status, is_cut=True)) == f"HTTP {status}"
