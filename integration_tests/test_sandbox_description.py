"""The sandbox answers what its description says: it is as strict, no stricter, and never breaks.

Schemathesis makes requests from the description, valid and invalid ones, and compares. What it does
with which check is in `schemathesis.toml`. It prints a summary: `pytest -s` shows it.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import ROOT
from integration_tests.test_sandbox_api import JANE, KEY, READ_ONLY_KEY, Api, contact

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")
DESCRIPTION: Final = ROOT / "inflection_sandbox" / "openapi.yaml"
DESCRIBED: Final[dict[str, Any]] = yaml.safe_load(DESCRIPTION.read_text("utf-8"))
METHODS: Final = ("get", "post", "patch", "delete")
OPERATIONS: Final = [
    (method.upper(), path)
    for path, item in DESCRIBED["paths"].items()
    for method in METHODS
    if method in item
]


@pytest.mark.timeout(400)  # half a minute, where nothing else runs
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    with running_sandbox(KEY) as sandbox:
        api = Api(sandbox)
        api.batch(contact())
        api.send(type="identify", userId="1", traits={"email": JANE})
        api.send(type="track", userId="1", event="Seen")
        run = subprocess.run(
            [
                *(str(SCHEMATHESIS), "--config-file", "integration_tests/schemathesis.toml"),
                *("run", str(DESCRIPTION), "--url", sandbox.url, "--no-color"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "SANDBOX_URL": sandbox.url,
                "SANDBOX_KEY": KEY,
                "SANDBOX_CONTACT": api.contact(JANE)["id"],
                "SANDBOX_ANSWERS": str(answers),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    print(run.stdout)  # noqa: T201 - to be looked at
    assert run.returncode == 0
    assert f"Tested: {len(OPERATIONS)}\n" in run.stdout
    taken = Counter(
        line[4:] for line in answers.read_text("utf-8").splitlines() if line.startswith("200 ")
    )
    assert set(taken) == {f"{method} {path}" for method, path in OPERATIONS}


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with running_sandbox(KEY, ["--read-only-key", READ_ONLY_KEY]) as sandbox:
        yield Api(sandbox)


def response(method: str, path: str, status: int) -> dict[str, Any] | None:
    """What is described, with its reference followed."""
    responses: dict[str, dict[str, Any]] = DESCRIBED["paths"][path][method.lower()]["responses"]
    found = responses.get(str(status))
    if found is not None and "$ref" in found:
        found = DESCRIBED["components"]["responses"][found["$ref"].rpartition("/")[2]]
    return found


def refusing(sandbox: Sandbox, status: int) -> Api:
    """A client whose requests are answered so."""
    match status:
        case 403:
            return Api(sandbox, READ_ONLY_KEY)
        case 415:
            return Api(sandbox, content_type="text/plain")
    return Api(sandbox)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        (method, path, status)
        for method, path in OPERATIONS
        for status in (403, 404, 415)
        if response(method, path, status) is not None
    ],
)
def test_what_schemathesis_does_not_reach_is_as_described(
    api: Api, method: str, path: str, status: int
) -> None:
    url = path.removeprefix("/v1").replace("{id}", "0").replace("{contactId}", "0")
    answer = refusing(api.sandbox, status).call(method, url, data=b"{}")
    assert answer.status_code == status
    described = response(method, path, status)
    assert described is not None
    if "content" not in described:
        assert answer.content == b""
        return
    schema = described["content"]["application/json"]["schema"]
    whole = {**schema, "components": DESCRIBED["components"]}
    Draft202012Validator(whole).validate(answer.json())
