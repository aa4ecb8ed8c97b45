"""Rejected records, through the executable: stored as they came, told, counted, and limited."""

import json
import signal
import time
from base64 import b64decode
from pathlib import Path

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    always,
    as_input,
    catalog,
    person,
    record,
    scripted_server,
    state,
    stream,
)
from integration_tests.stored import (
    BAD,
    SELECTED,
    entries,
    files,
    folder,
    replay,
)


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
        "Rejected, stream people: refused. Inflection refused the record: correct what its answer "
        "names, in the source or with a transform or omit in the rule's fields. Inflection: HTTP "
        "400: Plan: [...] of [...] is not allowed."
    )


def test_the_report_groups_inflections_words_without_values(connector: Connector) -> None:
    def answer(_number: int, body: bytes) -> tuple[int, dict[str, str], bytes]:
        message = json.loads(body)
        plan = message["traits"]["plan"]
        if plan == "basic":
            return 200, {}, b"{}"
        said = {"message": f"Plan {plan} of {message['userId']} is not allowed"}
        return 400, {"Content-Type": "application/json"}, json.dumps(said).encode()

    plans = ("basic", "gold-77", "silver-78")
    rows = [
        record("people", id=4815162340 + n, email=f"p{n}@b.example", plan=plans[n % 3])
        for n in range(9)
    ]
    report = connector.folder / "report.html"
    with scripted_server(answer) as server:
        arguments = connector.write_arguments(server.url, catalog(SELECTED))
        run = connector.run(*arguments, "--report", str(report), stdin=as_input(rows))
    assert run.status == 0
    document = report.with_suffix(".json").read_text("utf-8")
    (people,) = json.loads(document)["streams"]
    said = "HTTP 400: Plan [...] of [...] is not allowed"
    assert people["words"] == {"refused": {said: 6}}
    page = report.read_text("utf-8")
    assert f"<bdi>{said}</bdi> <b>6</b>" in page
    for text in (document, page, run.stdout):
        assert "gold-77" not in text
        assert "4815162341" not in text


def test_rejects_of_a_kind_are_logged_once_and_counted(connector: Connector) -> None:
    plans = ("bad-gold", "bad-silver", "bad-bronze")
    rows = [record("people", id=n, email=f"p{n}@b.example", plan=plans[n % 3]) for n in range(9)]
    with running_sandbox(KEY, ["--refuse", "plan=bad-*"]) as sandbox:
        lines = [person(10), *rows, *[BAD] * 4]
        unreadable = [b"no message"] * 2
        run = connector.write(sandbox.endpoint_url, catalog(SELECTED), [*lines, *unreadable])
    assert run.status == 0
    told = [line for line in run.log.splitlines() if line.startswith("Rejected")]
    assert sorted(line.partition(". ")[0] for line in told) == [
        "Rejected, line 15 of the input: unreadable_line",
        "Rejected, stream people: missing_email, column email",
        "Rejected, stream people: refused",
    ]
    assert "rejected 13 (missing_email 4, refused 9)" in run.log


def test_final_counts_of_rejects_are_warnings_and_a_stream_rejected_whole_the_headline(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    members = stream("members", "id", "email", "name")
    nobody = [record("members", id=n, name="Nobody") for n in range(2)]
    report = tmp_path / "report.html"
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE, members))
    lines = [person(1), *nobody, state("people", 1), state("members", 1)]
    run = connector.run(*arguments, "--report", str(report), stdin=as_input(lines))
    assert run.status == 0
    log = [(message["log"]["message"], message["log"]["level"]) for message in run.of("LOG")]
    levels = {text.partition(":")[0]: level for text, level in log}
    assert levels["Stream people"] == "INFO"
    assert levels["Stream members"] == levels["Total"] == "WARN"
    assert any(text.startswith("Total: ") and "(missing_email 2)" in text for text, _ in log)
    whole = "Stream members was rejected whole: 2 records (missing_email 2)."
    assert [text for text, level in log if level == "WARN"][-1] == whole
    assert f"<h1>{whole} " in report.read_text("utf-8")


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


def test_too_many_rejects_fail_the_sync_and_hold_its_states(
    connector: Connector, sandbox: Sandbox
) -> None:
    lines = [*(person(n) for n in range(8)), BAD, BAD, state("people", 1)]
    strict = {"max_rejected_percent": 10}
    run = connector.write(sandbox.endpoint_url, catalog(SELECTED), lines, advanced=strict)
    assert run.status == 1
    assert run.states == []
    assert run.error["failure_type"] == "config_error"
    for word in ("2 of 10", "missing_email 2", "10%", "max_rejected_percent"):
        assert word in run.error["message"]
    loose = {"max_rejected_percent": 20}
    good = connector.write(sandbox.endpoint_url, catalog(SELECTED), lines, advanced=loose)
    assert good.status == 0
    assert len(good.states) == 1


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
    assert "would send 60 requests: at least 30 s at 2 a second" in run.log
    document = json.loads(report.with_suffix(".json").read_text())
    assert document["result"] == "dry_run"
    assert document["totals"]["states_read"] == 1
    assert document["estimate"] == {
        "requests": 60,
        "more_requests": False,
        "minutes": 0.5,
        "requests_per_second": 2,
        "emails": None,
        "more_emails": False,
        "connections": 64,
        "by_answer_time": [
            {"answer_ms": answer_ms, "requests_per_second": 2, "hours": 30 / 3600}
            for answer_ms in (25, 100, 300)
        ],
    }


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
        "not_settled": 0,
        "unreadable_lines": 0,
        "changes": None,
        "requests": 50 + document["rate_limit_hits"],
        "states_read": 1,
        "states_released": 1,
    }
    assert document["rate_limit_hits"] == document["retries"]["HTTP 429"] > 0
    assert sum(document["throughput"]["delivered"]) == 50
    assert document["latency_ms"]["count"] == document["totals"]["requests"]
    assert document["plan"][0]["becomes"] == "identify"
    run_folder = str(where / name.partition("/")[0])
    told = {
        "location": run_folder,
        "records": 1,
        "unreadable_lines": 0,
        "replay": run_folder,
    }
    assert document["rejected_records"] == told
    assert f"destination-inflection replay --config config.json {run_folder}" in run.log
    page = found[name.replace(".json", ".html")].decode()
    assert "missing_email" in page
    assert "Nobody" not in page


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
    # How deep the standard library goes depends on the version of Python.
    if "raw" in entry:
        assert b64decode(entry["raw"]) == deep
    else:
        assert entry["record"] == json.loads(deep)["record"]["data"]
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
