"""The Developer API answers oddly, through the executable: nothing is lost, guessed or stuck."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    Run,
    catalog,
    closed_port,
    person,
    record,
    state,
    stream,
)
from integration_tests.raw_server import Received, raw_server, reply
from integration_tests.stored import entries, files, folder

VIP = stream("vip", "email", "active")
Transaction = Callable[[list[str]], Mapping[str, Any]]
"""What is said of a batch of these emails."""


def warnings(run: Run) -> list[str]:
    return [m["log"]["message"] for m in run.of("LOG") if m["log"]["level"] == "WARN"]


class OddApi:
    """Takes batches under an id of its own, and says of them what it is told to."""

    def __init__(self, identity: object, transaction: Transaction, at_once: bool = False) -> None:
        self.identity = identity
        self.transaction = transaction
        self.at_once = at_once
        self.batches: list[list[str]] = []

    def answer(self, request: Received) -> Iterable[bytes]:
        if request.method == "POST":
            contacts = json.loads(request.body)["contacts"]
            emails = [contact["email"] for contact in contacts]
            self.batches.append(emails)
            if self.at_once:
                return [reply(200, self.transaction(emails))]
            return [reply(200, {"data": {"transactionId": self.identity}})]
        return [reply(200, self.transaction(self.batches[-1]))]


def write_people(connector: Connector, api: OddApi, rejects: Path, number: int = 4) -> Run:
    with raw_server(api.answer) as server:
        return connector.write(
            "",
            catalog(PEOPLE),
            [*(person(n) for n in range(number)), state("people", 1)],
            delivery={"route": "developer_api", "base_url": server.origin},
            rejected_records=folder(rejects),
        )


def rows(emails: list[str], status: str = "created") -> dict[str, object]:
    return {"results": [{"email": email.upper(), "status": status} for email in emails]}


@pytest.mark.parametrize("at_once", [False, True])
def test_a_number_as_an_id_and_words_in_small_letters_are_read(
    connector: Connector, tmp_path: Path, at_once: bool
) -> None:
    api = OddApi(7, lambda emails: {"data": {"status": "done", "data": rows(emails)}}, at_once)
    run = write_people(connector, api, tmp_path / "r")
    assert run.status == 0
    assert "read 4, delivered 4, rejected 0" in run.log
    assert (len(api.batches), warnings(run)) == (1, [])


UNKNOWN: dict[str, Transaction] = {
    "results elsewhere": lambda emails: {"data": {"status": "DONE", **rows(emails)}},
    "no status": lambda emails: {"data": {"state": "DONE", "data": rows(emails)}},
    "a list": lambda emails: {"data": rows(emails)["results"]},
    "a word": lambda emails: {"data": {"status": "DONE", "data": rows(emails, "ON_HOLD")}},
    "empty": lambda _emails: {"data": {"status": "DONE", "data": {"results": []}}},
}


@pytest.mark.parametrize("transaction", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cant_be_understood_is_not_confirmed(
    connector: Connector, tmp_path: Path, transaction: Transaction
) -> None:
    run = write_people(connector, OddApi("t", transaction), tmp_path / "r")
    assert run.status == 0
    assert "rejected 4 (not_confirmed 4)" in run.log
    odd = [warning for warning in warnings(run) if "not in the documented form" in warning]
    assert len(odd) == 1
    assert "not_confirmed" in odd[0]


def test_a_transaction_that_failed_says_why_and_shows_nobodys_values(
    connector: Connector, tmp_path: Path
) -> None:
    errors = [{"errorCode": "BAS-E-7", "message": "name of p2@b.example: 'Name 3' is not allowed"}]

    def failed(_emails: list[str]) -> Mapping[str, Any]:
        return {"data": {"status": "FAILED"}, "errors": errors}

    run = write_people(connector, OddApi("t", failed), tmp_path / "r")
    assert "contact_failed 4" in run.log
    details = {
        entry["record"]["email"]: entry["detail"] for entry in entries(files(tmp_path / "r"))
    }
    assert details["p1@b.example"] == "its transaction says FAILED"
    assert "BAS-E-7" in details["p2@b.example"]
    assert "is not allowed" in details["p2@b.example"]
    for value in ("Name 3", "@"):
        assert value not in details["p2@b.example"]


def test_a_firewalls_403_costs_one_contact(connector: Connector) -> None:
    api = OddApi("t", lambda emails: {"data": {"status": "DONE", "data": rows(emails)}}, True)

    def answer(request: Received) -> Iterable[bytes]:
        if b"p3@" in request.body:
            return [reply(403, b"<html>Request blocked</html>")]
        return api.answer(request)

    with raw_server(answer) as server:
        run = connector.write(
            "",
            catalog(PEOPLE),
            [person(n) for n in range(8)],
            delivery={"route": "developer_api", "base_url": server.origin},
        )
    assert run.status == 0
    assert "rejected 1 (refused 1)" in run.log


# Lists


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"errors": [{"errorCode": "LIST_NOT_FOUND"}]}),
        (404, b""),
        (404, b"<html>"),
        (410, b""),
    ],
)
def test_a_list_that_is_gone_stops_at_once(
    connector: Connector, active: bool, status: int, body: object
) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.method == "GET":
            return [reply(200, {"data": {"id": "c-1"}})]
        return [reply(status, body)]

    rule = {"stream": "vip", "call": "audience", "member_column": "active", "list_id": "L-77"}
    with raw_server(answer) as server:
        run = connector.write(
            "",
            catalog(VIP),
            [record("vip", email="p1@b.example", active=active), state("vip", 1)],
            delivery={"route": "developer_api", "base_url": server.origin},
            streams=[rule],
        )
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert f'no list with the id "L-77" (HTTP {status}): correct list_id' in run.error["message"]
    assert (run.states, len(server.received)) == ([], 2)
    assert 'list from "L-77"' in run.log


# Check


def check(connector: Connector, url: str, **changes: object) -> Run:
    content = {
        "api_key": KEY,
        "delivery": {"route": "developer_api", "base_url": url},
        **changes,
    }
    return connector.run("check", "--config", connector.file("config.json", content))


def status_of(run: Run) -> dict[str, Any]:
    (message,) = run.of("CONNECTION_STATUS")
    status: dict[str, Any] = message["connectionStatus"]
    return status


def test_check_passes_when_only_the_empty_batch_breaks_the_endpoint(connector: Connector) -> None:
    def answer(request: Received) -> Iterable[bytes]:
        if request.method == "POST":
            return [reply(500)]
        # In an envelope, a 404 says that there is no such contact.
        return [reply(404, {"errors": [{"errorCode": "NOT_FOUND"}], "meta": {}})]

    with raw_server(answer) as server:
        run = check(connector, server.origin)
    assert status_of(run) == {"status": "SUCCEEDED"}
    assert ["HTTP 500" in warning for warning in warnings(run)] == [True]


def test_check_looks_at_the_lists(connector: Connector, sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.api_url}/v1/lists",
        json={"name": "Gold members"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    )
    known = answer.json()["data"]["id"]
    rule = {"stream": "gold", "call": "audience", "list_id": known}
    good = check(connector, sandbox.api_url, streams=[rule])
    other = {"stream": "vip", "call": "audience", "list_id": "nowhere"}
    bad = check(connector, sandbox.api_url, streams=[rule, other])
    assert status_of(good) == {"status": "SUCCEEDED"}
    assert (
        f'The rule for "gold" keeps the members of the list "Gold members" ({known}).' in good.log
    )
    assert status_of(bad)["status"] == "FAILED"
    for word in ("HTTP 404", 'list_id "nowhere" in the rule for "vip"'):
        assert word in status_of(bad)["message"]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_check_names_a_dead_proxy(
    either_connector: Connector, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with closed_port() as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        status = status_of(check(either_connector, "https://api.inflection.example"))
    assert status["status"] == "FAILED"
    for word in ("the proxy in between could not be used", "HTTPS_PROXY", "ALL_PROXY"):
        assert word in status["message"]
