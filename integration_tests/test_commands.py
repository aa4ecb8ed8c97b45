"""`spec`, `check`, and command lines that can't work: one sentence and the right exit status."""

import json
import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
)

from destination_inflection import DestinationInflection
from destination_inflection.run import main
from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    CONNECTOR,
    PEOPLE,
    ROOT,
    Connector,
    always,
    as_input,
    catalog,
    closed_port,
    config,
    person,
    read_until,
    record,
    scripted_server,
    state,
)


def test_spec_prints_the_form_and_main_py_does_the_same(connector: Connector) -> None:
    run = connector.run("spec")
    (message,) = run.messages
    form = json.loads((ROOT / "destination_inflection" / "spec.json").read_text("utf-8"))
    assert message == {"type": "SPEC", "spec": form}
    same = connector.run("spec", command=[sys.executable, str(ROOT / "main.py")])
    assert same.messages == run.messages


@pytest.mark.parametrize("authentication", ["basic", "bearer"])
def test_check_accepts_a_good_key_and_creates_nothing(
    connector: Connector, sandbox: Sandbox, authentication: str
) -> None:
    delivery = {
        "route": "event_endpoint",
        "endpoint_url": sandbox.endpoint_url,
        "authentication": authentication,
    }
    assert connector.check("", delivery=delivery) == {"status": "SUCCEEDED"}
    assert sandbox.stats()["calls"] == 0


EMPTY_ITEMS: list[dict[str, Any]] = [{}, {"stream": "people", "call": "identify", "fields": [{}]}]


def test_check_ignores_a_rule_and_a_field_that_were_added_and_left_empty(
    connector: Connector, sandbox: Sandbox
) -> None:
    status = connector.check(sandbox.endpoint_url, streams=EMPTY_ITEMS)
    assert status == {"status": "SUCCEEDED"}
    by_half = connector.check(sandbox.endpoint_url, streams=[{}, {"stream": "people"}])
    assert by_half["status"] == "FAILED"
    assert "call is missing" in by_half["message"]


def test_write_ignores_them_too_and_takes_an_emptied_base_url_for_the_default(
    connector: Connector,
) -> None:
    run = connector.write(
        "",
        catalog(PEOPLE),
        [person(1)],
        delivery={"route": "developer_api", "base_url": ""},
        streams=EMPTY_ITEMS,
        advanced={"dry_run": True},
    )
    assert run.status == 0
    assert "people -> contact: email from email" in run.log


def test_check_refuses_a_wrong_key(connector: Connector, sandbox: Sandbox) -> None:
    status = connector.check(sandbox.endpoint_url, api_key="another key".replace(" ", "-"))
    assert status["status"] == "FAILED"
    assert "api_key" in status["message"]


def test_the_key_goes_out_as_segment_sends_it_and_the_app_id_beside_it(
    connector: Connector,
) -> None:
    with scripted_server(always(200)) as server:
        delivery = {"route": "event_endpoint", "endpoint_url": server.url, "app_id": "app-1"}
        connector.check("", delivery=delivery, api_key="segment")
        connector.check("", delivery={**delivery, "authentication": "none"})
    first, second = server.headers
    assert first["Authorization"] == "Basic c2VnbWVudDo="
    assert first["X-Inflection-App-Id"] == "app-1"
    assert first["Content-Type"] == "application/json"
    assert "Authorization" not in second


@pytest.mark.parametrize("status", [200, 202, 400, 422, 501])
def test_answers_that_prove_the_key(connector: Connector, status: int) -> None:
    with scripted_server(always(status)) as server:
        assert connector.check(server.url) == {"status": "SUCCEEDED"}
    (body,) = server.bodies
    assert not {"userId", "anonymousId"} & json.loads(body).keys()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "api_key"),
        (403, "api_key"),
        (404, "check endpoint_url"),
        (405, "check endpoint_url"),
        (308, "final address"),
        (429, "try again later"),
        (500, "try again later"),
        (503, "try again later"),
    ],
)
def test_answers_that_do_not(connector: Connector, status: int, words: str) -> None:
    with scripted_server(always(status)) as server:
        answer = connector.check(server.url)
    assert answer["status"] == "FAILED"
    assert words in answer["message"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:{port}/x", "no connection could be made"),
        ("https://no-such-host.invalid/x", "host name could not be resolved"),
        ("http://in.example/x", "https://"),
        ("nonsense", "https://host/path"),
    ],
)
def test_urls_that_lead_nowhere(connector: Connector, url: str, words: str) -> None:
    with closed_port() as port:
        answer = connector.check(url.format(port=port))
    assert answer["status"] == "FAILED"
    assert words in answer["message"]
    assert "endpoint_url" in answer["message"]


def test_a_port_that_speaks_no_tls(connector: Connector) -> None:
    with scripted_server(always(200)) as server:
        answer = connector.check(server.url.replace("http://", "https://"))
    assert answer["status"] == "FAILED"
    assert "does not use TLS" in answer["message"]


def test_a_server_that_never_answers(connector: Connector) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = connector.check(f"http://127.0.0.1:{silent.getsockname()[1]}/x")
    assert "did not answer in time" in answer["message"]


@pytest.mark.parametrize(
    "content",
    ["{not json", "", "[]", "{}", '{"api_key": 5}', '{"api_key": "inf_pat_\\ud800"}', None],
)
def test_check_answers_a_config_it_cannot_use_as_a_status(
    connector: Connector, content: str | None
) -> None:
    path = "missing.json" if content is None else connector.file("config.json", content)
    run = connector.run("check", "--config", path)
    assert run.status == 0
    (message,) = run.messages
    assert message["connectionStatus"]["status"] == "FAILED"
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("config_text", "catalog_text", "word"),
    [
        (None, "{}", "missing.json"),
        ("{not json", "{}", "configuration"),
        ("[]", "{}", "configuration"),
        (json.dumps(config("https://in.example")), None, "missing.json"),
        (json.dumps(config("https://in.example")), "{not json", "catalog"),
        (json.dumps(config("https://in.example")), "{}", "catalog"),
        (json.dumps(config("https://in.example")), '{"streams":[{}]}', "catalog"),
        (json.dumps(config("https://in.example")), '{"streams":[{"stream":{}}]}', "catalog"),
    ],
)
def test_write_names_the_file_it_cannot_use(
    connector: Connector, config_text: str | None, catalog_text: str | None, word: str
) -> None:
    def path(name: str, text: str | None) -> str:
        return "missing.json" if text is None else connector.file(name, text)

    run = connector.run(
        "write",
        *("--config", path("config.json", config_text)),
        *("--catalog", path("catalog.json", catalog_text)),
    )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert word in run.error["message"]


@pytest.mark.parametrize("arguments", [["dance"], [], ["check"], ["write", "--config", "x"]])
def test_a_command_line_that_cannot_be_understood(
    connector: Connector, arguments: list[str]
) -> None:
    run = connector.run(*arguments)
    assert run.status == 2
    assert "usage: destination-inflection" in run.stderr


def test_the_cdk_s_own_way_of_calling_it(sandbox: Sandbox, tmp_path: Path) -> None:
    messages = [
        AirbyteMessageSerializer.load(line)
        for line in (person(1), state("people", 1), person(2), state("people", 2))
    ]
    stream: dict[str, Any] = {
        **PEOPLE,
        "stream": {**PEOPLE["stream"], "supported_sync_modes": ["incremental"]},
    }
    configured = ConfiguredAirbyteCatalogSerializer.load(catalog(stream))
    destination = DestinationInflection()
    out = list(destination.write(config(sandbox.endpoint_url), configured, messages))
    counts = [m.state.destinationStats.recordCount for m in out if m.state]  # type: ignore[union-attr]
    assert counts == [1.0, 1.0]
    assert sandbox.stats()["people"] == 2
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_ends_a_preview_quietly(connector: Connector) -> None:
    lines = connector.file("messages.jsonl", as_input([person(n) for n in range(3000)]).decode())
    words = ["preview", "--limit", "3000"]
    words += ["--config", connector.file("config.json", config("https://in.example"))]
    words += ["--catalog", connector.file("catalog.json", catalog(PEOPLE))]
    with Path(lines).open("rb") as stdin:
        process = subprocess.Popen(
            [str(CONNECTOR), *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        with process, process.stderr:
            assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_reader_of_states_that_goes_away_ends_a_write_quietly_with_its_rejects_stored(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    arguments = connector.write_arguments(
        sandbox.endpoint_url,
        catalog(PEOPLE),
        rejected_records={"store": "folder", "path": str(where)},
    )
    with subprocess.Popen(
        [str(CONNECTOR), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        read_until(process.stdout, b"Sending over")
        process.stdout.close()
        process.stdin.write(as_input([record("people", id=1), person(2), state("people", 1)]))
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
    assert len(list(where.glob("*/_/people/*.jsonl.gz"))) == 1
    assert len(list(where.glob("*/report.html"))) == 1


def test_a_report_that_cannot_be_written_says_where_it_was_to_go(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
    run = connector.run(
        *arguments, "--report", str(tmp_path / "file" / "r.html"), stdin=as_input([person(1)])
    )
    assert run.status == 0
    assert "named with --report" in run.log
    assert "rejected_records" not in run.log


@pytest.mark.parametrize("command", ["replay", "preview"])
def test_a_defect_shows_frames_and_no_text_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    quoted = "jane" + "@customer.example"

    def broken(*_arguments: object) -> None:
        raise RuntimeError(quoted)

    monkeypatch.setattr(f"destination_inflection.run._{command}", broken)
    monkeypatch.setattr("destination_inflection.run._prepare_for_many_records", lambda: None)
    words = [command, *(["x"] if command == "replay" else ["--catalog", "c"]), "--config", "c"]
    handlers = list(logging.root.handlers)
    try:
        assert main(words) == 1
    finally:
        logging.root.handlers = handlers
    told = capsys.readouterr().err
    assert "a bug in the connector" in told
    assert "RuntimeError" in told
    assert quoted not in told
