"""Order through the real executable: what is said of one org leaves in the order it was read."""

from collections import defaultdict
from typing import Any

from inflection_sandbox.client import running_sandbox
from integration_tests.conftest import KEY, Connector, catalog, record, state, stream

MEMBERSHIPS = stream("memberships", "user_id", "org_id", "org_plan")
FAST = {"connections": 16, "max_requests_per_second": 100_000, "request_timeout_seconds": 1}


def member(number: int, orgs: int) -> dict[str, Any]:
    """A row of a person of their own; its plan says which row it is."""
    return record("memberships", user_id=number, org_id=f"o{number % orgs}", org_plan=f"p{number}")


def test_of_the_rows_of_one_orgs_members_the_newest_wins_whatever_goes_wrong(
    connector: Connector,
) -> None:
    orgs, rows = 20, 1_000
    lines = [*(member(number, orgs) for number in range(rows)), state("memberships", 1)]
    faults = ["--fail", "429:0.02,500:0.02,reset:0.02", "--latency-ms", "2", "--seed", "7"]
    with running_sandbox(KEY, faults) as sandbox:
        run = connector.write(sandbox.endpoint_url, catalog(MEMBERSHIPS), lines, advanced=FAST)
        calls = [call for call in sandbox.read("calls") if not call["repeat"]]
    assert run.status == 0, run.log
    arrived: dict[str, list[str]] = defaultdict(list)
    for call in calls:
        arrived[call["message"]["groupId"]].append(call["message"]["traits"]["plan"])
    assert arrived == {f"o{n}": [f"p{m}" for m in range(n, rows, orgs)] for n in range(orgs)}
