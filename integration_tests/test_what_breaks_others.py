"""What is reported of other senders, made again: answers, connections, limits and states.

Each test names the public threads that report the failure; AB is airbytehq/airbyte on GitHub. The
table in docs/reliability.md has all of them, with the tests that stand elsewhere.
"""

import threading
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import Final

import pytest

from inflection_sandbox.client import Sandbox
from integration_tests.both_routes import (
    at_first,
    both_routes,
    delivery,
    envelope,
    on_each_route,
)
from integration_tests.conftest import (
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    person,
    read_until,
    record,
    state,
)
from integration_tests.raw_server import CLOSE, Received, raw_server, reply

UNREAD: Final = {"200": reply(200), "204": reply(204), "no id": reply(200, envelope({}))}
FAILURE: Final = reply(
    200,
    {
        "data": None,
        "errors": [{"errorCode": "E-1", "message": "Not taken"}],
        "meta": {"status": "FAILURE"},
    },
)


# Answers


@pytest.mark.parametrize("answer", UNREAD.values(), ids=UNREAD)
def test_a_success_that_names_no_transaction_is_not_a_delivery(
    either_connector: Connector, answer: bytes
) -> None:
    """PostHog PR 53438; AB 74716; AB PR 74725; Multiwoven 910, 923; tableau/webhooks-docs 12."""
    with both_routes(at_first(answer)) as (api, server):
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [*(person(n) for n in range(20)), state("people", 1)],
            delivery=delivery("developer_api", server.origin),
        )
    assert run.status == 0
    assert "read 20, delivered 20, rejected 0" in run.log
    assert (len(api.writes), len(api.taken)) == (2, 20)


def test_a_200_whose_body_says_failure_delivers_nobody(either_connector: Connector) -> None:
    """The same threads: 20 records were not taken, so they are rejects and no state goes back."""
    with both_routes(lambda _request: [FAILURE]) as (_, server):
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [*(person(n) for n in range(20)), state("people", 1)],
            delivery=delivery("developer_api", server.origin),
        )
    assert (run.status, run.states) == (1, [])
    assert "read 20, delivered 0, rejected 20 (refused 20)" in run.log


def test_a_204_of_the_event_endpoint_takes_the_call_once(either_connector: Connector) -> None:
    """kamu-data/kamu-cli 1335; tableau/webhooks-docs 12."""
    with both_routes(lambda _request: [reply(204)]) as (api, server):
        run = either_connector.write(
            f"{server.origin}/x", catalog(PEOPLE), [person(1), state("people", 1)]
        )
    assert (run.status, len(run.states), len(api.writes)) == (0, 1, 1)


@on_each_route
def test_a_429_before_a_200_loses_nothing_and_rejects_nothing(
    either_connector: Connector, route: str
) -> None:
    """fluent/fluent-bit 12384; vectordotdev/vector 7371, 17276; RudderStack PR 2606."""
    lines = [*(person(n) for n in range(60)), state("people", 1)]
    with both_routes(at_first(reply(429), 2)) as (api, server):
        run = either_connector.write(
            "", catalog(PEOPLE), lines, delivery=delivery(route, server.origin)
        )
    assert run.status == 0
    assert "read 60, delivered 60, rejected 0" in run.log
    assert sorted(api.emails) == sorted(f"p{n}@b.example" for n in range(60))


@on_each_route
@pytest.mark.parametrize("status", [400, 413, 422, 501])
def test_a_payload_that_is_refused_is_not_tried_again_and_blocks_nobody(
    connector: Connector, route: str, status: int
) -> None:
    """fluent-bit 8860, 3495; redpanda-data/connect 414, 415; Aiven http connector 204, 34.

    Also AB 30514, AB PR 76340 and ClickHouse/clickhouse-kafka-connect 590: the others of its batch.
    """

    def spoil(request: Received) -> Sequence[bytes] | None:
        return [reply(status)] if b"p0@" in request.body else None

    rows = [record("people", id=7, email=f"p{n}@b.example", name=f"N{n}") for n in range(64)]
    with both_routes(spoil) as (api, server):
        run = connector.write(
            "",
            catalog(PEOPLE),
            [*rows, state("people", 1)],
            delivery=delivery(route, server.origin),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 63.0, "rejectedRecordCount": 1.0}
    assert sorted(api.emails) == sorted(f"p{n}@b.example" for n in range(1, 64))
    bad = [write for write in api.writes if b"p0@" in write.body]
    assert len(bad) <= {"event_endpoint": 1, "developer_api": 7}[route], "64 halved to one"


# Limits


@on_each_route
def test_a_retry_after_that_is_a_date_is_heeded(either_connector: Connector, route: str) -> None:
    """PostHog 92214; svix/svix-webhooks 2203; getsentry/sentry-java 613."""
    opens: list[int] = []

    def spoil(_request: Received) -> Sequence[bytes] | None:
        if not opens:
            opens.append(int(time.time()) + 3)
        # Half a second for what a clock and a timer may differ by.
        if time.time() >= opens[0] - 0.5:
            return None
        return [reply(429, Retry_After=formatdate(opens[0], usegmt=True))]

    with both_routes(spoil) as (api, server):
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [person(1), state("people", 1)],
            delivery=delivery(route, server.origin),
        )
    assert (run.status, len(run.states)) == (0, 1)
    assert len(api.writes) == 2, "asked again before the date"


@on_each_route
def test_a_check_ends_at_a_429_says_so_and_writes_nothing(
    either_connector: Connector, route: str
) -> None:
    """AB 17980, 22384; destination-heap-analytics."""
    with raw_server(lambda _request: [reply(429, Retry_After="3600")]) as server:
        status = either_connector.check("", delivery=delivery(route, server.origin))
    assert status["status"] == "FAILED"
    assert "429" in status["message"]
    assert "try again later" in status["message"]
    assert "connection" not in status["message"]
    assert len(server.received) == 1
    assert b"@" not in server.received[0].body


@on_each_route
def test_a_wrong_path_never_looks_like_success(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    """n8n-io/n8n 7484."""
    wrong = delivery(route, f"{sandbox.url}/eu/v0")
    assert connector.check("", delivery=wrong)["status"] == "FAILED"
    run = connector.write("", catalog(PEOPLE), [person(1), state("people", 1)], delivery=wrong)
    assert (run.status, run.states) == (1, [])
    assert run.error["failure_type"] == "config_error"
    assert {"event_endpoint": "endpoint_url", "developer_api": "base_url"}[route] in run.error[
        "message"
    ]


# Connections


@on_each_route
def test_a_connection_closed_in_silence_loses_nothing_and_doubles_nothing(
    either_connector: Connector, route: str
) -> None:
    """segmentio/analytics-python 144; posthog-python PR 208."""

    def spoil(request: Received) -> Sequence[bytes]:
        return [api.take(request), CLOSE]

    with both_routes(spoil) as (api, server):
        arguments = either_connector.write_arguments(
            "", catalog(PEOPLE), delivery=delivery(route, server.origin)
        )
        with either_connector.started(arguments, [person(1), state("people", 1)]) as started:
            if route == "developer_api":  # a batch waits for company while the input is open
                started.stdin.write(as_input([person(n) for n in range(2, 1001)]))
                started.stdin.flush()
            read_until(started.stdout, b'"STATE"')
            started.stdin.write(as_input([person(2000), state("people", 2)]))
            started.stdin.close()
            rest = started.stdout.read()
            assert started.process.wait(TIMEOUT_SECONDS) == 0
    assert rest.count(b'"STATE"') == 1
    assert len(set(api.emails)) == len(api.emails)
    assert api.emails[-1] == "p2000@b.example"


@on_each_route
def test_after_a_lost_answer_the_very_same_is_sent_again(
    either_connector: Connector, route: str
) -> None:
    """segmentio/analytics-python 230; posthog-python PR 208: repeats with ids of their own."""
    lost = threading.Event()

    def spoil(request: Received) -> Sequence[bytes] | None:
        if lost.is_set():
            return None
        lost.set()
        api.take(request)
        return [CLOSE]

    with both_routes(spoil) as (api, server):
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [person(1), state("people", 1)],
            delivery=delivery(route, server.origin),
        )
    assert (run.status, len(run.states)) == (0, 1)
    assert len(api.writes) == 2
    assert len({write.body for write in api.writes}) == 1
