"""Rejected records, through the executable: stored before their state goes, sent again later."""

import gzip
import json
import os
import signal
import stat
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    Run,
    always,
    catalog,
    person,
    record,
    scripted_server,
    state,
    stream,
)

S3_KEY: Final = "AKIATESTTESTTEST"
S3_SECRET: Final = "s3-test-secret"
COLUMNS: Final = ("id", "email", "name", "plan")
SELECTED: Final = stream("people", *COLUMNS)
BAD: Final = record("people", id=7, email=None, name="Nobody")


class Bucket:
    """A bucket of a real HTTP server."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=S3_KEY,
            aws_secret_access_key=S3_SECRET,
            region_name="us-east-1",
        )

    def options(self, **changes: object) -> dict[str, object]:
        return {
            "store": "s3",
            "bucket": "rejects",
            "prefix": "air/byte",
            "endpoint_url": self.endpoint,
            "access_key_id": S3_KEY,
            "secret_access_key": S3_SECRET,
            **changes,
        }

    def objects(self) -> dict[str, bytes]:
        listed = self.client.list_objects_v2(Bucket="rejects").get("Contents", [])
        return {
            entry["Key"]: self.client.get_object(Bucket="rejects", Key=entry["Key"])["Body"].read()
            for entry in listed
        }


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    made = Bucket(f"http://127.0.0.1:{port}")
    # Servers of one process share what they hold: each test begins with nothing.
    requests.post(f"{made.endpoint}/moto-api/reset", timeout=TIMEOUT_SECONDS)
    made.client.create_bucket(Bucket="rejects")
    yield made
    made.client.close()
    server.stop()


def folder(path: Path) -> dict[str, str]:
    return {"store": "folder", "path": str(path)}


def entries(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for name, content in sorted(files.items())
        if name.endswith(".jsonl.gz")
        for line in gzip.decompress(content).splitlines()
    ]


def files(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def replay(connector: Connector, config: dict[str, Any], *arguments: str) -> "tuple[int, str, str]":
    run = connector.plain("replay", "--config", connector.file("replay.json", config), *arguments)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def config_of(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    delivery = {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url}
    return {"api_key": KEY, "delivery": delivery, **changes}


# What is stored


def test_a_reject_is_stored_as_it_came_with_all_that_is_known(
    connector: Connector, tmp_path: Path
) -> None:
    huge = b'{"type":"RECORD","record":{"stream":"people","namespace":"a/b","emitted_at":5,'
    huge += b'"data":{"id":1,"email":"x@b.c","n":123456789012345678901234567890,"s":"\\ud800"}}}'
    where = tmp_path / "rejected"
    selected = {**stream("people", "id", "email", "n", "s")}
    selected["stream"]["namespace"] = "a/b"
    with running_sandbox(KEY, ["--refuse", "email=x@*"]) as sandbox:
        run = connector.write(
            sandbox.endpoint_url,
            catalog(selected, PEOPLE),
            [huge, person(1), b"no message \xff", BAD, state("people", 1)],
            rejected_records=folder(where),
        )
    assert run.status == 0
    found = {entry["reason"]: entry for entry in entries(files(where))}
    refused = found["refused"]
    assert refused == {
        "stream": "people",
        "namespace": "a/b",
        "call": "identify",
        "reason": "refused",
        "detail": "HTTP 400: Refused by the sandbox's --refuse",
        "column": None,
        "http_status": 400,
        "attempts": 1,
        "emitted_at": 5,
        "record": {
            "id": 1,
            "email": "x@b.c",
            "n": 123456789012345678901234567890,
            "s": "\ud800",
        },
    }
    assert found["missing_email"]["column"] == "email"
    assert found["missing_email"]["call"] == "identify"
    assert found["missing_email"]["record"] == BAD["record"]["data"]
    assert found["unreadable_line"]["stream"] is None
    assert b64decode(found["unreadable_line"]["raw"]) == b"no message \xff"
    (stamp,) = {name.split("/")[0] for name in files(where)}
    names = {name.removeprefix(f"{stamp}/") for name in files(where)}
    assert {"catalog.json", "report.json", "report.html"} <= names
    assert {name.rpartition("/")[0] for name in names if name.endswith(".gz")} == {
        "a%2Fb/people",
        "_/people",
        "_/_unreadable",
    }


def test_the_log_explains_and_holds_no_value(connector: Connector) -> None:
    def answer(_number: int, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if b"ada@" not in body:
            return 200, {}, b"{}"
        said = {"message": "Plan: GOLD-77 of Ada@lumen.example is not allowed"}
        return 400, {"Content-Type": "application/json"}, json.dumps(said).encode()

    row = record("people", id=400, email="ada@lumen.example", plan="gold-77", name="Countess")
    with scripted_server(answer) as server:
        run = connector.write(server.url, catalog(SELECTED), [person(1), row])
    assert run.status == 0
    (line,) = [line for line in run.log.splitlines() if line.startswith("Rejected")]
    assert line == (
        "Rejected, stream people: refused. Inflection refused the record; its answer says why. "
        "Inflection: HTTP 400: Plan: [...] of [...] is not allowed."
    )


def test_rejects_are_stored_in_a_bucket(connector: Connector, bucket: Bucket) -> None:
    with running_sandbox(KEY) as sandbox:
        run = connector.write(
            sandbox.endpoint_url,
            catalog(SELECTED),
            [person(1), BAD, state("people", 1)],
            rejected_records=bucket.options(),
        )
    assert run.status == 0
    assert len(run.states) == 1
    found = bucket.objects()
    assert [entry["reason"] for entry in entries(found)] == ["missing_email"]
    assert all(name.startswith("air/byte/20") for name in found)
    assert any(name.endswith("/report.html") for name in found)
    for secret in (S3_KEY, S3_SECRET):
        assert secret not in run.stdout


def test_a_state_goes_back_only_after_its_rejects_are_stored(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    with running_sandbox(KEY) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=folder(where)
        )
        lines = [person(1), BAD, state("people", 1)]
        with connector.started(arguments, lines) as started:
            stored: list[str] = []
            for line in started.stdout:
                if b'"STATE"' in line:
                    stored = [name for name in files(where) if name.endswith(".jsonl.gz")]
                    break
            started.process.kill()
    assert len(stored) == 1


def test_sigterm_stores_what_was_rejected(connector: Connector, tmp_path: Path) -> None:
    where = tmp_path / "rejected"
    with running_sandbox(KEY) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=folder(where)
        )
        with connector.started(arguments, [BAD, person(1), state("people", 1)]) as started:
            while not sandbox.stats()["calls"]:
                time.sleep(0.05)
            started.process.send_signal(signal.SIGTERM)
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert started.process.returncode == 143
    assert [entry["record"]["id"] for entry in entries(files(where))] == [7]
    assert out.count(b'"STATE"') == 1


# Stores that fail


def failing(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "file").write_text("")
    return folder(tmp_path / "file" / "below")


def test_a_store_that_cant_be_used_stops_the_sync_before_it_sends(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = connector.write(
        sandbox.endpoint_url, catalog(SELECTED), [person(1)], rejected_records=failing(tmp_path)
    )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert "rejected_records" in run.error["message"]
    assert sandbox.stats()["calls"] == 0


def test_a_store_that_breaks_in_the_middle_stops_the_sync_and_holds_the_state(
    connector: Connector, sandbox: Sandbox, bucket: Bucket
) -> None:
    arguments = connector.write_arguments(
        sandbox.endpoint_url, catalog(SELECTED), rejected_records=bucket.options()
    )
    with connector.started(arguments, [person(1)]) as started:
        while not sandbox.stats()["calls"]:
            time.sleep(0.05)
        bucket.client.delete_bucket(Bucket="rejects")
        more = [BAD, state("people", 1)]
        out, _ = started.process.communicate(
            b"".join(json.dumps(line).encode() + b"\n" for line in more), timeout=TIMEOUT_SECONDS
        )
    assert started.process.returncode == 1
    assert b'"STATE"' not in out
    trace = next(json.loads(line) for line in out.splitlines() if b'"TRACE"' in line)
    assert trace["trace"]["error"]["failure_type"] == "config_error"
    assert "NoSuchBucket" in trace["trace"]["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bucket": "another"}, ["another", "NoSuchBucket", "rejected_records"]),
        ({"endpoint_url": "http://127.0.0.1:9"}, ["could not be reached", "endpoint_url"]),
    ],
)
def test_check_tells_a_bucket_that_cant_be_used(
    connector: Connector,
    sandbox: Sandbox,
    bucket: Bucket,
    changes: dict[str, object],
    words: list[str],
) -> None:
    options = bucket.options(**changes)
    status = connector.check(sandbox.endpoint_url, rejected_records=options)
    assert status["status"] == "FAILED"
    for word in words:
        assert word in status["message"]
    assert S3_SECRET not in status["message"]


def test_check_leaves_nothing_behind(
    connector: Connector, sandbox: Sandbox, bucket: Bucket, tmp_path: Path
) -> None:
    where = tmp_path / "new" / "folder"
    for options in (bucket.options(), folder(where)):
        status = connector.check(sandbox.endpoint_url, rejected_records=options)
        assert status == {"status": "SUCCEEDED"}
    assert bucket.objects() == {}
    assert files(where) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_check_tells_a_folder_that_cant_be_written(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    status = connector.check(sandbox.endpoint_url, rejected_records=folder(tmp_path / "x"))
    tmp_path.chmod(stat.S_IRWXU)
    assert "Permission denied" in status["message"]


def test_check_tells_a_folder_that_cant_be_made(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    status = connector.check(sandbox.endpoint_url, rejected_records=failing(tmp_path))
    assert status["status"] == "FAILED"
    assert "rejected_records" in status["message"]


# Limits


def test_too_many_rejects_fail_the_sync_and_hold_its_states(
    connector: Connector, sandbox: Sandbox
) -> None:
    lines = [*(person(n) for n in range(8)), BAD, BAD, state("people", 1)]
    strict = {"max_rejected_percent": 10}
    run = connector.write(sandbox.endpoint_url, catalog(SELECTED), lines, advanced=strict)
    assert run.status == 1
    assert run.states == []
    assert run.error["failure_type"] == "config_error"
    for word in ("2 of 10", "missing_email 2", "10 %", "max_rejected_percent"):
        assert word in run.error["message"]
    loose = {"max_rejected_percent": 20}
    good = connector.write(sandbox.endpoint_url, catalog(SELECTED), lines, advanced=loose)
    assert good.status == 0
    assert len(good.states) == 1


# Dry run


def test_a_dry_run_sends_nothing_and_says_what_it_would_take(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    lines = [*(person(n) for n in range(60)), BAD, state("people", 1)]
    report = tmp_path / "report.html"
    arguments = connector.write_arguments(
        sandbox.endpoint_url,
        catalog(SELECTED),
        advanced={"dry_run": True, "max_requests_per_second": 2},
        rejected_records=folder(tmp_path / "rejected"),
    )
    given = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    run = connector.run(*arguments, "--report", str(report), stdin=given)
    assert run.status == 0
    assert run.states == []
    assert sandbox.stats()["calls"] == 0
    assert not (tmp_path / "rejected").exists()
    assert "would send 60 requests, which take at least 0.5 minutes at 2 a second" in run.log
    document = json.loads(report.with_suffix(".json").read_text())
    assert document["result"] == "dry_run"
    assert document["totals"]["states_read"] == 1
    assert document["estimate"] == {"requests": 60, "minutes": 0.5, "requests_per_second": 2}


# The report


def test_the_report_holds_the_run(connector: Connector, tmp_path: Path) -> None:
    where = tmp_path / "rejected"
    with running_sandbox(KEY, ["--fail", "429:0.3", "--seed", "4"]) as sandbox:
        run = connector.write(
            sandbox.endpoint_url,
            catalog(SELECTED),
            [*(person(n) for n in range(50)), BAD, state("people", 1)],
            rejected_records=folder(where),
        )
    found = files(where)
    (name,) = [name for name in found if name.endswith("report.json")]
    document = json.loads(found[name])
    assert run.status == 0
    assert document["result"] == "succeeded"
    assert document["totals"] == {
        "read": 51,
        "delivered": 50,
        "rejected": 1,
        "skipped": 0,
        "unreadable_lines": 0,
        "requests": 50 + document["rate_limit_hits"],
        "states_read": 1,
        "states_released": 1,
    }
    assert document["rate_limit_hits"] == document["retries"]["HTTP 429"] > 0
    assert sum(document["throughput"]["delivered"]) == 50
    assert document["latency_ms"]["count"] == document["totals"]["requests"]
    assert document["plan"][0]["becomes"] == "identify"
    assert [part["records"] for part in document["rejected_files"]] == [1]
    page = found[name.replace(".json", ".html")].decode()
    assert "missing_email" in page
    assert "Nobody" not in page


# Replay


def test_replay_says_what_is_wrong(connector: Connector, sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_of(sandbox)
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "a" / "b" / "c" / "1.jsonl.gz"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no gzip")
    (tmp_path / "a" / "catalog.json").write_text(json.dumps(catalog(SELECTED)))
    lonely = tmp_path / "x" / "y" / "z" / "1.jsonl.gz"
    lonely.parent.mkdir(parents=True)
    lonely.write_bytes(gzip.compress(b"{}\n"))
    for place, word in (
        (tmp_path / "nowhere", "can't be read"),
        (tmp_path / "empty", "no files"),
        (broken, "damaged"),
        (lonely, "--catalog"),
    ):
        status, _, stderr = replay(connector, config, str(place))
        assert status == 1
        assert word in stderr
        assert len(stderr.splitlines()) == 1


@contextmanager
def rejected_once(
    connector: Connector, options: dict[str, Any], lines: Sequence[Any]
) -> Iterator[Run]:
    with running_sandbox(KEY, ["--refuse", "plan=bad"]) as sandbox:
        yield connector.write(
            sandbox.endpoint_url, catalog(SELECTED), lines, rejected_records=options
        )


def test_replay_of_one_reason_from_a_bucket(connector: Connector, bucket: Bucket) -> None:
    bad_plan = record("people", id=9, email="n@b.example", plan="bad")
    with rejected_once(connector, bucket.options(), [person(1), BAD, bad_plan]) as run:
        assert "rejected 2" in run.log
    before = bucket.objects()
    with running_sandbox(KEY) as healed:
        config = config_of(healed, rejected_records=bucket.options())
        status, out, _ = replay(connector, config, "s3://rejects/air/byte/", "--only", "refused")
        people = [entry["email"] for entry in healed.read("people")]
    assert status == 0
    assert people == ["n@b.example"]
    assert "read 1, delivered 1, rejected 0" in out
    after = bucket.objects()
    assert {name: after[name] for name in before} == before


def test_replay_sends_the_message_id_of_the_first_time(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    events = stream("events", "id", "user_id", "event", "timestamp", primary_key=[["id"]])
    event = record("events", id="e1", user_id=1, event="Poison", timestamp="2026-01-01")
    fine = record("events", id="e2", user_id=1, event="Fine", timestamp="2026-01-01")
    with running_sandbox(KEY, ["--refuse", "event=Poison"]) as sandbox:
        connector.write(
            sandbox.endpoint_url, catalog(events), [event, fine], rejected_records=folder(where)
        )
    with running_sandbox(KEY) as straight, running_sandbox(KEY) as again:
        connector.write(straight.endpoint_url, catalog(events), [event])
        status, _, _ = replay(connector, config_of(again), str(where))
        expected, found = straight.read("activity"), again.read("activity")
    assert status == 0
    assert found == expected


def test_a_row_that_is_nested_very_deeply_is_stored_and_costs_itself(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    deep = b'{"type":"RECORD","record":{"stream":"people","data":{"id":1,"email":null,"deep":'
    deep += b"[" * 1010 + b"]" * 1010 + b"}}}"
    with running_sandbox(KEY) as sandbox:
        run = connector.write(
            sandbox.endpoint_url,
            catalog(stream("people", "id", "email", "deep")),
            [person(1), deep, state("people", 1)],
            rejected_records=folder(where),
        )
    assert run.status == 0
    (entry,) = entries(files(where))
    assert b64decode(entry["raw"]) == deep
    assert run.states[0]["destinationStats"]["rejectedRecordCount"] == 1.0


def test_the_key_is_masked_wherever_inflection_quotes_it(
    connector: Connector, tmp_path: Path
) -> None:
    def answer(_number: int, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        said = {"message": f"the key {KEY} may not"}
        return 400, {"Content-Type": "application/json"}, json.dumps(said).encode()

    where = tmp_path / "rejected"
    with scripted_server(answer) as server:
        delivery = {"route": "event_endpoint", "endpoint_url": server.url}
        run = connector.write(
            server.url, catalog(SELECTED), [person(1)], rejected_records=folder(where)
        )
        _, out, stderr = replay(connector, {"api_key": KEY, "delivery": delivery}, str(where))
    stored = json.dumps(entries(files(where)))
    for text in (run.stdout, out, stderr, stored):
        assert KEY not in text
        assert json.dumps(KEY)[1:-1] not in text
    assert "****" in stored


def test_replay_keeps_the_order_over_streams(connector: Connector, tmp_path: Path) -> None:
    where = tmp_path / "rejected"
    selected = [stream(name, *COLUMNS) for name in ("z_people", "a_people")]
    lines = [record("z_people", id=1, email="p@b.example", plan="bad", name="old")]
    with running_sandbox(KEY, ["--refuse", "plan=bad"]) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url,
            catalog(*selected),
            rejected_records=folder(where),
            streams=[{"stream": "*", "call": "identify"}],
        )
        lines += [record("a_people", id=1, email="p@b.example", plan="bad", name="new")]
        given = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        connector.run(*arguments, stdin=given)
    with running_sandbox(KEY) as healed:
        rule = {"stream": "*", "call": "identify"}
        status, _, _ = replay(connector, config_of(healed, streams=[rule]), str(where))
        (entry,) = healed.read("people")
    assert status == 0
    assert entry["traits"]["name"] == "new"


@pytest.mark.parametrize(
    "changes",
    [
        {"advanced": {"dry_run": True}},
        {"streams": [{"stream": "people", "call": "skip"}]},
    ],
)
def test_a_replay_that_sends_nothing_is_no_success(
    connector: Connector, tmp_path: Path, changes: dict[str, object]
) -> None:
    with rejected_once(connector, folder(tmp_path / "r"), [person(1), BAD]):
        pass
    with running_sandbox(KEY) as healed:
        status, _, _ = replay(connector, config_of(healed, **changes), str(tmp_path / "r"))
        nothing, out, _ = replay(
            connector, config_of(healed), str(tmp_path / "r"), "--only", "too_deep"
        )
    assert status == 1
    assert nothing == 1
    assert "nothing to send" in out


# The proof


KINDS: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"email": None}, "missing_email"),
    ({"email": "not an email"}, "invalid_email"),
    ({"id": None}, "missing_user_id"),
    ({"id": "undefined"}, "invalid_id"),
    ({"name": "x" * 40_000}, "too_large"),
    ({"plan": "bad"}, "refused"),
    ({"_ab_cdc_deleted_at": "2026-01-01"}, "skipped"),
    ({}, "delivered"),
    ({}, "delivered"),
)


def badness(number: int) -> tuple[Any, str]:
    """A line, and where it has to end."""
    row: dict[str, Any] = {"id": number, "email": f"p{number}@b.example", "plan": "free"}
    kind = number % (len(KINDS) + 3)
    if kind < len(KINDS):
        changes, end = KINDS[kind]
        return record("people", **{**row, **changes}), end
    if kind == len(KINDS):
        return record("strangers", **row), "unknown_stream"
    if kind == len(KINDS) + 1:
        odd = {"stream": "people", "data": [number], "emitted_at": 1}
        return {"type": "RECORD", "record": odd}, "not_an_object"
    return b'{"type": "RECORD", "broken": %d' % number, "unreadable_line"


def test_every_record_is_found_once_and_replay_leaves_nothing(
    connector: Connector, tmp_path: Path
) -> None:
    given = [badness(number) for number in range(5000)]
    lines = [line for line, _ in given]
    for at in range(len(lines), 0, -500):
        lines.insert(at, state("people", at))
    expected = Counter(end for _, end in given)
    where = tmp_path / "rejected"
    with running_sandbox(KEY, ["--refuse", "plan=bad", "--fail", "500:0.05,reset:0.02"]) as sandbox:
        run = connector.write(
            sandbox.endpoint_url, catalog(SELECTED), lines, rejected_records=folder(where)
        )
        people = {entry["email"] for entry in sandbox.read("people")}
    stored = entries(files(where))
    assert run.status == 0
    assert len(run.states) == 10
    # Delivered, stored and skipped are all there is, each of them once.
    assert len(people) == expected["delivered"]
    assert len(stored) + expected["delivered"] + expected["skipped"] == 5000
    found = Counter(entry["reason"] for entry in stored)
    assert found == {k: n for k, n in expected.items() if k not in ("delivered", "skipped")}
    arrived = Counter(
        b64decode(entry["raw"]) if "raw" in entry else json.dumps(entry["record"], sort_keys=True)
        for entry in stored
    )
    sent = Counter(
        line if isinstance(line, bytes) else json.dumps(line["record"]["data"], sort_keys=True)
        for line, end in given
        if end not in ("delivered", "skipped")
    )
    assert arrived == sent
    counted = sum(s["destinationStats"]["rejectedRecordCount"] for s in run.states)
    lost = expected["unknown_stream"] + expected["unreadable_line"]
    assert counted == len(stored) - lost

    # The cause is repaired: emails and ids come from elsewhere, the text is cut, the stream is
    # known, Inflection takes the plan. What is no record at all stays behind.
    healing = {
        "stream": "*",
        "call": "identify",
        "user_id": "id, email, plan",
        "email": "email, spare",
        "fields": [{"column": "name", "transform": "omit"}],
    }
    repaired = repair(where, tmp_path / "repaired")
    with running_sandbox(KEY) as healed:
        config = config_of(healed, streams=[healing], rejected_records=folder(tmp_path / "still"))
        before = files(repaired)
        status, out, _ = replay(connector, config, str(repaired))
        arrivals = len(healed.read("people"))
    assert files(repaired) == before
    rest = Counter(entry["reason"] for entry in entries(files(tmp_path / "still")))
    beyond_repair = {"not_an_object", "unreadable_line"}
    assert rest == {reason: expected[reason] for reason in beyond_repair}
    assert status == 1
    assert arrivals == sum(n for r, n in found.items() if r not in beyond_repair), out

    # Without those, a replay of the whole leaves nothing.
    reasons = [f"--only={reason}" for reason in found if reason not in beyond_repair]
    with running_sandbox(KEY) as healed:
        config = config_of(healed, streams=[healing], rejected_records=folder(tmp_path / "none"))
        status, out, _ = replay(connector, config, str(repaired), *reasons)
    assert status == 0
    assert "rejected 0" in out
    assert entries(files(tmp_path / "none")) == []


def repair(source: Path, target: Path) -> Path:
    """The stored files as the user's source would give the records today."""
    for name, content in files(source).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("catalog.json"):
            document = json.loads(content)
            columns = document["streams"][0]["stream"]["json_schema"]["properties"]
            columns["spare"] = {}
            other = json.loads(json.dumps(document["streams"][0]))
            other["stream"]["name"] = "strangers"
            document["streams"].append(other)
            content = json.dumps(document).encode()  # noqa: PLW2901 - the repaired one
        elif name.endswith(".jsonl.gz"):
            lines = gzip.decompress(content).splitlines()
            content = gzip.compress(b"\n".join(map(healthy, lines)))  # noqa: PLW2901
        path.write_bytes(content)
    return target


def healthy(line: bytes) -> bytes:
    entry = json.loads(line)
    row = entry.get("record")
    if isinstance(row, dict):
        number = row["id"] if isinstance(row["id"], int) else abs(hash(line)) % 10**12
        row |= {"id": number, "spare": f"s{number}@b.example"}
        if "@" not in (row.get("email") or ""):
            row["email"] = None
    return json.dumps(entry).encode()


def test_a_server_that_refuses_everything_keeps_its_states(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    lines = [*(person(n) for n in range(30)), state("people", 1)]
    with scripted_server(always(400)) as server:
        run = connector.write(server.url, catalog(SELECTED), lines, rejected_records=folder(where))
    assert run.status == 1
    assert run.states == []
    assert len(entries(files(where))) == 30
