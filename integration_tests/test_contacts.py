"""The Developer API route through the real executable, into the sandbox."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    Run,
    as_input,
    catalog,
    config,
    person,
    read_run,
    record,
    state,
    stream,
    wait_until,
)
from integration_tests.raw_server import CLOSE, Received, raw_server, reply


@contextmanager
def sandbox_with(*options: str) -> Iterator[Sandbox]:
    with running_sandbox(KEY, options) as running:
        yield running


def route(sandbox: Sandbox) -> dict[str, str]:
    return {"route": "developer_api", "base_url": sandbox.api_url}


def write(
    connector: Connector,
    sandbox: Sandbox,
    lines: list[Any],
    selected: tuple[dict[str, Any], ...] = (PEOPLE,),
    **changes: object,
) -> Run:
    return connector.write("", catalog(*selected), lines, delivery=route(sandbox), **changes)


def properties(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    return {
        contact["email"]: {k: v for k, v in contact["properties"].items() if k != "_source"}
        for contact in sandbox.read("people")
    }


def api(sandbox: Sandbox, path: str, body: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
    answer = requests.post(
        f"{sandbox.api_url}/v1/{path}",
        json=body,
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    )
    return answer.json()["data"]


def test_people_become_contacts_and_states_come_back_after_their_transactions(
    connector: Connector,
) -> None:
    with sandbox_with("--settle-ms", "300") as sandbox:
        lines = [*(person(n) for n in range(2500)), state("people", 1)]
        run = write(connector, sandbox, lines)
        stats, found = sandbox.stats(), properties(sandbox)
    assert run.status == 0
    (released,) = run.states
    assert released["destinationStats"] == {"recordCount": 2500.0, "rejectedRecordCount": 0.0}
    assert (stats["people"], stats["batches"]) == (2500, 3)
    assert found["p7@b.example"] == {"name": "Name 7"}
    assert "read 2500, delivered 2500, rejected 0" in run.log


SHORT_DEADLINE = """
import sys
from destination_inflection.delivery.settings import RetryPolicy
RetryPolicy.__init__.__defaults__ = (30.0, 3.0)
from destination_inflection.run import main
sys.exit(main())
"""
"""The connector with a deadline of three seconds, because nobody waits ten minutes for a test."""


def test_a_queue_that_takes_longer_than_the_deadline_is_waited_for(tmp_path: Path) -> None:
    connector = Connector(tmp_path, (sys.executable, "-c", SHORT_DEADLINE))
    with sandbox_with("--queue-ms", "500") as sandbox:
        lines = [line for n in range(14) for line in (*thousand(n), state("people", n))]
        run = write(connector, sandbox, lines)
        stats = sandbox.stats()
    assert (run.status, len(run.states)) == (0, 14)
    assert "read 14000, delivered 14000, rejected 0" in run.log
    assert stats["batches"] == 14


def test_a_queue_that_has_stopped_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    connector = Connector(tmp_path, (sys.executable, "-c", SHORT_DEADLINE))
    with sandbox_with("--queue-ms", "60000") as sandbox:
        first, *others = [[*thousand(n), state("people", n)] for n in range(3)]
        arguments = connector.write_arguments("", catalog(PEOPLE), delivery=route(sandbox))
        with connector.started(arguments, first) as started:
            wait_until(lambda: sandbox.stats()["batches"] == 1)  # the queue is of those before it
            started.stdin.write(as_input([line for each in others for line in each]))
            started.stdin.close()
            out = started.stdout.read()
            status = started.process.wait(TIMEOUT_SECONDS)
        run = read_run(subprocess.CompletedProcess(arguments, status, out, b""))
    assert (run.status, len(run.states)) == (1, 1)
    assert run.error["failure_type"] == "transient_error"


@pytest.mark.parametrize("settle_ms", [300, 1_000, 5_000])
def test_a_batch_costs_two_questions_at_most_however_slowly_it_settles(
    connector: Connector, settle_ms: int
) -> None:
    with sandbox_with("--settle-ms", str(settle_ms)) as sandbox:
        run = write(connector, sandbox, [person(n) for n in range(40_000)])
        stats = sandbox.stats()
    assert (run.status, stats["people"], stats["batches"]) == (0, 40_000, 40)
    assert stats["answers"]["200"] - 40 <= 2 * 40


def test_every_refusal_costs_its_record_alone(connector: Connector) -> None:
    options = ("--fail-contact", "email=p5@*", "--refuse", "email=p8@*", "--settle-ms", "50")
    with sandbox_with(*options) as sandbox:
        run = write(connector, sandbox, [*(person(n) for n in range(1000)), state("people", 1)])
        stats = sandbox.stats()
    assert run.status == 0
    assert "rejected 2 (contact_failed 1, refused 1)" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 998.0, "rejectedRecordCount": 2.0}
    assert stats["people"] == 998


def test_bodies_that_are_too_large_are_halved(connector: Connector) -> None:
    with sandbox_with("--batch-bytes", "20000") as sandbox:
        run = write(connector, sandbox, [person(n) for n in range(1000)])
        stats = sandbox.stats()
    assert run.status == 0
    assert (stats["people"], stats["answers"]["413"] > 0) == (1000, True)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_wrong_everybody_arrives_with_the_newest_values(
    connector: Connector, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance for a test
    people = [(f"P{chance.randrange(300)}@b.example", number) for number in range(3000)]
    newest = {email.lower(): {"number": number} for email, number in people}
    lines = [record("people", email=email, number=number) for email, number in people]
    faults = "429:0.1,500:0.1,reset:0.05"
    with sandbox_with(
        "--fail", faults, "--settle-ms", "50", "--seed", str(seed), "--latency-ms", "5"
    ) as sandbox:
        run = write(connector, sandbox, lines, (stream("people", "email", "number"),))
        found = properties(sandbox)
    assert run.status == 0
    assert "read 3000, delivered 3000" in run.log
    assert found == newest


@pytest.mark.parametrize("seed", range(5))
def test_killed_anywhere_and_resumed_from_the_last_state_nobody_is_lost(
    connector: Connector, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance for a test
    lines: list[Any] = []
    for number in range(5000):
        lines.append(person(number))
        if not number % 500:
            lines.append(state("people", number + 1))
    with sandbox_with("--settle-ms", "200", "--latency-ms", "20") as sandbox:
        arguments = connector.write_arguments("", catalog(PEOPLE), delivery=route(sandbox))
        with connector.started(arguments, lines) as started:
            started.stdin.close()
            killer = threading.Timer(chance.uniform(0.3, 1.5), started.process.kill)
            killer.start()
            out = started.stdout.read()
            killer.join()
        done = [json.loads(line) for line in out.splitlines() if line.endswith(b"}")]
        released = [m["state"]["id"] for m in done if m["type"] == "STATE"]
        held = sandbox.stats()["people"]
        rest = [person(n) for n in range(max(released, default=0), 5000)]
        resumed = write(connector, sandbox, rest)
        everybody = sandbox.stats()["people"]
    assert held >= max(released, default=0)
    assert resumed.status == 0
    assert everybody == 5000


def test_sigterm_waits_for_the_verdict_on_what_was_taken(connector: Connector) -> None:
    with sandbox_with("--settle-ms", "1000") as sandbox:
        arguments = connector.write_arguments("", catalog(PEOPLE), delivery=route(sandbox))
        lines = [*(person(n) for n in range(1000)), state("people", 1)]
        with connector.started(arguments, lines) as started:
            while not sandbox.stats()["batches"]:
                time.sleep(0.05)
            started.process.send_signal(signal.SIGTERM)
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert started.process.returncode == 143
    assert out.count(b'"STATE"') == 1


class LateApi:
    """Carries a write whose answer it lost out all the same, but after the newer attempt's."""

    def __init__(self) -> None:
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.taken: dict[str, float] = {}
        self.lost_at: float | None = None
        self.carried_out: list[tuple[float, list[dict[str, Any]]]] = []

    def answer(self, request: Received) -> Iterable[bytes]:
        now = time.monotonic()
        if "/by-email/" in request.path:
            return [reply(500)]
        if request.method == "GET":
            return [self._poll(request.path.rpartition("/")[2], now)]
        contacts = json.loads(request.body)["contacts"]
        if self.lost_at is None:
            self.lost_at = now + 1.5
            self.carried_out.append((self.lost_at, contacts))
            return [CLOSE]
        identity = f"t{request.number}"
        self.batches[identity], self.taken[identity] = contacts, now
        self.carried_out.append((now, contacts))
        return [reply(200, {"data": {"transactionId": identity, "status": "PENDING"}})]

    def _poll(self, identity: str, now: float) -> bytes:
        if now < self.taken[identity] + 1.0:
            return reply(200, {"data": {"transactionId": identity, "status": "PENDING"}})
        results = [{"email": c["email"], "status": "UPDATED"} for c in self.batches[identity]]
        data = {"transactionId": identity, "status": "DONE", "data": {"results": results}}
        return reply(200, {"data": data})

    def stored(self, email: str) -> object:
        """What a contact has after all that was carried out, in that order."""
        found: object = None
        for _, contacts in sorted(self.carried_out, key=lambda each: each[0]):
            for contact in contacts:
                if contact["email"] == email:
                    found = contact["properties"]["name"]
        return found


def test_a_write_whose_answer_was_lost_does_not_win_over_a_newer_one(
    either_connector: Connector,
) -> None:
    """A thousand people fill a batch; one of them changes while it is on its way."""
    api = LateApi()
    newer = record("people", id=7, email="p7@b.example", name="newest")
    lines = [*(person(n) for n in range(1000)), newer, state("people", 1)]
    with raw_server(api.answer) as server:
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            lines,
            delivery={"route": "developer_api", "base_url": server.origin},
        )
    assert run.status == 0
    assert len(api.carried_out) == 3
    assert api.stored("p7@b.example") == "newest"
    assert run.states[0]["destinationStats"] == {"recordCount": 1001.0, "rejectedRecordCount": 0.0}


TROUBLES: dict[str, bytes] = {
    "429": reply(429, Retry_After="1"),
    "503": reply(503),
    "reset": CLOSE,
    "pending": reply(200, {"data": {"transactionId": "t", "status": "PENDING"}, "errors": []}),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_sigterm_brings_back_all_states_of_what_was_written(
    either_connector: Connector, trouble: bytes
) -> None:
    """Eight batches are taken, and no question about one is answered before SIGTERM."""
    api = SlowApi(trouble)
    lines = [line for n in range(8) for line in (*thousand(n), state("people", n))]
    with raw_server(api.answer) as server:
        arguments = either_connector.write_arguments(
            "",
            catalog(PEOPLE),
            delivery={"route": "developer_api", "base_url": server.origin},
            advanced={"connections": 2},
        )
        with either_connector.started(arguments, lines) as started:
            assert api.all_taken_and_asked.wait(TIMEOUT_SECONDS)
            started.process.send_signal(signal.SIGTERM)
            api.terminated.set()
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert started.process.returncode == 143
    messages = [json.loads(line) for line in out.splitlines()]
    assert [m["state"]["id"] for m in messages if m["type"] == "STATE"] == list(range(8))
    assert len(api.batches) == 8


def thousand(number: int) -> list[dict[str, Any]]:
    return [person(n) for n in range(number * 1000, number * 1000 + 1000)]


class SlowApi:
    """Takes eight batches; the first answer about each after SIGTERM is trouble as well."""

    def __init__(self, trouble: bytes) -> None:
        self.trouble = trouble
        self.batches: dict[str, list[dict[str, Any]]] = {}
        self.asked: set[str] = set()
        self.all_taken_and_asked = threading.Event()
        self.terminated = threading.Event()

    def answer(self, request: Received) -> Iterable[bytes]:
        if request.method == "POST":
            identity = f"t{request.number}"
            self.batches[identity] = json.loads(request.body)["contacts"]
            return [reply(200, {"data": {"transactionId": identity, "status": "PENDING"}})]
        if len(self.batches) < 8:
            return [TROUBLES["pending"]]  # trouble would keep the connections from the writes
        if not self.terminated.is_set():
            self.all_taken_and_asked.set()
        identity = request.path.rpartition("/")[2]
        if not self.terminated.is_set() or identity not in self.asked:
            if self.terminated.is_set():
                self.asked.add(identity)
            return [self.trouble]
        results = [{"email": c["email"], "status": "CREATED"} for c in self.batches[identity]]
        data = {"transactionId": identity, "status": "DONE", "data": {"results": results}}
        return [reply(200, {"data": data})]


def test_sigterm_in_bad_weather_brings_back_all_states(either_connector: Connector) -> None:
    with sandbox_with("--settle-ms", "1500", "--latency-ms", "20") as sandbox:
        arguments = either_connector.write_arguments("", catalog(PEOPLE), delivery=route(sandbox))
        lines = [line for n in range(8) for line in (*thousand(n), state("people", n))]
        with either_connector.started(arguments, lines) as started:
            while sandbox.stats()["batches"] < 8:
                time.sleep(0.05)
            faults = {"fail": "503:0.2,429:0.1,reset:0.1", "settle_ms": 1500}
            url = f"{sandbox.url}/_sandbox/faults"
            requests.post(url, json=faults, timeout=TIMEOUT_SECONDS).raise_for_status()
            started.process.send_signal(signal.SIGTERM)
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
        held = sandbox.stats()["people"]
    assert started.process.returncode == 143
    assert (held, out.count(b'"STATE"')) == (8000, 8)


# What Inflection does not store


def test_properties_that_are_silently_dropped_are_named(connector: Connector) -> None:
    report = connector.folder / "report.html"
    users = stream("users", "email", "plan", "seats", "notes")
    rows = [record("users", email=f"u{n}@b.example", plan="p", seats=n, notes="") for n in range(3)]
    with sandbox_with("--known-properties", "name,seats") as sandbox:
        arguments = connector.write_arguments("", catalog(PEOPLE, users), delivery=route(sandbox))
        lines = [person(1), *rows, state("users", 1)]
        run = connector.run(*arguments, "--report", str(report), stdin=as_input(lines))
        answers = sandbox.stats()["answers"]
    assert (run.status, len(run.states)) == (0, 1)
    warned = [m["log"]["message"] for m in run.of("LOG") if m["log"]["level"] == "WARN"]
    assert [text for text in warned if "did not store" in text] == [
        "Stream users: Inflection took a contact but did not store these properties of it: plan. "
        "Define them in Inflection as contact properties, or leave the columns out.",
        "Stream users: properties that Inflection did not store: plan.",
    ]
    books = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert {s["stream"]: s["not_stored"] for s in books["streams"]} == {
        "people": [],
        "users": ["plan"],
    }
    assert "did not store" in report.read_text("utf-8")
    assert answers.keys() == {"200"}


def test_a_read_back_that_hangs_holds_nothing_for_long(connector: Connector) -> None:
    """The request that reads a contact back is never answered: the sync is green all the same."""
    gone = threading.Event()

    def answer(request: Received) -> Iterable[bytes]:
        if "/by-email/" in request.path:
            gone.wait(TIMEOUT_SECONDS)
            return [CLOSE]
        results = [{"email": "p1@b.example", "status": "CREATED"}]
        data = {"transactionId": "t", "status": "DONE", "data": {"results": results}}
        return [reply(200, {"data": data})]

    with raw_server(answer) as server:
        delivery = {"route": "developer_api", "base_url": server.origin}
        run = connector.write(
            "", catalog(PEOPLE), [person(1), state("people", 1)], delivery=delivery
        )
        gone.set()
    assert (run.status, len(run.states)) == (0, 1)
    assert "did not store" not in run.log


# Check


def test_check_passes_and_writes_nothing(connector: Connector, sandbox: Sandbox) -> None:
    assert connector.check("", delivery=route(sandbox)) == {"status": "SUCCEEDED"}
    assert sandbox.stats()["people"] == 0


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("read-only-key", ["write", "READ and WRITE", "Connected Apps"]),
        ("another-key", ["API key", "base_url", "mistyped"]),
    ],
)
def test_check_tells_what_the_key_lacks(connector: Connector, key: str, words: list[str]) -> None:
    with sandbox_with("--read-only-key", "read-only-key") as sandbox:
        status = connector.check("", api_key=key, delivery=route(sandbox))
    assert status["status"] == "FAILED"
    for word in words:
        assert word in status["message"]
    assert key not in status["message"]


def test_check_tells_a_wrong_base_url(connector: Connector, sandbox: Sandbox) -> None:
    wrong = {"route": "developer_api", "base_url": f"{sandbox.api_url}/v2/x"}
    status = connector.check("", delivery=wrong)
    assert status["status"] == "FAILED"
    assert "base_url" in status["message"]


# Streams this route can't take


def test_events_stop_the_sync_before_the_first_record(
    connector: Connector, sandbox: Sandbox
) -> None:
    events = stream("events", "user_id", "event", "timestamp")
    run = write(connector, sandbox, [person(1)], (PEOPLE, events))
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    for word in ('"events"', "event_endpoint"):
        assert word in run.error["message"]
    assert sandbox.stats()["people"] == 0


# Audiences


def test_an_audience_is_a_property_or_a_static_list(connector: Connector) -> None:
    with sandbox_with("--settle-ms", "50") as sandbox:
        list_id = api(sandbox, "lists", {"name": "VIP"})["id"]
        write(connector, sandbox, [person(n) for n in range(20)])
        members = stream("vip", "email", "active")
        lines = [
            *(record("vip", email=f"P{n}@b.example", active=True) for n in range(10)),
            record("vip", email="stranger@b.example", active=True),
            record("vip", email="p3@b.example", active=False),
            record("vip", email="p15@b.example", active=False),
            record("vip", email="stranger2@b.example", active=False),
            state("vip", 1),
        ]
        rule = {"stream": "vip", "call": "audience", "member_column": "active"}
        listed = write(
            connector, sandbox, lines, (members,), streams=[{**rule, "list_id": list_id}]
        )
        (found,) = sandbox.read("lists")
        as_property = write(
            connector, sandbox, lines[:1], (members,), streams=[{**rule, "audience": "V I P"}]
        )
        people = properties(sandbox)
    assert listed.status == 0
    assert "rejected 1 (unknown_contact 1)" in listed.log
    expected = {f"p{n}@b.example" for n in range(10) if n != 3}
    assert set(found["members"]) == expected
    assert as_property.status == 0
    assert people["p0@b.example"]["v_i_p"] is True


LEAVERS = stream("vip", "email", "_ab_cdc_deleted_at")
VIP = {"stream": "vip", "call": "audience", "audience": "VIP"}


def left(email: str) -> dict[str, Any]:
    return record("vip", email=email, _ab_cdc_deleted_at="2026-02-03T10:00:00Z")


def test_a_deleted_row_about_somebody_unknown_creates_nobody(connector: Connector) -> None:
    lines = [
        *(left(f"{who}@b.example") for who in ("P1", "stranger", "Stranger2")),
        record("vip", email="new@b.example", _ab_cdc_deleted_at=None),
        left("new@b.example"),
        state("vip", 1),
    ]
    with sandbox_with("--settle-ms", "50") as sandbox:
        write(connector, sandbox, [person(1), person(2)])
        run = write(connector, sandbox, lines, (LEAVERS,), streams=[VIP])
        found = properties(sandbox)
    assert run.status == 0
    assert "read 5, delivered 3, rejected 0, skipped 2 (not_in_inflection 2)" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 5.0, "rejectedRecordCount": 0.0}
    assert {email: each.get("vip") for email, each in found.items()} == {
        "p1@b.example": False,
        "p2@b.example": None,
        "new@b.example": False,
    }


def test_replayed_deleted_rows_create_nobody_either(connector: Connector) -> None:
    rejects = {"rejected_records": {"store": "folder", "path": str(connector.folder / "r")}}
    lines = [left("p1@b.example"), left("stranger@b.example")]
    with sandbox_with() as sandbox:
        write(connector, sandbox, [person(1)])
        wrong = {**VIP, "email": "name"}
        named = stream("vip", "email", "name", "_ab_cdc_deleted_at")
        write(connector, sandbox, lines, (named,), streams=[wrong], **rejects)
        (folder,) = (connector.folder / "r").iterdir()
        settings = config("", delivery=route(sandbox), streams=[VIP], **rejects)
        done = connector.plain(
            "replay", "--config", connector.file("config.json", settings), str(folder)
        )
        found = properties(sandbox)
    assert b"read 2, delivered 1, rejected 0, skipped 1 (not_in_inflection 1)" in done.stdout
    assert {email: each.get("vip") for email, each in found.items()} == {"p1@b.example": False}


def test_a_dry_run_counts_the_look_ups(connector: Connector, sandbox: Sandbox) -> None:
    run = write(
        connector,
        sandbox,
        [left("a@b.example"), left("a@b.example"), left("B@b.example")],
        (LEAVERS,),
        streams=[VIP],
        advanced={"dry_run": True},
    )
    assert "read 3, would be delivered 3" in run.log
    assert "send 4 requests for 2 different emails" in run.log
    assert sandbox.stats()["answers"] == {}


def test_a_list_that_does_not_exist_stops_the_sync(connector: Connector) -> None:
    with sandbox_with() as sandbox:
        write(connector, sandbox, [person(1)])
        rule = {"stream": "vip", "call": "audience", "list_id": "nowhere"}
        row = record("vip", email="p1@b.example")
        run = write(connector, sandbox, [row], (stream("vip", "email"),), streams=[rule])
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert "list_id" in run.error["message"]
