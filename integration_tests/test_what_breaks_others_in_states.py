"""What is reported of other senders, made again: states, order, empty streams, outages.

Each test names the public threads that report the failure; AB is airbytehq/airbyte on GitHub. The
table in docs/reliability.md has all of them, with the tests that stand elsewhere.
"""

import json
import os
import select
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

import requests

from destination_inflection.sync.holding import DEFAULT_BOUNDS
from inflection_sandbox.client import Sandbox
from integration_tests.both_routes import both_routes, delivery, into, on_each_route
from integration_tests.conftest import (
    EVENTS,
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    config,
    person,
    read_until,
    record,
    state,
    stream,
)
from integration_tests.raw_server import Received, reply
from integration_tests.stored import folder


def test_a_state_after_each_record_makes_no_request_for_each(
    connector: Connector, sandbox: Sandbox
) -> None:
    """AB 32346, 34846."""
    lines = [line for n in range(3000) for line in (person(n), state("people", n))]
    run = connector.write("", catalog(PEOPLE), lines, delivery=into(sandbox, "developer_api"))
    assert run.status == 0
    assert [each["id"] for each in run.states] == list(range(3000))
    assert sandbox.stats()["batches"] <= 6


HELD_BYTES: Final = DEFAULT_BOUNDS.held_bytes


def silence(accepted: int) -> float:
    """Seconds after which the reading has stopped; long while it is early for that."""
    return 5.0 if accepted > HELD_BYTES / 2 else 20.0


def test_states_that_pile_up_stop_the_reading_and_take_a_bounded_place(
    connector: Connector,
) -> None:
    """AB 33535: one request hangs, and the source writes one state after the other."""
    begun, over = threading.Event(), threading.Event()

    def spoil(_request: Received) -> Sequence[bytes]:
        begun.set()
        over.wait(TIMEOUT_SECONDS)
        return [reply(200)]

    text = as_input([state("people", 1, more="x" * 4000)]) * 20_000
    accepted = 0
    with both_routes(spoil) as (_, server):
        arguments = connector.write_arguments(f"{server.origin}/x", catalog(PEOPLE))
        with connector.started(arguments, [person(1)]) as started:
            reader = threading.Thread(target=started.stdout.read)
            reader.start()
            assert begun.wait(TIMEOUT_SECONDS / 2)
            pipe = started.stdin.fileno()
            os.set_blocking(pipe, False)
            while accepted < len(text) and select.select([], [pipe], [], silence(accepted))[1]:
                accepted += os.write(pipe, text[accepted : accepted + 65536])
            started.process.kill()
            reader.join()
        over.set()
    assert HELD_BYTES / 2 < accepted < 2 * HELD_BYTES


def test_a_sync_whose_states_were_lost_doubles_nothing_when_it_runs_again(
    connector: Connector, sandbox: Sandbox
) -> None:
    """dlt-hub/dlt 4052."""
    rows = [
        record("events", id=n, user_id=n % 3, event="E", timestamp=1767225600 + n)
        for n in range(30)
    ]
    lines = [*rows, state("events", 1)]
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(EVENTS))
    with connector.started(arguments, []) as (process, stdin, stdout):
        read_until(stdout, b"Sending over")
        stdout.close()
        stdin.write(as_input(lines))
        stdin.close()
        process.wait(TIMEOUT_SECONDS)
    assert process.returncode == 141
    again = connector.write(sandbox.endpoint_url, catalog(EVENTS), lines)
    stats = sandbox.stats()
    assert (again.status, len(again.states)) == (0, 1)
    assert (stats["activity"], stats["calls"] - stats["repeats"]) == (30, 30)


IMPATIENT: Final = """
import sys
from destination_inflection.commands import outage
assert hasattr(outage, "_LONG_SECONDS")
outage._LONG_SECONDS = 1.0
from destination_inflection.run import main
sys.exit(main())
"""
"""The connector that speaks of an outage after a second, and not after half a minute."""


@on_each_route
def test_a_write_and_a_replay_say_that_nothing_gets_through(
    connector: Connector, route: str
) -> None:
    """zenml-io/mlstacks PR 141."""
    store = connector.folder / "rejects"
    impatient = Connector(connector.folder, (sys.executable, "-c", IMPATIENT))
    lines = [person(1), person(2), state("people", 1)]

    def spoil(request: Received) -> Sequence[bytes] | None:
        return [reply(400)] if b"p1@" in request.body else None

    with both_routes(spoil) as (_, server):
        where = delivery(route, server.origin)
        connector.write("", catalog(PEOPLE), lines, delivery=where, rejected_records=folder(store))
    with both_routes(lambda _request: [reply(503)]) as (_, server):
        where = delivery(route, server.origin)
        settings = connector.file("replay.json", config("", delivery=where))
        replaying = ["replay", "--config", settings, str(store)]
        writing = connector.write_arguments("", catalog(PEOPLE), delivery=where)
        for arguments, given in ((writing, lines), (replaying, [])):
            with impatient.started(arguments, given) as started:
                read_until(started.stdout, b"No call has succeeded for")


def event(number: int, user: str) -> dict[str, Any]:
    return record("events", id=number, user_id=user, event=f"E{number}", timestamp=1767225600)


def test_a_user_who_waits_holds_up_nobody_else_and_keeps_their_order(
    either_connector: Connector,
) -> None:
    """RudderStack's FAQ on blocking; PostHog's threads on ordering."""
    others = [event(n, f"u{n}") for n in range(100, 300)]
    slow = [event(n, "slow") for n in range(5)]

    def spoil(request: Received) -> Sequence[bytes] | None:
        is_slow = json.loads(request.body)["userId"] == "slow"
        return [reply(503)] if is_slow and len(api.taken) < len(others) else None

    with both_routes(spoil) as (api, server):
        run = either_connector.write(
            f"{server.origin}/x", catalog(EVENTS), [*slow, *others, state("events", 1)]
        )
    assert run.status == 0
    assert len(run.states) == 1
    assert [m["event"] for m in api.taken if m["userId"] == "slow"] == [f"E{n}" for n in range(5)]


def test_an_empty_source_takes_nothing_away(connector: Connector, sandbox: Sandbox) -> None:
    """bruin-data/ingestr PR 1203; drt-hub/drt 686."""
    made = requests.post(
        f"{sandbox.api_url}/v1/lists",
        json={"name": "VIP"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    ).json()
    rules = [{"stream": "vip", "call": "audience", "list_id": made["data"]["id"]}]
    streams = [
        {**each, "destination_sync_mode": "overwrite"} for each in (PEOPLE, stream("vip", "email"))
    ]
    filled = [*(person(n) for n in range(3)), record("vip", email="p1@b.example")]
    for rows in (filled, []):
        lines = [*rows, state("people", 1), state("vip", 2)]
        run = connector.write(
            "",
            catalog(*streams),
            lines,
            delivery=into(sandbox, "developer_api"),
            streams=rules,
        )
        assert (run.status, len(run.states)) == (0, 2)
        (found,) = sandbox.read("lists")
        assert (found["members"], sandbox.stats()["people"]) == (["p1@b.example"], 3)
