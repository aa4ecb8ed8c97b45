"""Who may see the sandbox's pages, request by request."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from inflection_sandbox.pages.guard import Guard

Headers = list[tuple[str, str]]

LOOPBACK = ["localhost", "LocalHost", "127.0.0.1", "127.9.8.7", "[::1]", "[0:0:0:0:0:0:0:1]"]
FOREIGN = [
    "",
    ":4000",
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example:127",
    "localhost:evil.example",
    "localhost@evil.example",
    "evil.example@localhost:1",
    "localhost,evil.example",
    "[::1].evil.example",
    "[evil.example]",
    "::1",
    "0.0.0.0",  # noqa: S104 (compared, not bound)
    "10.0.0.7",
    "127.1",
    "2130706433",
    "sandbox.internal",
]


def answer(method: str, headers: Headers, host: str = "127.0.0.1") -> tuple[int, dict[str, str]]:
    """The status and the headers of what is answered."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": method, "path": "/people", "headers": raw}
    asyncio.run(Guard(PlainTextResponse("people"), host)(scope, receive, send))
    start = sent[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", LOOPBACK)
def test_a_loopback_name_is_known(method: str, name: str) -> None:
    for host in (name, f"{name}:4000"):
        assert answer(method, [("Host", host)])[0] == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("name", FOREIGN)
def test_any_other_name_is_foreign(method: str, name: str) -> None:
    assert answer(method, [("Host", name)])[0] == 403


def test_one_name_is_wanted() -> None:
    assert answer("GET", [])[0] == 403
    assert answer("GET", [("Host", "localhost"), ("Host", "localhost")])[0] == 403
    assert answer("GET", [("Host", "localhost"), ("Host", "evil.example")])[0] == 403


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("sandbox.internal", "Sandbox.internal:4000"),
        ("Sandbox.Internal", "sandbox.internal"),
        ("0.0.0.0", "0.0.0.0:4000"),  # noqa: S104
        ("10.0.0.7", "10.0.0.7"),
        ("::", "[::]:4000"),
        ("fd00::7", "[fd00::7]"),
    ],
)
def test_the_name_that_it_was_started_with_is_known(given: str, host: str) -> None:
    assert answer("GET", [("Host", host)], given)[0] == 200
    assert answer("GET", [("Host", "evil.example")], given)[0] == 403
    assert answer("GET", [("Host", "localhost")], given)[0] == 200


@pytest.mark.parametrize(
    ("origins", "status"),
    [
        ([], 200),
        (["http://localhost:4000"], 200),
        (["http://localhost"], 403),
        (["http://localhost:4001"], 403),
        (["http://127.0.0.1:4000"], 403),
        (["https://localhost:4000"], 403),
        (["http://localhost:4000.evil.example"], 403),
        (["http://evil.example"], 403),
        (["null"], 403),
        ([""], 403),
        (["http://localhost:4000", "http://localhost:4000"], 403),
        (["http://localhost:4000", "http://evil.example"], 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_its_own_pages_change_something(method: str, origins: list[str], status: int) -> None:
    headers = [("Host", "localhost:4000"), *(("Origin", origin) for origin in origins)]
    assert answer(method, headers)[0] == status
    assert answer("GET", headers)[0] == 200


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_each_answer_says_what_a_page_may_do(host: str) -> None:
    _, headers = answer("GET", [("Host", host)])
    assert dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; ")) == {
        **dict.fromkeys(("default-src", "base-uri", "frame-ancestors"), "'none'"),
        **dict.fromkeys(("style-src", "script-src", "connect-src", "form-action"), "'self'"),
        "img-src": "'self' data:",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
