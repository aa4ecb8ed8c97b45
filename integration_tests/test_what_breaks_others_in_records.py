"""What is reported of other senders, made again: records and their values.

Each test names the public threads that report the failure; AB is airbytehq/airbyte on GitHub. The
table in docs/reliability.md has all of them, with the tests that stand elsewhere.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import pytest

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.both_routes import both_routes, delivery, into, on_each_route
from integration_tests.conftest import (
    KEY,
    PEOPLE,
    Connector,
    catalog,
    person,
    record,
    state,
    stream,
)
from integration_tests.raw_server import Received, reply
from integration_tests.stored import entries, files, folder


def known_of(sandbox: Sandbox) -> dict[str, Any]:
    """All that is known of the only person."""
    (found,) = sandbox.read("people")
    return {**found["traits"], **found["properties"]}


# Records


@on_each_route
@pytest.mark.parametrize("mode", ["append", "append_dedup", "overwrite"])
def test_in_every_mode_whatever_is_rejected_is_stored(
    connector: Connector, route: str, mode: str
) -> None:
    """bruin-data/ingestr PR 1203; PostHog PR 100792; jitsucom/jitsu 1023, 1091."""
    store = connector.folder / "rejects"
    people = {**PEOPLE, "destination_sync_mode": mode}
    lines = [person(1), record("people", id=2), person(3), state("people", 1)]
    with running_sandbox(KEY, ["--refuse", "email=p3@*"]) as sandbox:
        run = connector.write(
            "",
            catalog(people),
            lines,
            delivery=into(sandbox, route),
            rejected_records=folder(store),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 2.0}
    stored = {entry["record"]["id"]: entry["reason"] for entry in entries(files(store))}
    assert stored == {2: "missing_email", 3: "refused"}


@on_each_route
def test_a_record_that_is_too_large_costs_itself_and_is_not_shown(
    either_connector: Connector, route: str
) -> None:
    """AB 3439; langfuse/langfuse 1631; segmentio/analytics-python PR 204."""
    store = either_connector.folder / "rejects"
    large = record("people", id=9, email="p9@b.example", name="walrus " * 5000)

    def spoil(request: Received) -> Sequence[bytes] | None:
        return [reply(413)] if b"walrus" in request.body else None

    with both_routes(spoil) as (api, server):
        run = either_connector.write(
            "",
            catalog(PEOPLE),
            [*(person(n) for n in range(8)), large, state("people", 1)],
            delivery=delivery(route, server.origin),
            rejected_records=folder(store),
        )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 8.0, "rejectedRecordCount": 1.0}
    assert len(api.taken) == 8
    assert "walrus" not in run.stdout + run.stderr
    (entry,) = entries(files(store))
    assert entry["record"]["name"].startswith("walrus ")
    asked = [write for write in api.writes if b"walrus" in write.body]
    assert len(asked) <= {"event_endpoint": 0, "developer_api": 5}[route], "9 halved to one"


BLANK: Final = {"nothing": None, "empty": "", "blanks": "  "}


@on_each_route
@pytest.mark.parametrize("blank", BLANK.values(), ids=BLANK)
def test_a_row_with_a_blank_key_is_a_reject_that_is_counted_and_kept(
    connector: Connector, sandbox: Sandbox, route: str, blank: str | None
) -> None:
    """Multiwoven, by its code: such a row is dropped with a line in the log."""
    store = connector.folder / "rejects"
    row = record("people", id=5, email=blank, name="N")
    run = connector.write(
        "",
        catalog(PEOPLE),
        [person(1), row, state("people", 1)],
        delivery=into(sandbox, route),
        rejected_records=folder(store),
    )
    assert run.status == 0
    assert run.states[0]["destinationStats"] == {"recordCount": 1.0, "rejectedRecordCount": 1.0}
    (entry,) = entries(files(store))
    assert (entry["reason"], entry["record"]) == ("missing_email", row["record"]["data"])


WIDE: Final = {
    "10,000 keys": {f"key_{n}": n for n in range(10_000)},
    "900 levels": json.loads('{"deep":' * 900 + "1" + "}" * 900),
}


@on_each_route
@pytest.mark.parametrize("more", WIDE.values(), ids=WIDE)
def test_a_wide_or_deep_row_costs_itself_at_most(
    connector: Connector, sandbox: Sandbox, route: str, more: dict[str, Any]
) -> None:
    """AB 32825."""
    rows = [person(1), record("people", id=2, email="p2@b.example", **more), person(3)]
    run = connector.write(
        "", catalog(PEOPLE), [*rows, state("people", 1)], delivery=into(sandbox, route)
    )
    assert run.status == 0
    counts = run.states[0]["destinationStats"]
    assert counts["recordCount"] + counts["rejectedRecordCount"] == 3.0
    arrived = {each["email"] for each in sandbox.read("people")}
    assert len(arrived) == counts["recordCount"]
    assert {"p1@b.example", "p3@b.example"} <= arrived


# Values

NOBODY: Final = [None, "", "null", "NULL", "undefined", "[object Object]", "NaN", {"a": 1}, True]


def test_ids_that_name_nobody_merge_nobody_and_0_is_somebody(
    connector: Connector, sandbox: Sandbox
) -> None:
    """segmentio/analytics-python 208; PostHog/posthog 12008, 876."""
    ids: list[object] = [0, *NOBODY]
    rows = [
        record("people", id=given, email=f"p{number}@b.example", name="N")
        for number, given in enumerate(ids)
    ]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), [*rows, state("people", 1)])
    assert run.status == 0
    people = [(each["email"], each["user_ids"]) for each in sandbox.read("people")]
    assert people == [("p0@b.example", ["0"])]
    assert run.states[0]["destinationStats"]["rejectedRecordCount"] == len(NOBODY)


@pytest.mark.parametrize("email", ["null", "undefined", "[object Object]", "null@null", 0])
def test_emails_that_name_nobody_merge_nobody(
    connector: Connector, sandbox: Sandbox, email: object
) -> None:
    """The same threads, where a person is known by the email."""
    row = record("people", id=1, email=email, name="N")
    run = connector.write(
        "", catalog(PEOPLE), [person(7), row], delivery=into(sandbox, "developer_api")
    )
    assert run.status == 0
    assert [each["email"] for each in sandbox.read("people")] == ["p7@b.example"]


VALUES: Final = {
    "apostrophe": ("it's O'Brien''s \"'\"", "it's O'Brien''s \"'\""),
    "beyond_2_53": (9007199254740993, 9007199254740993),
    "largest": (18446744073709551615, 18446744073709551615),
    "beyond_64_bits": (18446744073709551617, "18446744073709551617"),
    "id_of_30_digits": (123456789012345678901234567890, "123456789012345678901234567890"),
    "cents": (1.1, 1.1),
    "zero": (0, 0),
    "no": (False, False),
    "empty": ("", ""),
}


@on_each_route
def test_values_arrive_as_they_were_and_null_does_not_arrive(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    """AB 12057; looker-open-source/actions PR 480; rudderlabs/rudder-transformer 5172; Multiwoven.

    Multiwoven doubles apostrophes, by its code.
    """
    nested = {"a": None, "b": {"c": None, "d": 1}}
    given = {name: value for name, (value, _) in VALUES.items()}
    row = record("people", id=1, email="p1@b.example", gone=None, nested=nested, **given)
    columns = ("id", "email", "gone", "nested", *VALUES)
    run = connector.write(
        "", catalog(stream("people", *columns)), [row], delivery=into(sandbox, route)
    )
    assert run.status == 0
    known = known_of(sandbox)
    assert {name: known.get(name) for name in VALUES} == {
        n: sent for n, (_, sent) in VALUES.items()
    }
    assert "gone" not in known
    inside = known["nested"] if route == "event_endpoint" else json.loads(known["nested"])
    assert inside == {"b": {"d": 1}}


@on_each_route
def test_a_time_in_the_future_freezes_nothing(
    connector: Connector, sandbox: Sandbox, route: str
) -> None:
    """Braze's page on cloud data ingestion, GA4's on conversions: cursors that never move again."""
    people = stream("people", "id", "email", "plan", "updated_at", cursor_field=["updated_at"])

    def row(number: int, plan: str, time: str) -> dict[str, Any]:
        return record("people", id=number, email=f"p{number}@b.example", plan=plan, updated_at=time)

    syncs = [
        [row(1, "old", "2099-01-01T00:00:00Z"), row(2, "old", "2026-01-01T00:00:00Z")],
        [row(1, "new", "2026-01-02T00:00:00Z"), row(2, "new", "2026-01-01T00:00:00Z")],
    ]
    for rows in syncs:
        run = connector.write(
            "", catalog(people), [*rows, state("people", 1)], delivery=into(sandbox, route)
        )
        assert run.states[0]["destinationStats"]["recordCount"] == 2.0
    plans = [{**each["traits"], **each["properties"]}["plan"] for each in sandbox.read("people")]
    assert plans == ["new", "new"]
