"""A record on which Inflection breaks costs itself, and only itself, on either route."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from inflection_sandbox.client import running_sandbox
from integration_tests.conftest import KEY, PEOPLE, Connector, Run, catalog, config, person, state
from integration_tests.raw_server import Received, raw_server, reply
from integration_tests.stored import entries, files, folder, replay

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
        identity = f"t{request.number}"
        self.taken[identity] = emails
        yield reply(200, envelope({"transactionId": identity, "status": "PENDING"}))


def envelope(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "errors": [], "meta": {"status": "SUCCESS"}}


QUICK_TRIES: Final = """
import sys
from destination_inflection.delivery.lanes import failures
assert hasattr(failures, "COUNTED_ROUND_TRIP_SECONDS")
failures.COUNTED_ROUND_TRIP_SECONDS = 0.02
from destination_inflection.run import main
sys.exit(main())
"""
"""The connector with so little time between the tries of a contact that on a slow machine, too,
they are near the moments at which others were taken."""


def test_the_contact_that_breaks_the_endpoint_is_rejected_and_all_others_are_taken(
    tmp_path: Path,
) -> None:
    connector = Connector(tmp_path, (sys.executable, "-c", QUICK_TRIES))
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


# The event endpoint

IN_A_HURRY: Final = """
import sys
from destination_inflection.delivery.lanes import retry
from destination_inflection.delivery.settings import RetryPolicy
RetryPolicy.__init__.__defaults__ = (30.0, 4.0)
assert hasattr(retry, "_LONGEST_BACKOFF_SECONDS")
retry._LONGEST_BACKOFF_SECONDS = 0.3
from destination_inflection.run import main
sys.exit(main())
"""
"""The connector with a deadline of four seconds, and no wait between attempts above 0.3."""


@dataclass
class Events:
    """Takes all messages but those of some users, which get a 500, or all others, in an outage."""

    breaks_on: Collection[str]
    is_down: Callable[[int], bool] = lambda _number: False
    taken: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Received) -> Iterator[bytes]:
        user = str(json.loads(request.body)["userId"])
        if user in self.breaks_on or self.is_down(request.number):
            yield reply(500)
            return
        with self.lock:
            self.taken[user] += 1
        yield reply(200)


@pytest.fixture
def hurried(tmp_path: Path) -> Connector:
    return Connector(tmp_path, (sys.executable, "-c", IN_A_HURRY))


def write(connector: Connector, events: Events, count: int, **changes: object) -> Run:
    lines = [*(person(number) for number in range(count)), state("people", 1)]
    with raw_server(events.answer) as server:
        return connector.write(f"{server.origin}/{{type}}", catalog(PEOPLE), lines, **changes)


@pytest.mark.parametrize(("count", "bad"), [(6, 0), (300, 150), (300, 299)])
def test_a_record_that_breaks_the_event_endpoint_costs_itself_and_can_be_replayed(
    hurried: Connector, count: int, bad: int
) -> None:
    events = Events({str(bad)})
    store = hurried.folder / "rejects"
    changes: dict[str, Any] = {"rejected_records": folder(store)}
    run = write(hurried, events, count, **changes)
    assert run.status == 0, run.log
    summed = f"read {count}, delivered {count - 1}, rejected 1 (breaks_endpoint 1)"
    assert summed in run.log
    assert "HTTP 500 each time, while other calls were taken" in run.log
    assert [given["id"] for given in run.states] == [1]
    assert events.taken == Counter(str(n) for n in range(count) if n != bad)
    (stored,) = entries(files(store))
    assert (stored["reason"], stored["http_status"]) == ("breaks_endpoint", 500)
    assert stored["attempts"] >= 8
    assert stored["record"]["id"] == bad
    mended = Events(())
    with raw_server(mended.answer) as server:
        status, _, _ = replay(hurried, config(server.origin, **changes), str(store))
    assert (status, mended.taken) == (0, Counter([str(bad)]))


def test_twenty_records_of_a_run_may_break_it(hurried: Connector) -> None:
    events = Events({str(number) for number in range(0, 400, 20)})
    run = write(hurried, events, 400)
    assert run.status == 0, run.log
    assert "delivered 380, rejected 20 (breaks_endpoint 20)" in run.log
    assert len(run.states) == 1


def test_more_than_twenty_are_a_fault_of_the_endpoint(hurried: Connector) -> None:
    events = Events({str(number) for number in range(0, 420, 20)})
    run = write(hurried, events, 420)
    assert run.status == 1
    assert run.error["failure_type"] == "transient_error"
    assert run.states == []


@pytest.mark.parametrize("passed", [0, 4, 150])
def test_an_outage_rejects_nothing(hurried: Connector, passed: int) -> None:
    run = write(hurried, Events((), lambda number: number > passed), 500)
    assert run.status == 1
    assert run.error["failure_type"] == "transient_error"
    assert "breaks_endpoint" not in run.log
    assert run.states == []


def test_in_a_very_small_sync_nobody_knows(hurried: Connector) -> None:
    run = write(hurried, Events({"2"}), 5)
    assert run.status == 1
    assert run.error["failure_type"] == "transient_error"
    assert run.states == []
