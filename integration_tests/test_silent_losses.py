"""Green syncs that had lost data, and syncs that one bad row stopped: through the executable."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from inflection_sandbox.client import Sandbox
from integration_tests.both_routes import into
from integration_tests.conftest import (
    CONNECTOR,
    EVENTS,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    Run,
    as_input,
    catalog,
    person,
    record,
    state,
    stream,
)
from integration_tests.stored import entries, files, folder

LEADS = stream("leads", "id", "email")
ROUTES = ("event_endpoint", "developer_api")
Lines = Sequence[bytes | dict[str, Any]]


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest) -> str:
    named: str = request.param
    return named


def set_faults(sandbox: Sandbox, **faults: object) -> None:
    requests.post(f"{sandbox.url}/_sandbox/faults", json=faults, timeout=9).raise_for_status()


def warnings(run: Run) -> list[str]:
    return [m["log"]["message"] for m in run.of("LOG") if m["log"]["level"] == "WARN"]


def ids(run: Run) -> list[int]:
    return [each["id"] for each in run.states]


def test_a_stream_that_is_rejected_whole_fails_and_the_other_goes_on(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    bad = [line for n in range(60) for line in (record("leads", id=n), state("leads", 1000 + n))]
    lines = [*bad, person(1), state("people", 1)]
    run = connector.write("", catalog(PEOPLE, LEADS), lines, delivery=into(sandbox, route))
    assert run.status == 1
    assert ids(run) == [1]
    assert run.error["failure_type"] == "config_error"
    assert "Stream leads: 60 records read, none delivered" in run.error["message"]
    assert "missing_email 60" in run.error["message"]
    assert "rule's email" in run.error["message"]
    assert "call skip" in run.error["message"]
    assert sandbox.stats()["people"] == 1


def test_one_bad_row_in_a_quiet_sync_is_a_warning(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    lines = [record("leads", id=1), state("leads", 1), state("people", 2)]
    run = connector.write("", catalog(PEOPLE, LEADS), lines, delivery=into(sandbox, route))
    assert run.status == 0
    assert sorted(ids(run)) == [1, 2]
    stats = {each["id"]: each["destinationStats"] for each in run.states}
    assert stats[1] == {"recordCount": 0.0, "rejectedRecordCount": 1.0}
    (warning,) = [text for text in warnings(run) if "released anyway" in text]
    assert "Stream leads" in warning
    assert "missing_email 1" in warning


def test_a_global_state_waits_for_the_stream_that_fails(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    bad = [record("leads", id=n) for n in range(20)]
    body = {"type": "GLOBAL", "global": {"shared_state": {"lsn": 1}}, "id": 7}
    lines = [*bad, person(1), {"type": "STATE", "state": body}]
    run = connector.write("", catalog(PEOPLE, LEADS), lines, delivery=into(sandbox, route))
    assert (run.status, run.states) == (1, [])
    assert "Stream leads" in run.error["message"]


def test_states_of_one_stream_do_not_wait_for_another(
    connector: Connector, sandbox: Sandbox
) -> None:
    """A call of one stream is never answered; the state of another stream goes back meanwhile."""
    set_faults(sandbox, fail="hang:1")
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE, EVENTS))
    stuck = record("events", id=1, user_id="slow", event="E", timestamp=1767225600)
    with connector.started(arguments, [stuck, state("events", 1)]) as started:
        while not sandbox.stats()["answers"].get("hang"):
            continue
        set_faults(sandbox)
        started.stdin.write(as_input([person(1), state("people", 2)]))
        started.stdin.flush()
        messages = (json.loads(line) for line in started.stdout)
        first = next(message for message in messages if message["type"] == "STATE")
    assert first["state"]["id"] == 2


NOT_JSON = [b"NaN", b"Infinity", b"-Infinity", b'{"a":[NaN]}']


@pytest.mark.parametrize("value", NOT_JSON)
def test_what_is_not_json_is_left_out_and_the_record_is_sent(
    connector: Connector, sandbox: Sandbox, route: str, value: bytes
) -> None:
    line = (
        b'{"type":"RECORD","record":{"stream":"people","data":'
        b'{"id":1,"email":"a@b.example","name":"Ada","score":' + value + b'},"emitted_at":1}}'
    )
    people = stream("people", "id", "email", "name", "score")
    run = connector.write(
        "", catalog(people), [line, state("people", 1)], delivery=into(sandbox, route)
    )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 0.0}
    assert any("column score" in text for text in warnings(run))
    assert "Stream people: NaN or Infinity was left out, by column: score 1." in warnings(run)
    (arrived,) = sandbox.read("people")
    known = {**arrived["traits"], **arrived["properties"]}
    assert known["name"] == "Ada"
    assert "NaN" not in str(known)


def test_a_reject_with_nan_in_it_is_stored_as_it_came(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    line = b'{"type":"RECORD","record":{"stream":"leads","data":{"id":1,"x":NaN},"emitted_at":1}}'
    run = connector.write(
        sandbox.endpoint_url,
        catalog(LEADS),
        [line],
        rejected_records=folder(tmp_path / "rejected"),
    )
    assert run.status == 0
    (entry,) = entries(files(tmp_path / "rejected"))
    assert entry["reason"] == "missing_email"
    assert b64decode(entry["raw"]) == line


ODD_CURSORS = {
    "an integer of 400 digits": b"7" * 400,
    "an integer of 5,000 digits": b"7" * 5_000,
    "3,000 levels": b"[" * 3_000 + b"]" * 3_000,
    "NaN": b"NaN",
    "bytes that are not UTF-8": b'"\xff"',
}


@pytest.mark.parametrize("cursor", ODD_CURSORS.values(), ids=ODD_CURSORS)
def test_whatever_is_a_state_goes_back_as_it_came(
    connector: Connector, sandbox: Sandbox, route: str, cursor: bytes
) -> None:
    inside = b'"type":"STREAM","stream":{"stream_descriptor":{"name":"people"},"stream_state":'
    line = b'{"type":"STATE","state":{' + inside + cursor + b'},"id":1}}'
    arguments = connector.write_arguments("", catalog(PEOPLE), delivery=into(sandbox, route))
    done = subprocess.run(
        [str(CONNECTOR), *arguments],
        input=as_input([person(1), line]),
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0
    stats = b'"destinationStats":{"recordCount":1.0,"rejectedRecordCount":0.0},'
    expected = line.replace(b'"state":{', b'"state":{' + stats)
    assert expected in done.stdout.splitlines()


def test_a_run_of_nothing_but_unreadable_lines_fails(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    broken = b'{"type":"RECORD","record":{"stream":"people","data":{"id":1,"email":"jane@b.ex'
    run = connector.write(
        "", catalog(PEOPLE), [broken, state("people", 1)], delivery=into(sandbox, route)
    )
    assert (run.status, run.states) == (1, [])
    assert "1 line may have held records" in run.error["message"]
    assert "jane" not in run.stdout


def test_records_the_source_counted_and_nobody_read_are_told(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    broken = b'{"type":"RECORD","record":{"stream":"people","data":{"id":1,"email":"jane@b.ex'
    counted = state("people", 1, sourceStats={"recordCount": 2.0})
    run = connector.write(
        "", catalog(PEOPLE), [person(1), broken, counted], delivery=into(sandbox, route)
    )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 0.0}
    assert "Stream people: 1 record that the source counted did not arrive." in warnings(run)


def test_a_record_too_deep_to_be_parsed_is_a_reject_of_its_stream(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    line = b'{"type":"RECORD","record":{"stream":"people","data":{"x":' + deep + b"}}}"
    run = connector.write(
        sandbox.endpoint_url,
        catalog(PEOPLE),
        [person(1), line, state("people", 1)],
        rejected_records=folder(tmp_path / "rejected"),
    )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 1.0}
    (entry,) = entries(files(tmp_path / "rejected"))
    assert (entry["stream"], entry["reason"]) == ("people", "too_deep")
    assert b64decode(entry["raw"]) == line


@pytest.mark.parametrize(
    "wish",
    [
        {"DATA_CHANNEL_MEDIUM": "SOCKET"},
        {"DATA_CHANNEL_MEDIUM": "socket"},
        {"DATA_CHANNEL_FORMAT": "PROTOBUF"},
    ],
)
def test_a_data_channel_that_is_not_spoken_is_refused(
    connector: Connector, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, wish: dict[str, str]
) -> None:
    for name, value in wish.items():
        monkeypatch.setenv(name, value)
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1), state("people", 1)])
    assert (run.status, run.states) == (1, [])
    assert run.error["failure_type"] == "config_error"
    assert next(iter(wish)) in run.error["message"]
    assert sandbox.stats()["calls"] == 0


def test_the_data_channel_that_is_spoken_is_fine(
    connector: Connector, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_CHANNEL_MEDIUM", "STDIO")
    monkeypatch.setenv("DATA_CHANNEL_FORMAT", "JSONL")
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1), state("people", 1)])
    assert (run.status, ids(run)) == (0, [1])


SECRET = "hunter2-hunter2"
SECRETS = ("password", "encrypted_password", "reset_password_token", "otp_secret", "access_token")


def test_credentials_stay_at_home(
    connector: Connector, sandbox: Sandbox, tmp_path: Path, route: str
) -> None:
    users = stream("users", "id", "email", "plan", "profile", *SECRETS)
    filled = dict.fromkeys(SECRETS, SECRET)
    lines = [
        record("users", id=1, email="a@b.example", plan="gold", profile={"pwd": SECRET}, **filled),
        record("users", id=2, plan="lost", **filled),
        state("users", 1),
    ]
    run = connector.write(
        "",
        catalog(users),
        lines,
        delivery=into(sandbox, route),
        rejected_records=folder(tmp_path / "rejected"),
    )
    assert run.status == 0
    (arrived,) = sandbox.read("people")
    assert SECRET not in json.dumps(arrived)
    assert "gold" in json.dumps(arrived)
    for name in SECRETS:
        assert f"{name} (looks like a credential: name it in the rule's fields" in run.log
    assert "because they look like credentials, by the column they are in: " in run.log
    assert SECRET not in run.stdout
    (entry,) = entries(files(tmp_path / "rejected"))
    assert entry["record"]["password"] == SECRET, "a stored reject is the row as it was read"


def test_a_field_sends_a_credential_on_purpose(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    users = stream("users", "id", "email", "api_key")
    rule = {"stream": "users", "call": "identify", "fields": [{"column": "api_key"}]}
    lines = [record("users", id=1, email="a@b.example", api_key=SECRET)]
    run = connector.write("", catalog(users), lines, delivery=into(sandbox, route), streams=[rule])
    assert run.status == 0
    assert SECRET in json.dumps(sandbox.read("people"))


def test_the_second_change_of_a_row_and_two_events_of_a_second_all_arrive(
    connector: Connector, sandbox: Sandbox
) -> None:
    scores = stream("scores", "id", "user_id", "changed_at", "score", primary_key=[["id"]])
    export = stream(
        "export", "distinct_id", "event", "time", primary_key=[["distinct_id"], ["time"]]
    )
    rules = [
        {"stream": "scores", "call": "track", "event": "Scored", "timestamp": "changed_at"},
        {"stream": "export", "call": "track", "user_id": "distinct_id", "timestamp": "time"},
    ]
    lines = [
        record("scores", id=1, user_id="u", changed_at="2026-01-01T10:00:00Z", score=1),
        record("scores", id=1, user_id="u", changed_at="2026-01-01T11:00:00Z", score=2),
        record("scores", id=1, user_id="u", changed_at="2026-01-01T11:00:00Z", score=2),
        record("export", distinct_id="u", time=1767261600, event="Opened"),
        record("export", distinct_id="u", time=1767261600, event="Closed"),
    ]
    run = connector.write(sandbox.endpoint_url, catalog(scores, export), lines, streams=rules)
    assert run.status == 0
    assert (sandbox.stats()["activity"], sandbox.stats()["repeats"]) == (4, 1)


def test_a_condition_does_not_skip_what_could_not_be_read(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    head = b'{"type":"RECORD","record":{"stream":"people","data":'
    deep = head + b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}}"
    large = head + b'{"x":NaN,"y":"' + b"y" * (4 << 20) + b'"}}}'
    bad = [deep, head + b"[1]}}", large]
    wanted = {"column": "name", "test": "equals", "value": "Name 1"}
    rule = {"stream": "people", "call": "identify", "only_if": wanted}
    run = connector.write(
        sandbox.endpoint_url,
        catalog(PEOPLE),
        [person(1), person(2), *bad, state("people", 1)],
        streams=[rule],
        rejected_records=folder(tmp_path / "rejected"),
    )
    assert (run.status, ids(run)) == (0, [1])
    reasons = [each["reason"] for each in entries(files(tmp_path / "rejected"))]
    assert reasons == ["too_deep", "not_an_object", "too_large"]
    rejected = "rejected 3 (not_an_object 1, too_deep 1, too_large 1)"
    assert f"Total: read 5, delivered 1, {rejected}, skipped 1" in run.log
