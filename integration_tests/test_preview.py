"""`preview` through the real executable: what a person sees, and what a machine reads."""

import json
import subprocess
from typing import Any

from integration_tests.conftest import (
    CONNECTOR,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    config,
    environment,
    person,
    record,
    stream,
)

LINES: list[bytes | dict[str, Any]] = [
    *(person(number) for number in range(5)),
    *(record("people", id=9), b"garbage", record("nobody", id=1)),
]


def run(
    connector: Connector,
    selected: object,
    /,
    *options: str,
    lines: list[bytes | dict[str, Any]] = LINES,
    **changes: object,
) -> "subprocess.CompletedProcess[str]":
    document = config("https://unreachable.example/x", **changes)
    return subprocess.run(
        [
            str(CONNECTOR),
            "preview",
            *("--config", connector.file("config.json", document)),
            *("--catalog", connector.file("catalog.json", selected)),
            *options,
        ],
        input=as_input(lines).decode(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env=environment(),
    )


def test_a_row_that_needs_a_known_contact_is_marked(connector: Connector) -> None:
    arguments: dict[str, Any] = {
        "lines": [record("vip", email="a@b.c", gone=True), record("vip", email="d@b.c", gone=None)],
        "delivery": {"route": "developer_api"},
        "streams": [
            {"stream": "vip", "call": "audience", "audience": "V", "deleted_column": "gone"}
        ],
    }
    vip = catalog(stream("vip", "email", "gone"))
    shown = run(connector, vip, **arguments).stdout
    assert shown.count("(only if Inflection has this contact)") == 1
    (found,) = json.loads(run(connector, vip, "--json", **arguments).stdout)["streams"]
    assert ["note" in result for (result,) in found["records"]] == [True, False]


def test_a_person_sees_the_plan_the_first_records_and_the_counts(connector: Connector) -> None:
    done = run(connector, catalog(PEOPLE), "--limit", "2")
    assert done.returncode == 0
    assert "-> identify (recognised: people)" in done.stdout
    assert "traits.name                  from name" in done.stdout
    assert '"traits":{"name":"Name 1","email":"p1@b.example"}' in done.stdout
    assert "Name 2" not in done.stdout
    assert "6 records, 5 sent, 1 rejected, 0 skipped (missing_email 1)" in done.stdout
    assert "Lines that could not be read: 1 " in done.stdout
    assert "unknown_stream" in done.stdout


def test_a_machine_reads_json(connector: Connector) -> None:
    done = run(connector, catalog(PEOPLE), "--json", "--limit", "6")
    document: dict[str, Any] = json.loads(done.stdout)
    people, nobody = document["streams"]
    assert people["plan"][0]["feeds"]["userId"] == "id"
    assert people["records"][0][0]["sent"]["userId"] == "0"
    assert people["records"][5][0]["rejected"] == "missing_email"
    assert people["counts"]["sent"] == 5
    assert nobody["counts"]["reasons"] == {"unknown_stream": 1}
    assert document["unreadable_lines"] == 1


def test_a_stream_that_cannot_be_mapped_ends_it_with_1(connector: Connector) -> None:
    done = run(connector, catalog(PEOPLE, stream("products", "id", "price")))
    assert done.returncode == 1
    assert "CAN'T BE MAPPED" in done.stdout
    assert "-> identify" in done.stdout


def test_a_file_that_cannot_be_read_is_one_sentence(connector: Connector) -> None:
    done = run(connector, "{not json")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "catalog" in done.stderr


def test_the_first_reject_of_each_reason_is_shown_and_skips_are_counted(
    connector: Connector,
) -> None:
    rows: list[dict[str, Any]] = [{"id": n, "email": f"p{n}@lumen.example"} for n in range(1, 6)]
    rows += [{"id": 6, "email": None}, {"id": "guest", "email": "a@b.example"}]
    rows += [{"id": 7, "email": None}, {"id": 8, "email": "a@b.example", "_fivetran_deleted": True}]
    done = run(
        connector,
        catalog(stream("people", "id", "email", "_fivetran_deleted")),
        *("--json", "--limit", "2"),
        lines=[record("people", **row) for row in rows],
    )
    shown = json.loads(done.stdout)
    (people,) = shown["streams"]
    assert [next(iter(result)) for (result,) in people["records"]] == [
        *("sent", "sent", "rejected", "rejected")
    ]
    assert people["counts"] == {
        "records": 9,
        "sent": 5,
        "rejected": 3,
        "skipped": 1,
        "reasons": {"missing_email": 2, "invalid_id": 1, "deleted_in_source": 1},
    }


def test_an_option_that_nobody_knows_is_told_and_is_not_a_success(connector: Connector) -> None:
    result = run(connector, catalog(PEOPLE), lines=[], rules=[])
    assert result.returncode == 1
    assert "Warning: The option rules is not known" in result.stdout
    assert "the nearest is streams" in result.stdout


def test_a_catalog_as_discover_prints_it_is_enough(connector: Connector) -> None:
    stream = {
        "name": "logins",
        "json_schema": {"properties": {"user_id": {}, "created_at": {}}},
        "supported_sync_modes": ["full_refresh"],
    }
    log = {"type": "LOG", "log": {"level": "INFO", "message": "Discovering"}}
    found = {"type": "CATALOG", "catalog": {"streams": [stream]}}
    result = run(connector, f"{json.dumps(log)}\n{json.dumps(found)}\n", lines=[])
    assert result.returncode == 1
    assert '{"stream":"logins","call":"track","event":"Login"' in result.stdout


def test_a_preview_skips_and_rejects_what_cant_be_read_as_a_sync_does(
    connector: Connector,
) -> None:
    head = b'{"type":"RECORD","record":{"data":%s,"stream":"'
    deep = head % (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    bad = [deep, head % b"[1]"]
    lines: list[bytes | dict[str, Any]] = [
        each + name + b'"}}' for each in bad for name in (b"people", b"pages", b"strange")
    ]
    selected = catalog(PEOPLE, stream("pages", "id"))
    wanted = {"column": "name", "test": "equals", "value": "Ada"}
    rules = [
        {"stream": "people", "call": "identify", "only_if": wanted},
        {"stream": "pages", "call": "skip"},
    ]
    shown = json.loads(run(connector, selected, "--json", lines=lines, streams=rules).stdout)
    ends = {each["stream"]: each["counts"]["reasons"] for each in shown["streams"]}
    rejected = {"too_deep": 1, "not_an_object": 1}
    assert ends == {"people": rejected, "pages": {"skipped_by_rule": 2}, "strange": rejected}
