"""What each answer of the endpoint means, and the words for it."""

from datetime import UTC, datetime

import pytest

from destination_inflection.delivery.answers import (
    Meaning,
    meaning,
    refusal_detail,
    retry_after,
    stop_sentence,
    trouble,
)
from destination_inflection.delivery.transport import Failure, FailureKind, Response

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
        ("-3", 0.0),
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
    ],
)
def test_what_the_user_has_to_change(answer: Response | Failure, words: list[str]) -> None:
    sentence = stop_sentence(answer, ORIGIN, "endpoint_url")
    for word in [*words, ORIGIN]:
        assert word in sentence
    assert "key=1" not in sentence
