"""What must not leave: the key and values in Inflection's words, and rejects for others to read."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from destination_inflection.escapes import readings
from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    Answerer,
    Connector,
    catalog,
    person,
    record,
    scripted_server,
    state,
)
from integration_tests.stored import entries, files, folder
from unit_tests.test_masking import FORMS, Form

ROUTES = ("event_endpoint", "developer_api")
VALUE = "jonathan.fairweather@customer.example"
CUTS: dict[str, Callable[[str], str]] = {
    "whole": str,
    "cut": lambda text: text[:17],
    "in capitals": str.upper,
}


def refusing(said: str) -> Answerer:
    """Refuses whatever comes, in the words of both routes."""
    body = {"message": said, "errors": [{"errorCode": "E", "message": said}], "data": None}
    return lambda _number, _body: (
        400,
        {"Content-Type": "application/json"},
        json.dumps(body).encode(),
    )


def delivery(url: str, route: str) -> dict[str, str]:
    return {"route": route, "base_url" if route == "developer_api" else "endpoint_url": url}


def shows(text: str, piece: str) -> bool:
    return any(piece.lower() in reading.text.lower() for reading in readings(text))


@pytest.mark.parametrize(
    ("route", "name"),
    [
        *(("event_endpoint", name) for name in FORMS),
        *(("developer_api", name) for name in ("as it is", "in percent, twice", "in base64")),
    ],
)
def test_the_key_is_masked_in_logs_reports_and_details(
    connector: Connector, tmp_path: Path, route: str, name: str
) -> None:
    form = FORMS[name]
    said = f"{'x' * 285} the key {form(KEY)} may not"
    where = tmp_path / "rejected"
    with scripted_server(refusing(said)) as server:
        run = connector.write(
            server.url,
            catalog(PEOPLE),
            [person(1), state("people", 1)],
            delivery=delivery(server.url, route),
            rejected_records=folder(where),
        )
    assert run.status == 0
    (entry,) = entries(files(where))
    assert entry["detail"].startswith("HTTP 400: ")
    assert "xxx the key" in entry["detail"]
    reports = [path.read_text("utf-8") for path in where.glob("*/report.*")]
    assert len(reports) == 2
    for text in (run.stdout, run.stderr, entry["detail"], *reports):
        assert not shows(text, KEY[:8])
        assert form(KEY)[:8] not in text


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    "form", [f for name, f in FORMS.items() if "base64" not in name and "Basic" not in name]
)
def test_a_value_is_not_logged_whatever_its_form(
    connector: Connector, form: Form, cut: Callable[[str], str]
) -> None:
    said = f"No place for {form(cut(VALUE))} here"
    with scripted_server(refusing(said)) as server:
        lines = [record("people", id=1, email=VALUE, name="N"), state("people", 1)]
        run = connector.write(server.url, catalog(PEOPLE), lines)
    assert run.status == 0
    (line,) = [text for text in run.log.splitlines() if "Inflection: HTTP 400" in text]
    assert "No place for [...]" in line
    assert not shows(line, "jonathan")
    assert not shows(line, "fairweat")


@pytest.mark.parametrize("route", ROUTES)
def test_files_of_rejects_and_reports_are_the_users_own(
    connector: Connector, sandbox: Sandbox, tmp_path: Path, route: str
) -> None:
    where, mine = tmp_path / "made" / "rejected", tmp_path / "reports" / "mine.html"
    url = sandbox.api_url if route == "developer_api" else sandbox.endpoint_url
    arguments = connector.write_arguments(
        url, catalog(PEOPLE), delivery=delivery(url, route), rejected_records=folder(where)
    )
    lines = [record("people", id=1), person(2)]
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    assert connector.run(*arguments, "--report", str(mine), stdin=text).status == 0
    made = [tmp_path / "made", *(tmp_path / "made").rglob("*"), mine.parent, *mine.parent.glob("*")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    assert {m for p in made if (m := modes[p.name]) and p.is_file()} == {0o600}
    assert {m for p in made if (m := modes[p.name]) and p.is_dir()} == {0o700}
    assert len([path for path in made if path.is_file()]) == 6
