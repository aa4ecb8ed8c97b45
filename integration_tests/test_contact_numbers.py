"""Numbers of the Developer API route: what writes changed, and what a dry run counts."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import requests

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    catalog,
    person,
    record,
    state,
    stream,
)
from integration_tests.stored import files, folder

MEMBERS: Final = stream("members", "email")


def route(sandbox: Sandbox) -> dict[str, str]:
    return {"route": "developer_api", "base_url": sandbox.api_url}


def document_in(where: Path) -> Any:  # noqa: ANN401 - JSON
    found = files(where)
    (name,) = [name for name in found if name.endswith("report.json")]
    return json.loads(found[name])


def test_created_updated_and_no_change_are_counted_by_stream(
    connector: Connector, tmp_path: Path
) -> None:
    selected = catalog(PEOPLE, stream("leads", "email", "name"))
    with running_sandbox(KEY) as sandbox:
        first = connector.write(
            "", selected, [person(n) for n in range(20)], delivery=route(sandbox)
        )
        again = connector.write(
            "",
            selected,
            [
                *(person(n) for n in range(15)),
                *(record("people", id=n, email=f"p{n}@b.example", name="New") for n in (15, 16)),
                *(record("people", id=n, email=f"p{n}@b.example", name="Other") for n in (16, 16)),
                *(person(n) for n in range(20, 23)),
                record("people", id=99, name="Nobody"),
                record("leads", email="lead@b.example", name="Lead"),
                state("people", 1),
            ],
            delivery=route(sandbox),
            rejected_records=folder(tmp_path / "rejected"),
        )
        messages = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [person(1)])
    assert first.status == again.status == messages.status == 0
    assert "skipped 0; created 20, updated 0, no change 0." in first.log
    # Three rows of one person were merged: each counts with what the one write changed.
    assert (
        "Stream people: read 23, delivered 22, rejected 1 (missing_email 1), skipped 0; created 3, "
        "updated 4, no change 15." in again.log
    )
    assert (
        "Stream leads: read 1, delivered 1, rejected 0, skipped 0; created 1, updated 0, "
        "no change 0." in again.log
    )
    assert "skipped 0; created 4, updated 4, no change 15; unreadable lines 0;" in again.log
    report = document_in(tmp_path / "rejected")
    assert report["totals"]["changes"] == {"created": 4, "updated": 4, "no_change": 15}
    by_name = {each["stream"]: each["changes"] for each in report["streams"]}
    assert by_name["people"] == {"created": 3, "updated": 4, "no_change": 15}
    assert "created" not in messages.log


def test_members_of_a_list_are_neither_created_nor_updated(connector: Connector) -> None:
    with running_sandbox(KEY) as sandbox:
        delivery = route(sandbox)
        connector.write("", catalog(PEOPLE), [person(1)], delivery=delivery)
        made = requests.post(
            f"{sandbox.api_url}/v1/lists",
            json={"name": "VIP"},
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=TIMEOUT_SECONDS,
        )
        list_id = made.json()["data"]["id"]
        rules = [{"stream": "members", "call": "audience", "list_id": list_id}]
        lines = [record("members", email="p1@b.example")]
        run = connector.write("", catalog(MEMBERS), lines, delivery=delivery, streams=rules)
    assert run.status == 0
    assert "Stream members: read 1, delivered 1, rejected 0, skipped 0." in run.log


def test_progress_shows_open_transactions_and_how_old_the_oldest_is(connector: Connector) -> None:
    with running_sandbox(KEY, ("--settle-ms", "40000")) as sandbox:
        arguments = connector.write_arguments("", catalog(PEOPLE), delivery=route(sandbox))
        with connector.started(arguments, [person(1)]) as started:
            started.stdin.close()
            out = started.stdout.read().decode()
    found = re.search(r"Progress: read 1, .*, open transactions 1 \(the oldest for (\d+) s\)", out)
    assert found is not None
    assert int(found[1]) >= 1


def estimate_of(
    connector: Connector, sandbox: Sandbox, lines: Iterable[bytes | dict[str, Any]], **more: object
) -> str:
    """What a dry run says that a real one would send."""
    selected = catalog(PEOPLE, MEMBERS)
    dry = {"dry_run": True}
    run = connector.write("", selected, [*lines], advanced=dry, delivery=route(sandbox), **more)
    assert run.status == 0
    (said,) = re.findall(r"A real run would send (.*?):", run.log)
    return str(said)


def test_a_dry_run_counts_what_a_real_run_sends(connector: Connector) -> None:
    wide = [record("people", id=n, email=f"w{n}@b.example", name="x" * 20_000) for n in range(600)]
    lines = [*(person(n) for n in range(1200)), *wide]
    with running_sandbox(KEY) as sandbox:
        said = estimate_of(connector, sandbox, lines)
        assert not sandbox.stats()["batches"]
        run = connector.write("", catalog(PEOPLE), lines, delivery=route(sandbox))
        batches = sandbox.stats()["batches"]
        repeated = estimate_of(connector, sandbox, [person(n % 10) for n in range(3000)])
        list_id = [{"stream": "members", "call": "audience", "list_id": "L"}]
        members = [record("members", email=f"p{n % 30}@b.example") for n in range(300)]
        of_a_list = estimate_of(connector, sandbox, members, streams=list_id)
    assert run.status == 0
    assert said == f"{2 * batches} requests for 1800 different emails"
    assert batches > 3, "large contacts fill batches by their bytes"
    assert repeated == "2 requests for 10 different emails"
    assert of_a_list == "31 requests for 30 different emails"
