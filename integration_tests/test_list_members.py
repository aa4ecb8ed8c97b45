"""A list that skips contacts and writes which ones in its own way, through the executable."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    person,
    read_until,
    record,
    state,
    stream,
)
from integration_tests.raw_server import Received, raw_server, reply
from integration_tests.stored import entries, files, folder

UNKNOWN: Final = {3, 11, 12}
WAYS: Final[dict[str, Callable[[list[str]], object]]] = {
    "one of them": lambda skipped: f"{skipped[0]}, ...",
    "two of them": lambda skipped: "|".join(skipped[:2]) + "/...",
    "all, in upper case": lambda skipped: "|".join(skipped).upper(),
    "JSON text": lambda skipped: json.dumps({"skipped": skipped}),
    "a count": lambda skipped: f"{len(skipped)} contacts",
    "everybody": lambda _skipped: " ".join(f"c-{n}" for n in range(20)),
}


class ListApi:
    """Looks contacts up, and adds those that it knows."""

    def __init__(self, write: Callable[[list[str]], object]) -> None:
        self.write = write
        self.members: set[int] = set()

    def answer(self, request: Received) -> Iterable[bytes]:
        if request.method == "GET":
            number = request.path.rpartition("/")[2].removeprefix("p").partition("%40")[0]
            return [reply(200, {"data": {"id": f"c-{number}"}, "errors": []})]
        sent: list[str] = json.loads(request.body)["contactIds"]
        skipped = [each for each in sent if int(each[2:]) in UNKNOWN]
        known = {int(each[2:]) for each in sent} - UNKNOWN
        new = known - self.members
        self.members |= known
        errors: list[dict[str, Any]] = []
        if skipped:
            errors = [{"errorCode": "CONTACTS_NOT_FOUND", "detail": self.write(skipped)}]
        return [reply(200, {"data": {"added": len(new)}, "errors": errors})]


@pytest.mark.parametrize("write", WAYS.values(), ids=WAYS.keys())
def test_exactly_those_who_are_no_contacts_are_rejected(
    either_connector: Connector, tmp_path: Path, write: Callable[[list[str]], object]
) -> None:
    api = ListApi(write)
    lines = [*(record("vip", email=f"p{n}@b.example", n=n) for n in range(20)), state("vip", 1)]
    with raw_server(api.answer) as server:
        run = either_connector.write(
            "",
            catalog(stream("vip", "email", "n")),
            lines,
            delivery={"route": "developer_api", "base_url": server.origin},
            streams=[{"stream": "vip", "call": "audience", "list_id": "L"}],
            rejected_records=folder(tmp_path / "rejects"),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 17.0, "rejectedRecordCount": 3.0}
    stored = entries(files(tmp_path / "rejects"))
    assert {entry["record"]["n"] for entry in stored} == UNKNOWN
    assert {entry["reason"] for entry in stored} == {"unknown_contact"}
    assert api.members == set(range(20)) - UNKNOWN


def test_a_list_whose_first_thousand_rows_are_no_contacts_goes_on(
    either_connector: Connector, sandbox: Sandbox
) -> None:
    run = either_connector.write(
        "",
        catalog(stream("vip", "email")),
        [
            *(record("vip", email=f"s{number}@b.example") for number in range(1_050)),
            state("vip", 1),
        ],
        delivery={"route": "developer_api", "base_url": sandbox.api_url},
        streams=[{"stream": "vip", "call": "audience", "list_id": new_list(sandbox)}],
    )
    assert run.status == 0
    assert "unknown_contact 1050" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 0.0, "rejectedRecordCount": 1050.0}


# Members and people in one sync


def new_list(sandbox: Sandbox) -> str:
    """Makes a list in the sandbox; returns its id."""
    made = requests.post(
        f"{sandbox.api_url}/v1/lists",
        json={"name": "VIP"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    ).json()
    return str(made["data"]["id"])


def people_and_members(connector: Connector, sandbox: Sandbox, list_id: str) -> list[str]:
    """The command that writes both."""
    return connector.write_arguments(
        "",
        catalog(stream("vip", "email"), PEOPLE),
        delivery={"route": "developer_api", "base_url": sandbox.api_url},
        streams=[{"stream": "vip", "call": "audience", "list_id": list_id}],
    )


def test_members_that_are_read_before_their_people_join_all_the_same(
    either_connector: Connector,
) -> None:
    """The whole audience is read first, and a look-up knows a new contact only later."""
    lines = [
        *(record("vip", email=f"P{number}@b.example") for number in range(40)),
        record("vip", email="nobody@b.example"),
        state("vip", 1),
        *(person(number) for number in range(40)),
        state("people", 2),
    ]
    with running_sandbox(KEY, ("--settle-ms", "300", "--lookup-lag", "3")) as sandbox:
        arguments = people_and_members(either_connector, sandbox, new_list(sandbox))
        run = either_connector.run(*arguments, stdin=as_input(lines))
        (found,) = sandbox.read("lists")
    assert run.status == 0
    assert {each["id"]: each["destinationStats"] for each in run.states} == {
        1: {"recordCount": 40.0, "rejectedRecordCount": 1.0},
        2: {"recordCount": 40.0, "rejectedRecordCount": 0.0},
    }
    assert "unknown_contact 1" in run.log
    assert len(found["members"]) == 40


def test_members_wait_for_people_that_are_not_read_yet(connector: Connector) -> None:
    """All look-ups have missed before the first person is read, for the input is still open."""
    members = [*(record("vip", email=f"p{n}@b.example") for n in range(1_000)), state("vip", 1)]
    people = [*(person(n) for n in range(1_000)), state("people", 2)]
    with running_sandbox(KEY) as sandbox:
        arguments = people_and_members(connector, sandbox, new_list(sandbox))
        with connector.started(arguments, members) as started:
            while sandbox.stats()["answers"].get("400", 0) < 1_000:
                time.sleep(0.05)
            started.stdin.write(as_input(people))
            started.stdin.close()
            out = started.stdout.read()
        (found,) = sandbox.read("lists")
    assert len(found["members"]) == 1_000
    assert out.count(b'"STATE"') == 2
    assert b'"rejectedRecordCount":0.0' in out.replace(b" ", b"")


def test_where_no_people_are_selected_nobody_is_waited_for(connector: Connector) -> None:
    members = [*(record("vip", email=f"p{n}@b.example") for n in range(1_000)), state("vip", 1)]
    with running_sandbox(KEY) as sandbox:
        arguments = connector.write_arguments(
            "",
            catalog(stream("vip", "email")),
            delivery={"route": "developer_api", "base_url": sandbox.api_url},
            streams=[{"stream": "vip", "call": "audience", "list_id": new_list(sandbox)}],
        )
        with connector.started(arguments, members) as started:
            # The state comes while the input is still open.
            read_until(started.stdout, b'"STATE"')
            started.stdin.close()
            assert started.stdout.read().count(b'"STATE"') == 0
