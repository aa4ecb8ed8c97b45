"""Promises of `write`, through the real executable, a pipe and a real HTTP server."""

import json
import signal
import threading
from collections import defaultdict
from typing import Any

import pytest

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    EVENTS,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    always,
    catalog,
    person,
    read_until,
    record,
    scripted_server,
    state,
    stream,
)

COUNTS = {"recordCount": 1.0, "rejectedRecordCount": 0.0}


def test_records_arrive_and_every_state_goes_back(connector: Connector, sandbox: Sandbox) -> None:
    lines = [person(1), state("people", 1), person(2), person(3), state("people", 2)]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), lines)
    assert run.status == 0
    assert [(s["id"], s["destinationStats"]["recordCount"]) for s in run.states] == [(1, 1), (2, 2)]
    assert [person["user_ids"] for person in sandbox.read("people")] == [["1"], ["2"], ["3"]]
    assert sandbox.stats()["repeats"] == 0


def test_a_state_comes_back_untouched_but_for_its_counts(
    connector: Connector, sandbox: Sandbox
) -> None:
    inner = '"id":7,"unknown":{"a":[1.10,1e999,123456789012345678901234567890]},"sourceStats":null'
    line = '{"type":"STATE","later":1,"state":{"type":"STREAM","stream":null,' + inner + "}}"
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1), line.encode()])
    (sent,) = [text for text in run.stdout.splitlines() if '"STATE"' in text]
    assert sent.endswith('"type":"STREAM","stream":null,' + inner + "}}")
    assert sent.startswith('{"type":"STATE","later":1,"state":{"destinationStats":{')


def test_a_state_is_flushed_while_the_input_is_still_open(
    connector: Connector, sandbox: Sandbox
) -> None:
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
    with connector.started(arguments, [person(1), state("people", 1)]) as started:
        kinds = iter(lambda: json.loads(started.stdout.readline())["type"], "STATE")
        assert set(kinds) == {"LOG"}
        started.stdin.close()
        assert started.process.wait(TIMEOUT_SECONDS) == 0


@pytest.mark.parametrize(
    "line",
    [
        b"garbage with jane@customer.example",
        b'{"type":"RECORD","record":{"stream":"people","data":{"id":9,"email":"jane@customer.ex',
        b'{"type":"RECORD","record":{"stream":"people","data":{"id":9,"x":"\xff"},"emitted_at":1}}',
        b'["jane@customer.example"]',
        b'{"record":{"stream":"people","data":{"email":"jane@customer.example"},"emitted_at":1}}',
        b'{"type":"RECORD","record":{"data":{"email":"jane@customer.example"},"emitted_at":1}}',
        b'{"type":"RECORD","record":"jane@customer.example"}',
        b'{"a":' * 2000 + b'"jane@customer.example"' + b"}" * 2000,
        b'{"type":"RECORD","record":{"stream":"people","data":{"id":nan},"emitted_at":1}}',
    ],
)
def test_an_unreadable_line_costs_itself_and_is_not_shown(
    connector: Connector, sandbox: Sandbox, line: bytes
) -> None:
    lines: list[bytes | dict[str, Any]] = [person(1), line, person(2), state("people", 1)]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), lines)
    assert run.status == 0
    assert "Lines that could not be read: 1" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 2.0, "rejectedRecordCount": 0.0}
    assert sandbox.stats()["people"] == 2
    assert "jane" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"  \r",
        b'{"type":"LOG","log":{"level":"INFO","message":"hello"}}',
        b'{"type":"TRACE","trace":{"type":"STREAM_STATUS"}}',
        b'{"type":"NEW_IN_2030","anything":{}}',
    ],
)
def test_other_lines_are_ignored(connector: Connector, sandbox: Sandbox, line: bytes) -> None:
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1), line, person(2)])
    assert run.status == 0
    assert "rejected 0" in run.log
    assert sandbox.stats()["people"] == 2


@pytest.mark.parametrize(
    "record_body",
    [
        {"stream": "people", "data": {"id": 9, "email": "z@b.example"}},
        {"stream": "people", "data": {"id": 9, "email": "z@b.example"}, "emitted_at": "soon"},
        {"stream": "people", "data": {"id": 9, "email": "z@b.example"}, "emitted_at": 1.5},
        {
            "stream": "people",
            "data": {"id": 9, "email": "z@b.example"},
            "meta": {"changes": [{"reason": "NEW"}]},
            "emitted_at": 1,
        },
    ],
)
def test_an_unusual_record_is_delivered(
    connector: Connector, sandbox: Sandbox, record_body: dict[str, Any]
) -> None:
    lines = [{"type": "RECORD", "record": record_body}]
    assert connector.write(sandbox.endpoint_url, catalog(PEOPLE), lines).status == 0
    assert [p["email"] for p in sandbox.read("people")] == ["z@b.example"]


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        ({"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}}, "id": 1}, 2.0),
        ({"type": "GLOBAL", "id": 1}, 2.0),
        ({"data": {"cursor": 1}, "id": 1}, 2.0),
        (
            {
                "type": "GLOBAL",
                "global": {"stream_states": [{"stream_descriptor": {"name": "people"}}]},
            },
            2.0,
        ),
    ],
)
def test_states_of_every_kind_are_answered(
    connector: Connector, sandbox: Sandbox, body: dict[str, Any], counted: float
) -> None:
    event = record("events", id=1, user_id=1, event="E", timestamp=1767225600)
    lines = [person(1), event, {"type": "STATE", "state": body}]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE, EVENTS), lines)
    stats = {"recordCount": counted, "rejectedRecordCount": 0.0}
    assert run.states == [{"destinationStats": stats, **body}]


def test_a_state_that_is_null_goes_back_too(connector: Connector, sandbox: Sandbox) -> None:
    line = b'{"type":"STATE","state":null}'
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1), line])
    assert run.of("STATE") == [{"type": "STATE", "state": None}]


def test_clear_data_is_answered_and_sends_nothing(connector: Connector, sandbox: Sandbox) -> None:
    unmappable = stream("products", "id", "price", destination_sync_mode="overwrite")
    empty = state("products", 1)
    empty["state"]["stream"]["stream_state"] = None
    run = connector.write(sandbox.endpoint_url, catalog(unmappable), [empty])
    assert run.status == 0
    assert run.states[0]["stream"]["stream_state"] is None
    assert sandbox.stats()["calls"] == 0


def test_overwrite_with_records_is_append_with_a_warning(
    connector: Connector, sandbox: Sandbox
) -> None:
    people = {**PEOPLE, "destination_sync_mode": "overwrite"}
    run = connector.write(sandbox.endpoint_url, catalog(people), [person(1), person(2)])
    assert run.status == 0
    assert sandbox.stats()["people"] == 2
    warnings = [m["log"]["message"] for m in run.of("LOG") if m["log"]["level"] == "WARN"]
    assert len(warnings) == 1
    assert "people" in warnings[0]
    assert "overwrite" in warnings[0]


def test_records_without_a_plan_stop_an_overwriting_stream(
    connector: Connector, sandbox: Sandbox
) -> None:
    unmappable = stream("products", "id", "price", destination_sync_mode="overwrite")
    run = connector.write(sandbox.endpoint_url, catalog(unmappable), [record("products", id=1)])
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert "products" in run.error["message"]


def test_a_stream_that_cannot_be_mapped_stops_before_the_first_record(
    connector: Connector, sandbox: Sandbox
) -> None:
    streams = catalog(PEOPLE, stream("products", "id", "price"), stream("carts", "id"))
    run = connector.write(sandbox.endpoint_url, streams, [person(1), state("people", 1)])
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    problem = run.error["message"]
    assert problem.startswith("2 streams can't be mapped: products, carts. ")
    errors = [m["log"]["message"] for m in run.of("LOG") if m["log"]["level"] == "ERROR"]
    assert [error.split('"')[1] for error in errors] == ["products", "carts"]
    assert all("add the rule {" in error for error in errors)
    assert problem.endswith(errors[0])
    assert run.states == []
    assert sandbox.stats()["calls"] == 0


def test_rules_that_fit_nothing_are_one_warning_and_those_that_skip_one_note(
    connector: Connector, sandbox: Sandbox
) -> None:
    mistyped: list[dict[str, object]] = [
        {"stream": "People", "call": "identify"},
        {"stream": "prople", "call": "identify"},
        {"stream": "logs", "call": "skip"},
    ]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1)], streams=mistyped)
    assert run.status == 0
    log = [(m["log"]["level"], m["log"]["message"]) for m in run.of("LOG")]
    assert [each for each in log if "no stream of this sync" in each[1]] == [
        (
            "WARN",
            '2 rules fit no stream of this sync: "People" (set its stream to "people"), "prople" '
            '(set its stream to "people").',
        ),
        ("INFO", 'The rule for "logs" with the call skip fits no stream of this sync.'),
    ]


def test_every_reason_is_counted_and_the_counts_add_up(
    connector: Connector, sandbox: Sandbox
) -> None:
    lines = [
        person(1),
        record("people", id=2),
        record("people", id=3, email="no address"),
        record("people", id="null", email="a@b.example"),
        record("people", id=4, email="a@b.example", name="n" * 33_000),
        record("people", id=5, email="a@b.example", _ab_cdc_deleted_at="2026-01-01"),
        {"type": "RECORD", "record": {"stream": "people", "data": [1], "emitted_at": 1}},
        record("nobody", id=1),
        state("people", 1),
        state("nobody", 2),
    ]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), lines)
    assert run.status == 0
    assert {s["id"]: s["destinationStats"] for s in run.states} == {
        1: {"recordCount": 2.0, "rejectedRecordCount": 5.0},
        2: {"recordCount": 0.0, "rejectedRecordCount": 1.0},
    }
    assert (
        "Stream people: read 7, delivered 1, rejected 5 (invalid_email 1, invalid_id 1, "
        "missing_email 1, not_an_object 1, too_large 1), skipped 1 (deleted_in_source 1)."
    ) in run.log
    assert (
        "Stream nobody: read 1, delivered 0, rejected 1 (unknown_stream 1), skipped 0." in run.log
    )


def test_a_record_that_inflection_refuses_costs_itself(connector: Connector) -> None:
    def answer(_number: int, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if b'"userId":"2"' in body:
            return 400, {"Content-Type": "application/json"}, b'{"message":"Bad p2@b.example"}'
        return 202, {}, b""

    lines = [person(1), person(2), person(3), state("people", 1)]
    with scripted_server(answer) as server:
        run = connector.write(server.url, catalog(PEOPLE), lines)
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 2.0, "rejectedRecordCount": 1.0}
    assert "rejected 1 (refused 1)" in run.log
    assert "p2@b.example" not in run.stdout


def test_temporary_faults_are_retried_with_the_same_message(connector: Connector) -> None:
    def answer(number: int, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        return (503 if number < 3 else 200), {}, b""

    with scripted_server(answer) as server:
        run = connector.write(server.url, catalog(PEOPLE), [person(1), state("people", 1)])
    assert run.status == 0
    assert run.states[0]["destinationStats"] == COUNTS
    assert "3 requests, retries 2 (HTTP 503 2)" in run.log
    assert len(server.bodies) == 3
    assert len(set(server.bodies)) == 1


@pytest.mark.parametrize(("status", "word"), [(401, "api_key"), (404, "endpoint_url")])
def test_what_only_the_user_can_change_stops_at_once(
    connector: Connector, status: int, word: str
) -> None:
    with scripted_server(always(status)) as server:
        lines = [line for n in range(500) for line in (person(n), state("people", n))]
        run = connector.write(server.url, catalog(PEOPLE), lines)
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert word in run.error["message"]
    assert run.states == []
    assert len(server.bodies) < 500


def test_no_redirect_is_followed(connector: Connector) -> None:
    with (
        scripted_server(always(200)) as target,
        scripted_server(always(302, Location=target.url)) as server,
    ):
        run = connector.write(server.url, catalog(PEOPLE), [person(1)])
    assert run.status == 1
    assert "redirects to http://127.0.0.1" in run.error["message"]
    assert target.bodies == []


def test_the_messages_of_one_user_arrive_in_the_order_they_were_read(
    connector: Connector, sandbox: Sandbox
) -> None:
    events = [
        record("events", id=number, user_id=number % 7, event=f"E{number}", timestamp=1767225600)
        for number in range(700)
    ]
    run = connector.write(
        sandbox.endpoint_url, catalog(EVENTS), events, advanced={"connections": 8}
    )
    assert run.status == 0
    arrived: dict[str, list[str]] = defaultdict(list)
    for call in sandbox.read("calls"):
        arrived[call["message"]["userId"]].append(call["message"]["event"])
    assert arrived == {str(u): [f"E{n}" for n in range(u, 700, 7)] for u in range(7)}


def test_a_second_run_of_the_same_rows_repeats_their_ids(
    connector: Connector, sandbox: Sandbox
) -> None:
    rows = [record("events", id=n, user_id=n, event="E", timestamp=1767225600) for n in range(20)]
    for _run in range(2):
        connector.write(sandbox.endpoint_url, catalog(EVENTS), rows)
    stats = sandbox.stats()
    assert (stats["calls"], stats["repeats"], stats["activity"]) == (40, 20, 20)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("20230808120000Z", "2023-08-08T12:00:00Z"),
        ("20240101101112Z", "2024-01-01T10:11:12Z"),
        (20240101101112, "2024-01-01T10:11:12Z"),
        (1706782272123456, "2024-02-01T10:11:12.123456Z"),
        ("Thu, 01 Feb 2024 10:11:12 +0000", "2024-02-01T10:11:12Z"),
    ],
)
def test_a_time_keeps_its_hour_in_whatever_form_it_comes(
    connector: Connector, sandbox: Sandbox, value: object, sent: str
) -> None:
    event = record("events", id=1, user_id=1, event="E", timestamp=value)
    run = connector.write(sandbox.endpoint_url, catalog(EVENTS), [event])
    assert run.status == 0
    assert [call["message"]["timestamp"] for call in sandbox.read("calls")] == [sent]


def test_sigterm_finishes_what_is_in_flight_and_releases_what_is_due(connector: Connector) -> None:
    def answer(number: int, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        if number == 2:
            in_flight.set()
            assert signal_is_heard.wait(TIMEOUT_SECONDS)
        return 200, {}, b""

    in_flight, signal_is_heard = threading.Event(), threading.Event()
    lines = [person(1), state("people", 1), person(2), state("people", 2), person(3)]
    with scripted_server(answer) as server:
        arguments = connector.write_arguments(
            server.url, catalog(PEOPLE), advanced={"connections": 1}
        )
        with connector.started(arguments, lines) as running:
            assert in_flight.wait(TIMEOUT_SECONDS)
            running.process.send_signal(signal.SIGTERM)
            lines_out = read_until(running.stdout, b"SIGTERM received")
            signal_is_heard.set()
            lines_out += running.stdout.readlines()
            assert running.process.wait(TIMEOUT_SECONDS) == 143
    messages = [json.loads(line) for line in lines_out]
    assert [m["state"]["id"] for m in messages if m["type"] == "STATE"] == [1, 2]
    assert len(server.bodies) == 2
