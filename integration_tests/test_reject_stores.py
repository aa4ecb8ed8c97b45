"""Where rejected records are stored: a folder and a bucket, whole, broken, or not to be used."""

import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    person,
    record,
    state,
    stream,
)
from integration_tests.stored import (
    BAD,
    S3_KEY,
    S3_SECRET,
    SELECTED,
    Bucket,
    entries,
    files,
    folder,
    running_bucket,
)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_bucket() as made:
        yield made


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
            started.stdin.close()
            for line in started.stdout:
                if b'"STATE"' in line:
                    stored = [name for name in files(where) if name.endswith(".jsonl.gz")]
                    break
            started.process.kill()
    assert len(stored) == 1


def test_a_state_waits_for_its_own_rejects_and_a_part_is_made_for_many(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    selected = [SELECTED, stream("events", "id", "user_id", "event", "timestamp")]
    with running_sandbox(KEY) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(*selected), rejected_records=folder(where)
        )
        lines: list[dict[str, Any]] = [person(1)]
        for number in range(30):
            lines += [BAD, record("events", id=number), state("people", number)]
        event = {"id": 1, "user_id": "u", "event": "e", "timestamp": "2026-01-01"}
        clean = [record("other", **event), state("other", 99)]
        selected.append(stream("other", "id", "user_id", "event", "timestamp"))
        arguments[-1] = connector.file("catalog.json", catalog(*selected))
        with connector.started(arguments, [*lines, *clean]) as started:
            first = next(line for line in started.stdout if b'"STATE"' in line)
            assert b'"other"' in first
            assert [name for name in files(where) if name.endswith(".gz")] == []
            # SIGTERM stores at once, and the states that waited go back.
            started.process.terminate()
            out, _ = started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert out.count(b'"STATE"') == 30
    names = sorted(name.partition("/")[2] for name in files(where) if name.endswith(".gz"))
    assert names == ["_/events/000001.jsonl.gz", "_/people/000001.jsonl.gz"]
    assert out.count(b"replay --config") == 1


def test_sixteen_mebibytes_of_rejects_are_stored_before_a_minute_is_over(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    large = record("people", id=7, email=None, name="x" * 1_000_000)
    with running_sandbox(KEY) as sandbox:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=folder(where)
        )
        lines = [person(1), *[large] * 17, state("people", 1), *[large] * 17, state("people", 2)]
        with connector.started(arguments, lines) as started:
            states = [next(line for line in started.stdout if b'"STATE"' in line)]
            states += [next(line for line in started.stdout if b'"STATE"' in line)]
            names = sorted(name.rpartition("/")[2] for name in files(where) if name.endswith("gz"))
            started.process.terminate()
            started.process.communicate(timeout=TIMEOUT_SECONDS)
    assert names[:2] == ["000001.jsonl.gz", "000002.jsonl.gz"]


def test_a_disk_that_is_full_in_mid_part_leaves_nothing_unfinished(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    arguments = connector.write_arguments(
        sandbox.endpoint_url, catalog(SELECTED), rejected_records=folder(where)
    )
    noise = [record("people", id=n, email=None, name=os.urandom(5_000).hex()) for n in range(40)]
    lines = [person(1), *noise, state("people", 1)]
    # No file may be larger than 64 KiB: what the kernel says then is as good as a full disk.
    limited = ("bash", "-c", 'ulimit -f 64; trap "" XFSZ; exec "$0" "$@"', *connector.command)
    run = connector.run(*arguments, stdin=as_input(lines), command=limited)
    assert run.status == 1
    assert f"can't be stored in {where} (File too large)" in run.error["message"]
    assert "Stored: " not in run.log
    assert "could not be stored: no state that covers them was released" in run.log
    assert "The report could not be stored. Rejected records can't be stored in" in run.log
    assert run.states == []
    assert [name for name in files(where) if "unfinished" in name or name.endswith(".gz")] == []


@pytest.mark.parametrize("path", ["/a\0b", "/a\ud800b"])
def test_a_path_that_cant_be_one_is_told(connector: Connector, sandbox: Sandbox, path: str) -> None:
    status = connector.check(sandbox.endpoint_url, rejected_records=folder(Path(path)))
    assert status["status"] == "FAILED"
    assert "rejected_records" in status["message"]
    assert "defect" not in status["message"]
    run = connector.write(
        sandbox.endpoint_url, catalog(SELECTED), [person(1)], rejected_records=folder(Path(path))
    )
    assert run.error["failure_type"] == "config_error"
    assert run.error["message"] == status["message"]


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
    there = tmp_path / "there"
    there.mkdir()
    for options in (bucket.options(), folder(there), folder(tmp_path / "new" / "folder")):
        status = connector.check(sandbox.endpoint_url, rejected_records=options)
        assert status == {"status": "SUCCEEDED"}
    assert bucket.objects() == {}
    assert {each.name for each in tmp_path.iterdir()} == {"config.json", "there"}
    assert list(there.iterdir()) == []


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
