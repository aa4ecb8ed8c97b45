"""A replay keeps books: what went through is not sent again, whatever ends the replay."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    environment,
    person,
    record,
    stream,
)
from integration_tests.stored import (
    SELECTED,
    Bucket,
    config_of,
    entries,
    files,
    folder,
    replay,
    running_bucket,
)

RUN: Final = "20260101T000000.000000Z"
MANY: Final = 2000
"""Rows that take longer than any pause of the machine, at fifty a second."""


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_bucket() as made:
        yield made


def entry(row: object, **changes: object) -> dict[str, Any]:
    """What a sync stores of a row of people that Inflection refused."""
    made = {"stream": "people", "namespace": None, "call": "identify", "reason": "refused"}
    return {**made, "emitted_at": 1767225600000, "record": row, **changes}


def people(numbers: Sequence[int], **columns: object) -> list[dict[str, Any]]:
    return [entry({"id": n, "email": f"p{n}@b.example", **columns}) for n in numbers]


def stored_run(
    where: Path, parts: dict[str, list[dict[str, Any]]], *streams: dict[str, Any], name: str = RUN
) -> Path:
    """A run as earlier versions have stored it: parts without an order in their headers."""
    run = where / name
    run.mkdir(parents=True)
    for part, lines in parts.items():
        path = run / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(as_input(lines), mtime=0))
    (run / "catalog.json").write_text(json.dumps(catalog(*(streams or (SELECTED,)))))
    return run


def emails(sandbox: Sandbox) -> list[str]:
    return [call["message"]["traits"]["email"] for call in sandbox.read("calls")]


def test_what_went_through_is_not_sent_again_unless_it_is_asked_for(
    connector: Connector, tmp_path: Path
) -> None:
    where = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people(range(5))})
    before = files(where)
    with running_sandbox(KEY) as sandbox:
        runs = [
            (*replay(connector, config_of(sandbox), str(where), *more), len(emails(sandbox)))
            for more in ([], [], ["--again"], [])
        ]
    assert [(status, calls) for status, _, _, calls in runs] == [(0, 5), (0, 5), (0, 10), (0, 10)]
    assert "5 records left out: sent by an earlier replay. --again sends them too." in runs[1][1]
    assert {name: files(where)[name] for name in before} == before
    books = files(where).keys() - before.keys()
    assert len(books) == 2, "nothing is noted by a replay that sends nothing"
    assert all(name.startswith("replayed-") for name in books)


def test_what_went_through_from_a_bucket_is_not_sent_again(
    connector: Connector, bucket: Bucket
) -> None:
    lines = [
        person(0),
        *(record("people", id=n, email=None, spare=f"{n}@b.example") for n in (1, 2)),
    ]
    selected = stream("people", "id", "email", "spare")
    rule = {"stream": "people", "call": "identify", "email": "spare"}
    with running_sandbox(KEY) as sandbox:
        options = bucket.options()
        connector.write(sandbox.endpoint_url, catalog(selected), lines, rejected_records=options)
        config = config_of(sandbox, rejected_records=options, streams=[rule])
        place = "s3://rejects/air/byte/"
        runs = [replay(connector, config, place, *more) for more in ([], [], ["--again"])]
        sent = Counter(emails(sandbox))
    assert [status for status, *_ in runs] == [0, 0, 0]
    assert sent == {"p0@b.example": 1, "1@b.example": 2, "2@b.example": 2}
    assert len([name for name in bucket.objects() if "/replayed-" in name]) == 2


@pytest.mark.parametrize("in_bucket", [False, True])
def test_another_run_that_is_copied_into_the_folder_is_sent(
    connector: Connector, bucket: Bucket, tmp_path: Path, in_bucket: bool
) -> None:
    part = "_/people/000001.jsonl.gz"
    first = stored_run(tmp_path / "a", {part: people([1, 2])})
    second = stored_run(tmp_path / "b", {part: people([3, 4])})
    place = f"s3://rejects/copied/{RUN}" if in_bucket else str(tmp_path / "copied" / RUN)
    with running_sandbox(KEY) as sandbox:
        options = bucket.options() if in_bucket else None
        config = config_of(sandbox, **({"rejected_records": options} if options else {}))
        for run in (first, first, second, second):
            for name, content in files(run).items():
                if in_bucket:
                    key = f"copied/{RUN}/{name}"
                    bucket.client.put_object(Bucket="rejects", Key=key, Body=content)
                else:
                    (Path(place) / name).parent.mkdir(parents=True, exist_ok=True)
                    (Path(place) / name).write_bytes(content)
            assert replay(connector, config, place)[0] == 0
        sent = Counter(emails(sandbox))
    assert sent == {f"p{number}@b.example": 1 for number in range(1, 5)}


def test_a_part_of_the_run_counts_for_the_whole(connector: Connector, tmp_path: Path) -> None:
    where = stored_run(
        tmp_path / "r",
        {"_/people/000001.jsonl.gz": people([1, 2]), "_/people/000002.jsonl.gz": people([3])},
    )
    with running_sandbox(KEY) as sandbox:
        config = config_of(sandbox)
        part = str(where / "_" / "people" / "000001.jsonl.gz")
        assert [replay(connector, config, place)[0] for place in (part, part, str(where))] == [
            0
        ] * 3
        assert Counter(emails(sandbox)) == {f"p{n}@b.example": 1 for n in (1, 2, 3)}


def test_copies_that_a_replay_has_stored_are_not_taken_twice(
    connector: Connector, tmp_path: Path
) -> None:
    where = tmp_path / "r"
    stored_run(where, {"_/people/000001.jsonl.gz": [*people([1, 2], plan="bad"), *people([3])]})
    with running_sandbox(KEY, ["--refuse", "plan=bad"]) as sandbox:
        config = config_of(sandbox, rejected_records=folder(where))
        status, out, _ = replay(connector, config, str(where))
        assert status == 1
        assert "delivered 1, rejected 2" in out
        assert f"replay --config config.json {where / RUN}" in out, "the originals, not the copies"
        (copies,) = (each for each in where.iterdir() if each.name != RUN)
        told = json.loads((copies / "report.json").read_text())
        assert (told["command"], told["result"]) == ("replay", "incomplete")
        assert told["replayed_run"] == str(where / RUN)
        assert told["left_out"] == {"sent_by_an_earlier_replay": 0, "copies": 0}
        assert "states" not in out.split("Total:")[1].partition("\n")[0]
        # Once more, now with the copies next to the originals: each is tried once.
        status, out, _ = replay(connector, config, str(where))
        assert "delivered 0, rejected 2" in out
        assert "2 records left out: copies of records that this replay has already tried." in out
        assert out.count("Sending again what was rejected in") == 1
        assert "1 record left out: sent by an earlier replay" in out
    assert [each["copy_of"] for each in entries(files(copies))] == [
        f"{RUN}/_/people/000001.jsonl.gz:{line}" for line in (1, 2)
    ]
    with running_sandbox(KEY) as healed:
        config = config_of(healed, rejected_records=folder(where))
        # The copies alone; then the originals know of it, and so does the whole folder.
        assert replay(connector, config, str(copies))[0] == 0
        assert sorted(emails(healed)) == ["p1@b.example", "p2@b.example"]
        for place in (where / RUN, copies, where):
            status, out, _ = replay(connector, config, str(place))
            assert (status, "read 0, delivered 0" in out) == (0, True)
        assert len(emails(healed)) == 2


def test_copies_stored_elsewhere_are_known_when_both_are_named(
    connector: Connector, tmp_path: Path
) -> None:
    run = stored_run(tmp_path / "z", {"_/people/000001.jsonl.gz": people([1], plan="bad")})
    into = tmp_path / "a"
    with running_sandbox(KEY, ["--refuse", "plan=bad"]) as sandbox:
        replay(connector, config_of(sandbox), str(run), "--into", str(into))
    with running_sandbox(KEY) as healed:
        for _ in range(2):
            assert replay(connector, config_of(healed), str(into), str(run))[0] == 0
        assert replay(connector, config_of(healed), str(run))[0] == 0
        assert emails(healed) == ["p1@b.example"]


def test_a_record_of_several_calls_is_noted_when_all_went_through(
    connector: Connector, tmp_path: Path
) -> None:
    rows = [{"id": 1, "email": "p1@b.example", "org": "o", "plan": "bad"}]
    rows.append({"id": 2, "email": "p2@b.example", "org": "o", "plan": "good"})
    selected = stream("people", "id", "email", "org", "plan")
    run = stored_run(tmp_path, {"_/people/000001.jsonl.gz": [entry(r) for r in rows]}, selected)
    drop = {"other_columns": "drop"}
    rules: list[dict[str, Any]] = [
        {"stream": "people", "call": "identify", "user_id": "id", **drop},
        {"stream": "people", "call": "group", "user_id": "id", "group_id": "org"},
    ]
    with running_sandbox(KEY, ["--refuse", "plan=bad"]) as sandbox:
        status, out, _ = replay(connector, config_of(sandbox, streams=rules), str(run))
        assert "delivered 1, rejected 1" in out
    with running_sandbox(KEY) as healed:
        status, out, _ = replay(connector, config_of(healed, streams=rules), str(run))
        sent = [(c["message"]["type"], c["message"]["userId"]) for c in healed.read("calls")]
    assert status == 0
    assert sorted(sent) == [("group", "1"), ("identify", "1")]


def test_raw_lines_and_parts_of_earlier_versions_are_noted_too(
    connector: Connector, tmp_path: Path
) -> None:
    raw = [b64encode(as_input([person(n)])).decode() for n in (1, 2)]
    lines = [
        {"stream": None, "namespace": None, "reason": "unreadable_line", "raw": r} for r in raw
    ]
    old = "old@b.example"
    parts = {
        "_/_unreadable/000001.jsonl.gz": lines,
        "_/z/000002.jsonl.gz": [entry({"id": 7, "email": old, "name": "old"}, stream="z")],
        "_/people/000003.jsonl.gz": [entry({"id": 7, "email": old, "name": "new"})],
    }
    run = stored_run(tmp_path, parts, SELECTED, stream("z", "id", "email", "name"))
    rule = {"stream": "z", "call": "identify"}
    with running_sandbox(KEY) as sandbox:
        for _ in range(2):
            assert replay(connector, config_of(sandbox, streams=[rule]), str(run))[0] == 0
        assert len(emails(sandbox)) == 4
        assert [p["traits"]["name"] for p in sandbox.read("people") if p["email"] == old] == ["new"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_replay_that_is_stopped_loses_no_more_than_a_second(
    connector: Connector, tmp_path: Path, number: signal.Signals
) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people(range(MANY))})
    with running_sandbox(KEY) as sandbox:
        config = config_of(sandbox, advanced={"max_requests_per_second": 50, "connections": 4})
        arguments = ("replay", "--config", connector.file("slow.json", config), str(run))
        with subprocess.Popen(
            [*connector.command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        ) as started:
            assert started.stdout is not None
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while len(emails(sandbox)) < 150 and time.monotonic() < deadline:
                time.sleep(0.05)
            started.send_signal(number)
            said = started.stdout.read().decode()
            started.wait(timeout=TIMEOUT_SECONDS)
        if number != signal.SIGKILL:
            assert started.returncode == 128 + number
            assert f"{number.name} received: finishing the requests in flight." in said
            assert "Total: read " in said
            assert "Stopped early: give the same command again." in said
        before = len(emails(sandbox))
        assert 150 <= before < MANY
        status, _, _ = replay(connector, config_of(sandbox), str(run))
        sent = Counter(emails(sandbox))
    assert status == 0
    assert len(sent) == MANY, "nothing is lost"
    # Fifty go out a second; the time between a delivery and its note may be somewhat longer.
    assert sent.total() - MANY < 110, "what was noted is not sent again"


def test_books_that_cant_be_written_stop_a_replay(connector: Connector, tmp_path: Path) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people([1])})
    # No file may hold a byte; an empty one, as it is tried at first, may be there.
    full = ("bash", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" "$@"', *connector.command)
    with running_sandbox(KEY) as sandbox:
        limited = Connector(tmp_path, full)
        status, _, stderr = replay(limited, config_of(sandbox), str(run))
        assert status == 1
        assert f"{run}, which can't be written" in stderr
        assert len(stderr.splitlines()) == 1
        assert [name for name in files(run) if "replayed" in name] == []


def test_only_the_replayed_streams_are_told_and_need_a_plan(
    connector: Connector, tmp_path: Path
) -> None:
    others = [stream("orders", "id", "total"), stream("more_people", *("id", "email"))]
    parts = {"_/people/000001.jsonl.gz": people([1])}
    run = stored_run(tmp_path / "r", parts, SELECTED, *others)
    with running_sandbox(KEY) as sandbox:
        status, out, stderr = replay(connector, config_of(sandbox), str(run))
    assert (status, stderr) == (0, "")
    assert "Plan for 1 stream:\n  people -> identify" in out
    assert "orders" not in out
    assert "more_people" not in out


def test_a_replay_of_one_stream_lists_one_plan(connector: Connector, tmp_path: Path) -> None:
    others = stream("more_people", "id", "email")
    parts = {f"_/{name}/000001.jsonl.gz": people([1]) for name in ("people", "more_people")}
    run = stored_run(tmp_path / "r", parts, SELECTED, others)
    report = tmp_path / "report.html"
    with running_sandbox(KEY) as sandbox:
        chosen = str(run / "_" / "people")
        status, out, _ = replay(connector, config_of(sandbox), chosen, "--report", str(report))
    assert status == 0
    assert "Plan for 1 stream:\n  people -> identify" in out
    document = json.loads(report.with_suffix(".json").read_text("utf-8"))
    assert [part["stream"] for part in document["plan"]] == ["people"]


def peak(connector: Connector, *arguments: str) -> "tuple[str, float]":
    """What a replay prints, and the most memory it took, in MiB."""
    measure = (
        "import resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[1:], stdout=sys.stderr); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    run = subprocess.run(
        [sys.executable, "-c", measure, *connector.command, *arguments],
        capture_output=True,
        check=True,
        env=environment(),
        timeout=TIMEOUT_SECONDS,
    )
    return run.stderr.decode(), float(run.stdout)


@pytest.mark.parametrize("kind", ["one line", "empty lists", "long entry"])
def test_a_part_that_unpacks_to_much_is_counted_within_bounds(
    connector: Connector, tmp_path: Path, kind: str
) -> None:
    path = stored_run(tmp_path / "r", {}, SELECTED) / "_" / "people" / "000001.jsonl.gz"
    path.parent.mkdir(parents=True)
    piece = {"one line": bytes(1 << 20), "empty lists": b"[]," * 350_000}
    with gzip.open(path, "wb", compresslevel=1) as part:
        part.write(as_input(people([1])))
        if kind == "long entry":
            part.write(as_input([people([2], name="n" * (25 << 20))[0]]))
        else:
            part.write(b'{"stream":"people","record":[')
            for _ in range(300 if kind == "one line" else 15):
                part.write(piece[kind])
            part.write(b"0]}\n")
        part.write(as_input(people([3])))
    with running_sandbox(KEY) as sandbox:
        still = folder(tmp_path / "still")
        config = connector.file("c.json", config_of(sandbox, rejected_records=still))
        out, memory = peak(connector, "replay", "--config", config, str(tmp_path / "r"))
        assert emails(sandbox) == ["p1@b.example", "p3@b.example"]
    assert "delivered 2, rejected 0, skipped 0; unreadable lines 1; " in out
    assert "Rejected, a stored line: unreadable_line. It is too long to be read" in out
    assert "1 stored line can't become records again: every replay" in out
    (kept,) = entries(files(tmp_path / "still"))
    assert kept["reason"] == "unreadable_line"
    assert len(kept["raw"]) < 100_000
    assert memory < 200


def test_two_runs_of_one_name_are_refused_and_go_one_by_one(
    connector: Connector, tmp_path: Path
) -> None:
    parts = "_/people/000001.jsonl.gz"
    runs = [
        stored_run(tmp_path / where, {parts: people([n])}, name="rejects")
        for n, where in enumerate("ab")
    ]
    with running_sandbox(KEY) as sandbox:
        config = config_of(sandbox)
        status, _, stderr = replay(connector, config, *map(str, runs))
        assert (status, emails(sandbox)) == (1, [])
        assert f"{runs[0]} and {runs[1]} have the same name" in stderr
        assert [replay(connector, config, str(run))[0] for run in runs] == [0, 0]
        assert emails(sandbox) == ["p0@b.example", "p1@b.example"]


def test_a_run_named_in_two_ways_is_one(connector: Connector, tmp_path: Path) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people([1])})
    with running_sandbox(KEY) as sandbox:
        part = str(run / "_" / "people" / "000001.jsonl.gz")
        assert replay(connector, config_of(sandbox), str(run), f"{run}/", part)[0] == 0
        assert emails(sandbox) == ["p1@b.example"]


def test_a_stored_line_that_is_too_long_now_is_stored_again_whole(
    connector: Connector, tmp_path: Path
) -> None:
    raw = b64encode(b"x" * ((16 << 20) + 1)).decode()
    line = {"stream": None, "namespace": None, "call": None, "reason": "unreadable_line"}
    stored_run(tmp_path / "r", {"_/_unreadable/000001.jsonl.gz": [{**line, "raw": raw}]})
    with running_sandbox(KEY) as sandbox:
        config = config_of(sandbox, rejected_records=folder(tmp_path / "still"))
        status, out, _ = replay(connector, config, str(tmp_path / "r"))
    assert (status, "unreadable lines 1" in out) == (1, True)
    (kept,) = entries(files(tmp_path / "still"))
    assert kept["raw"] == raw
    assert kept["copy_of"] == f"{RUN}/_/_unreadable/000001.jsonl.gz:1"


def test_a_part_without_end_of_a_line_is_read_to_its_end(
    connector: Connector, tmp_path: Path
) -> None:
    path = stored_run(tmp_path / "r", {}, SELECTED) / "_" / "people" / "000001.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(
        gzip.compress(as_input(people([1]))) + gzip.compress(as_input(people([2]))[:-1])
    )
    with running_sandbox(KEY) as sandbox:
        assert replay(connector, config_of(sandbox), str(tmp_path / "r"))[0] == 0
        assert emails(sandbox) == ["p1@b.example", "p2@b.example"]


def test_a_dry_run_notes_nothing(connector: Connector, tmp_path: Path) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people([1])})
    before = files(run)
    with running_sandbox(KEY) as sandbox:
        dry = config_of(sandbox, advanced={"dry_run": True})
        _, out, _ = replay(connector, dry, str(run))
        assert "would send 1 request" in out
        assert files(run) == before
        assert replay(connector, config_of(sandbox), str(run))[0] == 0
        _, out, _ = replay(connector, dry, str(run))
        assert "would send 0 requests" in out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_run_that_may_only_be_read_needs_again(connector: Connector, tmp_path: Path) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people([1])})
    run.chmod(0o500)
    with running_sandbox(KEY) as sandbox:
        status, _, stderr = replay(connector, config_of(sandbox), str(run))
        assert (status, "--again" in stderr) == (1, True)
        status, out, _ = replay(connector, config_of(sandbox), str(run), "--again")
        assert (status, "WARN: " in out and "nothing is noted" in out) == (0, True)
    run.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("more", [[], ["--again"]])
def test_copies_of_a_run_that_may_only_be_read_are_noted_where_they_are(
    connector: Connector, tmp_path: Path, more: list[str]
) -> None:
    run = stored_run(tmp_path / "r", {"_/people/000001.jsonl.gz": people([1])})
    of = f"{RUN}/_/people/000001.jsonl.gz:1"
    copies = stored_run(
        tmp_path / "r", {"_/people/000001.jsonl.gz": [{**people([1])[0], "copy_of": of}]}, name="c"
    )
    run.chmod(0o500)
    with running_sandbox(KEY) as sandbox:
        status, _, stderr = replay(connector, config_of(sandbox), str(copies), *more)
        assert (status, stderr) == (0, "")
        status, out, _ = replay(connector, config_of(sandbox), str(copies))
        assert (status, "sent by an earlier replay" in out) == (0, True)
    run.chmod(0o700)
