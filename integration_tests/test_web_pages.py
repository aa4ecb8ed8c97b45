"""A web page with a 200 is not a delivery: both routes, both transports, check and write."""

import json
from collections.abc import Iterable
from typing import Any, Final

import pytest

from inflection_sandbox.client import running_sandbox
from integration_tests.conftest import KEY, PEOPLE, Connector, catalog, person, state
from integration_tests.raw_server import Received, raw_server, reply

PAGE: Final = reply(
    200,
    b"\xef\xbb\xbf\r\n<!DOCTYPE html><html><title>Sign in</title></html>",
    Content_Type="text/html; charset=UTF-8",
)
ROUTES: Final = ("event_endpoint", "developer_api")
OPTION: Final = {"event_endpoint": "endpoint_url", "developer_api": "base_url"}


def route(name: str, origin: str) -> dict[str, str]:
    return {"route": name, OPTION[name]: origin}


@pytest.mark.parametrize("name", ROUTES)
def test_check_tells_a_web_page(either_connector: Connector, name: str) -> None:
    with raw_server(lambda _request: [PAGE]) as server:
        status = either_connector.check("", delivery=route(name, server.origin))
    assert status == {
        "status": "FAILED",
        "message": (
            f"{server.origin} answers with a web page instead of taking the call (HTTP 200): check "
            f"{OPTION[name]}, it may lead to a sign-in page or a proxy."
        ),
    }


@pytest.mark.parametrize("name", ROUTES)
def test_write_stops_at_a_web_page(either_connector: Connector, name: str) -> None:
    lines = [line for n in range(200) for line in (person(n), state("people", n))]
    with raw_server(lambda _request: [PAGE]) as server:
        run = either_connector.write(
            "", catalog(PEOPLE), lines, delivery=route(name, server.origin)
        )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    for word in ("web page", OPTION[name]):
        assert word in run.error["message"]
    assert run.states == []
    assert len(server.received) < 100


@pytest.mark.parametrize("name", ROUTES)
def test_write_stops_at_the_sandbox_s_web_page(connector: Connector, name: str) -> None:
    with running_sandbox(KEY, ["--web-page"]) as sandbox:
        origin = {"event_endpoint": sandbox.endpoint_url, "developer_api": sandbox.api_url}[name]
        lines = [person(1), state("people", 1)]
        run = connector.write("", catalog(PEOPLE), lines, delivery=route(name, origin))
        stats = sandbox.stats()
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert "web page" in run.error["message"]
    assert run.states == []
    assert (stats["people"], set(stats["answers"])) == (0, {"web_page"})


@pytest.mark.parametrize("name", ROUTES)
def test_a_sign_in_page_in_mid_run_stops_the_sync(either_connector: Connector, name: str) -> None:
    """Every record was read and some were delivered when the page began to come."""

    def answer(request: Received) -> Iterable[bytes]:
        if request.number > 2:
            return [PAGE]
        if name == "event_endpoint":
            return [reply(200, b"OK", Content_Type="text/html")]
        data: dict[str, Any] = {"transactionId": "t", "status": "PENDING"}
        return [reply(200, {"data": data, "errors": [], "meta": {"status": "SUCCESS"}})]

    with raw_server(answer) as server:
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [*(person(n) for n in range(50)), state("people", 1)],
            delivery=route(name, server.origin),
        )
    assert run.status == 1
    assert "web page" in run.error["message"]
    assert run.states == []


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"OK", Content_Type="text/html"),
        reply(200, b"", Content_Type="text/html"),
        reply(202, b'{"success": true}', Content_Type="text/html; charset=utf-8"),
        reply(200, b"<html></html>", Content_Type="application/json"),
        reply(200, b"<html></html>"),
    ],
    ids=["OK", "nothing", "JSON", "labelled as JSON", "not labelled"],
)
def test_an_endpoint_that_only_mislabels_its_answer_takes_the_call(
    either_connector: Connector, answer: bytes
) -> None:
    with raw_server(lambda _request: [answer]) as server:
        assert either_connector.check(server.origin) == {"status": "SUCCEEDED"}
        run = either_connector.write(
            server.origin, catalog(PEOPLE), [person(1), state("people", 1)]
        )
    assert run.status == 0
    assert len(run.states) == 1


def test_a_developer_api_that_only_mislabels_its_answers_is_understood(
    either_connector: Connector,
) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.method == "POST":
            data: dict[str, Any] = {"transactionId": "t", "status": "PENDING"}
        else:
            results = [{"email": "p1@b.example", "status": "CREATED"}]
            data = {"transactionId": "t", "status": "DONE", "data": {"results": results}}
        body = json.dumps({"data": data, "errors": [], "meta": {"status": "SUCCESS"}}).encode()
        return [reply(200, body, Content_Type="text/html")]

    with raw_server(answer) as server:
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [person(1), state("people", 1)],
            delivery=route("developer_api", server.origin),
        )
    assert run.status == 0
    assert len(run.states) == 1
