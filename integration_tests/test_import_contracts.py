"""Each import contract of `pyproject.toml` is broken once, in a copy of the code."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
CONTRACTS: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "importlinter"
]["contracts"]
NO_BYTECODE: Final = shutil.ignore_patterns("__pycache__")  # another process may be renaming it
CORE: Final = "destination_inflection"
FORBIDDEN: Final = {
    "layers": (f"{CORE}.sync", f"{CORE}.airbyte.messages"),
    "mapping-and-delivery": (f"{CORE}.mapping", f"{CORE}.delivery.seam"),
    "outcomes": (f"{CORE}.delivery", f"{CORE}.errors"),
    "seam": (f"{CORE}.sync", f"{CORE}.delivery.routes"),
    "reasons": (f"{CORE}.rejects", f"{CORE}.mapping.plan"),
    "front": (f"{CORE}.airbyte", f"{CORE}.storage.store"),
    "form": (f"{CORE}.config", f"{CORE}.sync.plans"),
    "cdk": (f"{CORE}.commands", "airbyte_cdk"),
    "io": (f"{CORE}.mapping", "os"),
    "network": (f"{CORE}.sync", "requests"),
    "threads": (f"{CORE}.delivery", "threading"),
    "sandbox": (f"{CORE}.commands", "inflection_sandbox.run"),
    "independent-sandbox": ("inflection_sandbox", f"{CORE}.version"),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy that holds every forbidden import."""
    copy = tmp_path_factory.mktemp("copy")
    for package in (CORE, "inflection_sandbox", "container", "simulation", "grading"):
        shutil.copytree(ROOT / package, copy / package, ignore=NO_BYTECODE)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for importer, imported in FORBIDDEN.values():
        with (copy / importer.replace(".", "/") / "__init__.py").open("a") as file:
            file.write(f"import {imported}\n")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("contract", CONTRACTS, ids=[each["id"] for each in CONTRACTS])
def test_a_forbidden_import_breaks_the_contract(contract: dict[str, str], findings: str) -> None:
    importer, imported = FORBIDDEN[contract["id"]]
    name = contract["name"]
    section = findings.split(f"{name}\n{'-' * len(name)}\n")[1].split("\n---", maxsplit=1)[0]
    assert f"{importer} -> {imported} (l." in section
