"""The core without Airbyte: a front of Python dicts, for both routes, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import KEY, ROOT, TIMEOUT_SECONDS

FRONT = Path(__file__).with_name("dict_front.py")


@pytest.mark.parametrize("route", ["event_endpoint", "developer_api"])
def test_dicts_go_in_and_counts_and_rejects_come_back(sandbox: Sandbox, route: str) -> None:
    rows = [{"id": n, "email": f"p{n}@b.example"} for n in range(5)] + [{"id": 9}]
    url = sandbox.api_url if route == "developer_api" else sandbox.endpoint_url
    done = subprocess.run(
        [sys.executable, str(FRONT), route, url, KEY],
        input=json.dumps(rows).encode(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
        cwd=ROOT,
    )
    counts, rejects, modules = json.loads(done.stdout)
    assert counts == {"people": [5, 1]}
    assert rejects == [["missing_email", {"id": 9}]]
    assert not [name for name in modules if name.startswith("destination_inflection.airbyte")]
    assert not [name for name in modules if name.startswith("destination_inflection.commands")]
    assert sandbox.stats()["people"] == 5


def test_the_front_is_small() -> None:
    assert len(FRONT.read_text("utf-8").splitlines()) <= 60
