"""One call's no is not everybody's no: the event endpoint through the executable."""

import json
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest

from integration_tests.conftest import (
    EVENTS,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    catalog,
    person,
    record,
    state,
)
from integration_tests.raw_server import Received, raw_server, reply
from integration_tests.stored import entries, files, folder

BLOCKED: Final = reply(
    403, b"<!doctype html><title>Blocked</title>", Content_Type="text/html; charset=utf-8"
)
ATTACK: Final = "x' UNION SELECT 1 --"


def firewall(request: Received) -> Iterable[bytes]:
    return [BLOCKED if b"UNION SELECT" in request.body else reply(200)]


def attack(number: int) -> dict[str, Any]:
    return record("people", id=number, email=f"p{number}@b.example", name=ATTACK)


def counts(records: int, rejected: int) -> dict[str, float]:
    return {"recordCount": float(records), "rejectedRecordCount": float(rejected)}


@pytest.mark.parametrize("where", [0, 20, 49], ids=["first", "among", "last"])
def test_a_firewall_that_blocks_one_body_costs_one_record(
    either_connector: Connector, tmp_path: Path, where: int
) -> None:
    people = [attack(n) if n == where else person(n) for n in range(50)]
    lines = [*people[:25], state("people", 1), *people[25:], state("people", 2)]
    with raw_server(firewall) as server:
        run = either_connector.write(
            f"{server.origin}/x",
            catalog(PEOPLE),
            lines,
            rejected_records=folder(tmp_path / "rejects"),
        )
    assert run.status == 0
    first = where < 25
    assert [s["destinationStats"] for s in run.states] == [
        counts(25 - first, first),
        counts(24 + first, 1 - first),
    ]
    (stored,) = entries(files(tmp_path / "rejects"))
    assert stored["record"]["name"] == ATTACK
    assert {k: stored[k] for k in ("reason", "http_status", "detail", "attempts")} == {
        "reason": "refused",
        "http_status": 403,
        "detail": "HTTP 403",
        "attempts": 1,
    }
    assert len(server.received) == 50


def test_several_bodies_that_are_blocked_cost_themselves(either_connector: Connector) -> None:
    people = [attack(n) if not n % 10 else person(n) for n in range(200)]
    with raw_server(firewall) as server:
        run = either_connector.write(
            f"{server.origin}/x",
            catalog(PEOPLE),
            [*people, state("people", 1)],
            advanced={"connections": 2},  # so that no three of them are answered in a row
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == counts(180, 20)
    assert len(server.received) == 200


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (BLOCKED, "api_key"),
        (reply(404), "endpoint_url"),
        (reply(405), "endpoint_url"),
        (reply(505), "endpoint_url"),
        (reply(302, Location="https://elsewhere.example/x"), "endpoint_url"),
    ],
    ids=["403", "404", "405", "505", "302"],
)
@pytest.mark.parametrize("rows", [1, 2, 500])
def test_a_no_to_everybody_stops_the_sync(
    either_connector: Connector, answer: bytes, word: str, rows: int
) -> None:
    lines = [line for n in range(rows) for line in (person(n), state("people", n))]
    with raw_server(lambda _request: [answer]) as server:
        run = either_connector.write(
            f"{server.origin}/x", catalog(PEOPLE), lines, advanced={"connections": 4}
        )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert word in run.error["message"]
    assert run.states == []
    assert len(server.received) <= 20


def test_a_key_that_is_revoked_stops_the_sync(either_connector: Connector) -> None:
    lines = [line for n in range(500) for line in (person(n), state("people", n))]
    answered: list[int] = []

    def answer(request: Received) -> Iterable[bytes]:
        if request.number > 100:
            return [BLOCKED]
        answered.append(int(json.loads(request.body)["userId"]))
        return [reply(200)]

    with raw_server(answer) as server:
        run = either_connector.write(
            f"{server.origin}/x", catalog(PEOPLE), lines, advanced={"connections": 4}
        )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert "api_key" in run.error["message"]
    taken = next(n for n in range(500) if n not in answered)
    assert [s["id"] for s in run.states] == list(range(taken))
    assert len(server.received) <= 120


def test_the_order_of_one_user_stays(either_connector: Connector) -> None:
    names = [ATTACK if n == 3 else f"E{n}" for n in range(8)]
    events = [
        record("events", id=n, user_id=7, event=name, timestamp=1767225600)
        for n, name in enumerate(names)
    ]
    with raw_server(firewall) as server:
        run = either_connector.write(f"{server.origin}/x", catalog(EVENTS), events)
    assert run.status == 0
    assert [json.loads(request.body)["event"] for request in server.received] == names


def test_sigterm_leaves_a_parked_call_unsettled(either_connector: Connector) -> None:
    parked = threading.Event()

    def answer(request: Received) -> Iterable[bytes]:
        message = json.loads(request.body)
        if message["event"] == "last":
            # The lane of this user goes on: the call before it is parked. A 400 decides nothing.
            parked.set()
            return [reply(400)]
        return firewall(request)

    def event(number: int, name: str) -> dict[str, Any]:
        return record("events", id=number, user_id=7, event=name, timestamp=1767225600)

    lines: list[bytes | dict[str, Any]] = [
        *(event(1, "first"), state("events", 1)),
        *(event(2, ATTACK), state("events", 2)),
        *(event(3, "last"), state("events", 3)),
    ]
    with raw_server(answer) as server:
        arguments = either_connector.write_arguments(f"{server.origin}/x", catalog(EVENTS))
        with either_connector.started(arguments, lines) as started:
            assert parked.wait(TIMEOUT_SECONDS)
            started.process.send_signal(signal.SIGTERM)
            out = started.stdout.read()  # the input stays open: its end would decide the call
            assert started.process.wait(TIMEOUT_SECONDS) == 143
    messages = [json.loads(line) for line in out.splitlines()]
    assert [m["state"]["id"] for m in messages if m["type"] == "STATE"] == [1]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (BLOCKED, ["api_key", "HTTP 403"]),
        (reply(404), ["endpoint_url", "HTTP 404"]),
        (reply(302, Location="http://[bad"), ["endpoint_url", "HTTP 302"]),
    ],
    ids=["403", "404", "302"],
)
def test_check_fails_at_the_first_no(
    either_connector: Connector, answer: bytes, words: list[str]
) -> None:
    with raw_server(lambda _request: [answer]) as server:
        status = either_connector.check(f"{server.origin}/x")
    assert status["status"] == "FAILED"
    for word in words:
        assert word in status["message"]
    assert len(server.received) == 1
