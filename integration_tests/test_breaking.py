"""A contact on which the Developer API breaks costs itself, and only itself."""

import json
from collections.abc import Iterator
from typing import Any

from inflection_sandbox.client import running_sandbox
from integration_tests.conftest import KEY, PEOPLE, Connector, catalog, person, state
from integration_tests.raw_server import Received, raw_server, reply

BAD = "p77@b.example"


class Api:
    """Takes batches and settles them at once; any that holds the bad contact gets a 500."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.taken: dict[str, list[str]] = {}

    def answer(self, request: Received) -> Iterator[bytes]:
        if "/by-email/" in request.path:
            yield reply(500)
            return
        if request.method == "GET":
            rows = [
                {"email": email, "status": "CREATED"}
                for email in self.taken[request.path.rpartition("/")[2]]
            ]
            yield reply(200, envelope({"status": "DONE", "data": {"results": rows}}))
            return
        emails = [contact["email"] for contact in json.loads(request.body)["contacts"]]
        self.batches.append(emails)
        if BAD in emails:
            yield reply(500)
            return
        identity = f"t{len(self.batches)}"
        self.taken[identity] = emails
        yield reply(200, envelope({"transactionId": identity, "status": "PENDING"}))


def envelope(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "errors": [], "meta": {"status": "SUCCESS"}}


def test_the_contact_that_breaks_the_endpoint_is_rejected_and_all_others_are_taken(
    connector: Connector,
) -> None:
    api = Api()
    lines = [*(person(number) for number in range(200)), state("people", 1)]
    with raw_server(api.answer) as server:
        delivery = {"route": "developer_api", "base_url": server.origin}
        run = connector.write("", catalog(PEOPLE), lines, delivery=delivery)
    assert run.status == 0, run.log
    assert "read 200, delivered 199, rejected 1 (breaks_endpoint 1)" in run.log
    assert "HTTP 500 each time, while other contacts were taken" in run.log
    assert BAD not in run.log
    assert [given["id"] for given in run.states] == [1]
    taken = [email for emails in api.taken.values() for email in emails]
    assert sorted(taken) == sorted(f"p{n}@b.example" for n in range(200) if n != 77)
    assert len(api.batches) < 60


def test_each_contact_that_breaks_the_sandbox_is_rejected_and_no_other(
    connector: Connector,
) -> None:
    lines = [*(person(number) for number in range(1000)), state("people", 1)]
    with running_sandbox(KEY, ["--break", "email=p5@*", "--break", "name=Name 77?"]) as sandbox:
        delivery = {"route": "developer_api", "base_url": sandbox.api_url}
        run = connector.write("", catalog(PEOPLE), lines, delivery=delivery)
        found = {contact["email"] for contact in sandbox.read("people")}
    assert run.status == 0, run.log
    assert "rejected 11 (breaks_endpoint 11)" in run.log
    assert run.states[0]["destinationStats"] == {"recordCount": 989.0, "rejectedRecordCount": 11.0}
    broken = {5, *range(770, 780)}
    assert found == {f"p{n}@b.example" for n in range(1000) if n not in broken}
