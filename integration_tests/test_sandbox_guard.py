"""Who may see and use the sandbox's pages, over real connections; both APIs answer by any name."""

from collections.abc import Iterator, Sequence
from http.client import HTTPConnection, HTTPMessage
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from inflection_sandbox.door import Door
from inflection_sandbox.faults import Faults
from inflection_sandbox.pages.setups import Address
from inflection_sandbox.pages.site import Site
from inflection_sandbox.read_back import read_back_routes
from inflection_sandbox.workspace import Workspace
from integration_tests.conftest import KEY, TIMEOUT_SECONDS
from integration_tests.sandbox_pages import track


def all_paths() -> list[str]:
    """Every address but those of the two APIs, so that a new page is looked at here, too."""
    workspace = Workspace()
    door = Door(Faults(), workspace.journal)
    routes = [
        *Site(workspace, door, Address("http://127.0.0.1:4000", KEY)).routes(),
        *read_back_routes(workspace, door),
    ]
    workspace.close()
    paths = {route.path.replace("{number}", "1").replace("{id}", "x") for route in routes}
    return sorted({*paths, "/nothing"})


PATHS: Final = all_paths()
FORMS: Final = {
    "/faults": ("application/x-www-form-urlencoded", b"web_page=on"),
    "/_sandbox/faults": ("application/json", b'{"web_page": true}'),
}
EVENT: Final = b'{"type":"track","userId":"u1","event":"Signed Up"}'
FOREIGN: Final = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"]

Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """What came before the body, which may have no end."""

    status: int
    headers: HTTPMessage


def ask(sandbox: Sandbox, method: str, path: str, headers: Headers, body: bytes = b"") -> Answer:
    """Sends these headers, and no others but the body's length."""
    connection = HTTPConnection(own_host(sandbox), timeout=TIMEOUT_SECONDS)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    connection.close()
    return Answer(response.status, response.headers)


def own_host(sandbox: Sandbox) -> str:
    return urlsplit(sandbox.url).netloc


@pytest.fixture(scope="module")
def filled() -> Iterator[Sandbox]:
    """A sandbox with one call."""
    with running_sandbox(KEY) as running:
        track(running, "u1", "Signed Up")
        yield running


@pytest.mark.parametrize("path", PATHS)
def test_every_page_answers_by_its_own_names_only(filled: Sandbox, path: str) -> None:
    port = urlsplit(filled.url).port
    allowed = ask(filled, "GET", path, [("Host", own_host(filled))])
    assert allowed.status != 403
    for name in ("localhost", "127.0.0.1", "127.0.0.2", "[::1]", f"localhost:{port}", "[::1]:1"):
        assert ask(filled, "GET", path, [("Host", name)]).status == allowed.status
    hosts: list[Headers] = [
        [],
        [("Host", own_host(filled)), ("Host", "evil.example")],
        [("Host", own_host(filled)), ("Host", own_host(filled))],
        *([("Host", name)] for name in FOREIGN),
        *([("Host", f"{name}:{port}")] for name in FOREIGN),
    ]
    for headers in hosts:
        for method in ("GET", "HEAD", "POST"):
            refused = ask(filled, method, path, headers)
            assert refused.status == 403
            assert refused.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    for name in ("X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy"):
        assert allowed.headers[name] == refused.headers[name]


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ("/org", "/nothing")])
def test_every_page_is_there(filled: Sandbox, path: str) -> None:
    status = ask(filled, "GET", path, [("Host", own_host(filled))]).status
    assert status == {"/people/x": 404, "/_sandbox/faults": 405}.get(path, 200)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost", ""])
def test_a_foreign_form_changes_nothing(filled: Sandbox, path: str, origin: str) -> None:
    kind, body = FORMS[path]
    headers = [("Host", own_host(filled)), ("Content-Type", kind), ("Origin", origin)]
    assert ask(filled, "POST", path, headers, body).status == 403
    headers = [("Host", "evil.example"), ("Content-Type", kind), ("Origin", "http://evil.example")]
    assert ask(filled, "POST", path, headers, body).status == 403
    track(filled, "u1", "Signed Up")
    assert "web_page" not in filled.stats()["answers"]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_its_own_is_taken(sandbox: Sandbox, path: str) -> None:
    kind, body = FORMS[path]
    headers = [("Host", own_host(sandbox)), ("Content-Type", kind), ("Origin", sandbox.url)]
    assert ask(sandbox, "POST", path, headers, body).status < 400
    ask(sandbox, "POST", "/v1/events", event_headers(own_host(sandbox)), EVENT)
    assert sandbox.stats()["answers"] == {"web_page": 1}


def event_headers(host: str | None) -> list[tuple[str, str]]:
    headers = [("Authorization", f"Bearer {KEY}"), ("Content-Type", "application/json")]
    return headers if host is None else [*headers, ("Host", host)]


@pytest.mark.parametrize("host", ["host.docker.internal:4000", *FOREIGN, None])
def test_both_apis_answer_by_any_name(filled: Sandbox, host: str | None) -> None:
    headers = [*event_headers(host), ("Origin", "http://evil.example")]
    for path in ("/v1/events", "/v1/events/track"):
        assert ask(filled, "POST", path, headers, EVENT).status == 200
    batch = b'{"contacts": [{"email": "a@b.example", "properties": {}}]}'
    assert ask(filled, "POST", "/v1/contacts/batch", headers, batch).status == 200
    found = ask(filled, "GET", "/v1/contacts/by-email/a@b.example", headers)
    assert found.status == 200


def test_the_name_given_with_host_is_known(filled: Sandbox) -> None:
    short = [("Host", "127.1")]  # another way to write 127.0.0.1
    assert ask(filled, "GET", "/", short).status == 403
    with running_sandbox(KEY, ["--host", "127.1"]) as sandbox:
        assert ask(sandbox, "GET", "/", short).status == 200
        assert ask(sandbox, "GET", "/", [("Host", "evil.example")]).status == 403
