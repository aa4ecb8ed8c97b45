"""Rejected records are sent again, in order, and those that are rejected again are kept."""

import gzip
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    Connector,
    Run,
    catalog,
    person,
    record,
    state,
    stream,
)
from integration_tests.stored import (
    BAD,
    COLUMNS,
    SELECTED,
    Bucket,
    config_of,
    entries,
    files,
    folder,
    replay,
    running_bucket,
)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_bucket() as made:
        yield made


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
        (lonely, "--catalog"),
    ):
        status, _, stderr = replay(connector, config, str(place))
        assert status == 1
        assert word in stderr
        assert len(stderr.splitlines()) == 1


def test_a_damaged_part_does_not_keep_the_others_of_its_run(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    folder_of_parts = run / "_" / "people"
    folder_of_parts.mkdir(parents=True)
    (run / "catalog.json").write_text(json.dumps(catalog(SELECTED)))
    entry = {"stream": "people", "namespace": None, "reason": "refused", "emitted_at": 1}
    whole = [
        b"".join(
            json.dumps({**entry, "record": {"id": n, "email": f"p{n}@b.example"}}).encode() + b"\n"
            for n in numbers
        )
        for numbers in (range(3), range(3, 6), range(6, 9))
    ]
    contents = [gzip.compress(whole[0]), b"no gzip", gzip.compress(whole[1] + b"{}\n" + whole[2])]
    contents += [gzip.compress(whole[2])[:-4], gzip.compress(whole[2])]
    for number, content in enumerate(contents, 1):
        (folder_of_parts / f"{number:06d}.jsonl.gz").write_bytes(content)
    config = config_of(sandbox)
    for _ in range(2):
        status, stdout, stderr = replay(connector, config, str(run))
        assert (status, stderr) == (1, "")
        warned = [line for line in stdout.splitlines() if "or it is damaged" in line]
        named = [line.split("/")[-1].split()[0] for line in warned]
        assert named == [f"{number:06d}.jsonl.gz" for number in (2, 3, 4)]
        assert all(line.startswith("WARN: ") for line in warned)
    sent = Counter(call["message"]["userId"] for call in sandbox.read("calls"))
    # The last part repeats what was read of the one before it, which are other places.
    assert sent == {
        **dict.fromkeys(map(str, range(6)), 1),
        **dict.fromkeys(map(str, range(6, 9)), 2),
    }


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


def test_replay_does_not_clear_what_the_source_nulled(connector: Connector, tmp_path: Path) -> None:
    where, rules = (
        tmp_path / "rejected",
        [{"stream": "people", "call": "identify", "nulls": "send"}],
    )
    people = stream("people", "id", "email", "name", "city")
    changed = record("people", id=1, email="p1@b.example", name=None, city=None)
    nulled = {"field": "name", "change": "NULLED", "reason": "SOURCE_FIELD_SIZE_LIMITATION"}
    changed["record"]["meta"] = {"changes": [nulled]}
    lines = [changed, record("people", id=2, email="p2@b.example", name="Ben", city="Lagos")]
    with running_sandbox(KEY, ["--refuse", "email=p1@*"]) as sandbox:
        connector.write(
            sandbox.endpoint_url,
            catalog(people),
            lines,
            streams=rules,
            rejected_records=folder(where),
        )
    assert [entry["record"] for entry in entries(files(where))] == [changed["record"]["data"]]
    with running_sandbox(KEY) as straight, running_sandbox(KEY) as again:
        connector.write(straight.endpoint_url, catalog(people), [changed], streams=rules)
        status, _, _ = replay(connector, config_of(again, streams=rules), str(where))
        expected, found = (
            [call["message"] for call in each.read("calls")] for each in (straight, again)
        )
    assert status == 0
    assert found == expected
    assert [message["traits"] for message in found] == [{"city": None, "email": "p1@b.example"}]


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
    # known, Inflection takes the plan. What is not a record at all stays behind.
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
    (books,) = files(repaired).keys() - before.keys()
    assert books.partition("/")[2].startswith("replayed-")
    assert {name: files(repaired)[name] for name in before} == before
    rest = Counter(entry["reason"] for entry in entries(files(tmp_path / "still")))
    beyond_repair = {"not_an_object", "unreadable_line"}
    assert rest == {reason: expected[reason] for reason in beyond_repair}
    assert status == 1
    assert arrivals == sum(n for r, n in found.items() if r not in beyond_repair), out

    # Without those, a replay of the whole leaves nothing.
    reasons = [f"--only={reason}" for reason in found if reason not in beyond_repair]
    with running_sandbox(KEY) as healed:
        config = config_of(healed, streams=[healing], rejected_records=folder(tmp_path / "none"))
        status, out, _ = replay(connector, config, str(repaired), *reasons, "--again")
        assert len(healed.read("people")) == arrivals
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
