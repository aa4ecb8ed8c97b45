"""Bad weather: random faults, limits, refusals, and a connector that is killed."""

import json
import os
import random
import select
import signal
import threading
import time
from collections import defaultdict
from typing import Any

import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    EVENTS,
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    person,
    record,
    state,
)

FAST = {"connections": 16, "max_requests_per_second": 100_000, "request_timeout_seconds": 1}


def event(number: int, user: int) -> dict[str, Any]:
    return record("events", id=number, user_id=user, event=f"E{number}", timestamp=1767225600)


@pytest.mark.timeout(300)  # 40,000 events, one request each, take a minute where much else runs.
def test_500_users_with_80_events_each_arrive_in_order_whatever_goes_wrong(
    connector: Connector,
) -> None:
    users, each = 500, 80
    numbers = list(range(users * each))
    lines = [event(number, number % users) for number in numbers]
    for at in range(len(lines), 0, -10_000):
        lines.insert(at, state("events", at))
    faults = ["--fail", "429:0.01,500:0.01,reset:0.005,hang:0.00002", "--seed", "7"]
    with running_sandbox(KEY, faults) as sandbox:
        run = connector.write(sandbox.endpoint_url, catalog(EVENTS), lines, advanced=FAST)
        calls = [call for call in sandbox.read("calls") if not call["repeat"]]
    assert run.status == 0
    assert sum(s["destinationStats"]["recordCount"] for s in run.states) == len(numbers)
    assert f"delivered {len(numbers)}, rejected 0" in run.log
    arrived: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        arrived[call["message"]["userId"]].append(int(call["message"]["event"][1:]))
    assert arrived == {str(user): numbers[user::users] for user in range(users)}


def test_a_limit_is_found_and_kept_and_everything_arrives(connector: Connector) -> None:
    lines = [event(number, number) for number in range(400)]
    with running_sandbox(KEY, ["--limit", "150", "--retry-after", "1"]) as sandbox:
        run = connector.write(sandbox.endpoint_url, catalog(EVENTS), lines, advanced=FAST)
        stats = sandbox.stats()
    assert run.status == 0
    assert stats["activity"] == 400
    assert stats["answers"]["429"] > 0
    assert "HTTP 429" in run.log


def test_what_inflection_refuses_is_rejected_and_the_rest_arrives(connector: Connector) -> None:
    people = [person(number) for number in range(50)]
    people.insert(20, record("people", id=99, email="poison@b.example"))
    with running_sandbox(KEY, ["--refuse", "email=poison@*"]) as sandbox:
        run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [*people, state("people", 1)])
        found = len(sandbox.read("people"))
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 50.0, "rejectedRecordCount": 1.0}
    assert found == 50
    assert "poison" not in run.stdout


def test_faults_can_be_changed_while_it_runs(connector: Connector, sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/_sandbox/faults"
    assert requests.post(url, json={"fail": "403:1"}, timeout=TIMEOUT_SECONDS).status_code == 200
    assert connector.check(sandbox.endpoint_url)["status"] == "FAILED"
    assert requests.post(url, json={}, timeout=TIMEOUT_SECONDS).status_code == 200
    assert connector.check(sandbox.endpoint_url)["status"] == "SUCCEEDED"
    assert requests.post(url, json={"nonsense": 1}, timeout=TIMEOUT_SECONDS).status_code == 400


def test_sigterm_between_two_attempts_ends_at_once(connector: Connector) -> None:
    with running_sandbox(KEY, ["--fail", "503:1", "--retry-after", "60"]) as sandbox:
        arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
        with connector.started(arguments, [person(1), state("people", 1)]) as started:
            while not sandbox.stats()["answers"].get("503"):
                time.sleep(0.05)
            started.process.send_signal(signal.SIGTERM)
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert started.process.returncode == 143
    assert b'"STATE"' not in out


@pytest.mark.parametrize("seed", range(20))
def test_killed_anywhere_and_resumed_from_the_last_state_nothing_is_lost(
    connector: Connector, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance for a test
    records = [event(number, number % 40) for number in range(300)]
    lines: list[bytes | dict[str, Any]] = []
    for number, line in enumerate(records):
        lines.append(line)
        if chance.random() < 0.1:
            lines.append(state("events", number + 1))
    with running_sandbox(KEY, ["--latency-ms", "20", "--fail", "500:0.02,reset:0.02"]) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(EVENTS), advanced={**FAST, "connections": 8}
        )
        with connector.started(arguments, lines) as started:
            started.stdin.close()
            first = started.stdout.readline()
            killer = threading.Timer(chance.uniform(0.0, 1.2), started.process.kill)
            killer.start()
            out = first + started.stdout.read()
            killer.join()
        done = [json.loads(line) for line in out.splitlines() if line.endswith(b"}")]
        released = [m["state"]["id"] for m in done if m["type"] == "STATE"]
        resumed = connector.write(
            sandbox.endpoint_url, catalog(EVENTS), [*records[max(released, default=0) :]]
        )
        arrived = {call["event"] for call in sandbox.read("activity")}
    assert released == sorted(released)
    assert resumed.status == 0
    assert arrived == {f"E{number}" for number in range(300)}


def test_reading_stops_while_delivery_is_behind(connector: Connector) -> None:
    text = as_input([event(number, number) for number in range(20_000)])
    accepted = 0
    with running_sandbox(KEY, ["--latency-ms", "600000"]) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(EVENTS), advanced={**FAST, "request_timeout_seconds": 300}
        )
        with connector.started(arguments, []) as started:
            started.stdout.readline()
            pipe = started.stdin.fileno()
            os.set_blocking(pipe, False)
            # The pipe stays full: nobody reads from it any more.
            while accepted < len(text) and select.select([], [pipe], [], 5.0)[1]:
                accepted += os.write(pipe, text[accepted : accepted + 4096])
            started.process.kill()
    assert 0 < accepted < len(text) / 2
