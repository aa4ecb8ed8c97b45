"""A list that skips contacts and writes which ones in its own way, through the executable."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    KEY,
    TIMEOUT_SECONDS,
    Connector,
    catalog,
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
    made = requests.post(
        f"{sandbox.api_url}/v1/lists",
        json={"name": "VIP"},
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=TIMEOUT_SECONDS,
    ).json()
    run = either_connector.write(
        "",
        catalog(stream("vip", "email")),
        [
            *(record("vip", email=f"s{number}@b.example") for number in range(1_050)),
            state("vip", 1),
        ],
        delivery={"route": "developer_api", "base_url": sandbox.api_url},
        streams=[{"stream": "vip", "call": "audience", "list_id": made["data"]["id"]}],
    )
    assert run.status == 0
    assert "unknown_contact 1050" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 0.0, "rejectedRecordCount": 1050.0}
