"""The numbered commands of docs/try-it.md, run as they stand, with a source that is canned."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import ROOT, TIMEOUT_SECONDS, closed_port, environment
from unit_tests.commands.test_init import TABLES, of_tables
from unit_tests.mapping.tables.test_own_tables import CASES

STEPS: Final = re.compile(r"^\d+\. .*?\n\n   ```\n   (.*?)\n   ```", re.MULTILINE | re.DOTALL)
ROWS: Final = 150
OWN: Final = [*CASES[:22], *TABLES[-2:]]
"""Tables as people have them."""

SOURCE: Final = """#!/bin/sh
# Stands in for `docker run ... IMAGE COMMAND ...`.
case " $* " in
  *" discover "*) cat {folder}/discovered ;;
  *" read "*) test -f mine/configured_catalog.json && cat {folder}/read ;;
  *) exit 1 ;;
esac
"""


def steps() -> list[str]:
    return STEPS.findall((ROOT / "docs" / "try-it.md").read_text("utf-8"))


def record(stream: str, columns: list[str], number: int) -> str:
    row = {column: value(column.lower(), number) for column in columns}
    inner = {"stream": stream, "data": row, "emitted_at": 1767225600000}
    return json.dumps({"type": "RECORD", "record": inner}, separators=(",", ":"))


def value(column: str, number: int) -> object:
    """What a column of this name may hold in a row."""
    if "mail" in column:
        return f"p{number}@b.example"
    if column.endswith(("_at", "date", "timestamp")):
        return f"2026-01-02T00:00:{number % 60:02}Z"
    if column.startswith("is_"):
        return number % 2 == 0
    return f"{number}"


def test_there_are_at_most_eight_steps() -> None:
    text = (ROOT / "docs" / "try-it.md").read_text("utf-8")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) <= 8
    assert len(steps()) == len(numbers) - 1, "the last one is a browser"


def test_own_rows_arrive_in_the_sandbox(tmp_path: Path) -> None:
    folder = tmp_path / "canned"
    folder.mkdir()
    log = {"type": "LOG", "log": {"level": "INFO", "message": "Looking"}}
    printed = f"{json.dumps(log)}\n{json.dumps(of_tables(OWN))}\n"
    (folder / "discovered").write_text(printed, "utf-8")
    lines = [
        record(case.name, case.columns.split(), number)
        for case in OWN
        for number in range(1, ROWS + 1)
    ]
    (folder / "read").write_text("\n".join(lines) + "\n", "utf-8")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(SOURCE.format(folder=folder), "utf-8")
    docker.chmod(0o755)
    with closed_port() as port:
        sandbox: subprocess.Popen[str] | None = None
        try:
            for step in steps()[1:]:
                command = step.replace(".venv/bin/", f"{Path(sys.executable).parent}/")
                if command.endswith("inflection-sandbox"):
                    sandbox = subprocess.Popen(
                        [command, "--port", f"{port}"], stdout=subprocess.PIPE, text=True
                    )
                    assert sandbox.stdout is not None
                    assert sandbox.stdout.readline().endswith(f":{port}\n")
                    continue
                ended = run(command, tmp_path, docker.parent)
                assert ended.returncode == 0, (step, ended.stderr, ended.stdout[-2000:])
                config = tmp_path / "mine" / "config.json"
                if config.exists():
                    config.write_text(
                        config.read_text("utf-8").replace("127.0.0.1:4000", f"127.0.0.1:{port}"),
                        "utf-8",
                    )
            stats = Sandbox(f"http://127.0.0.1:{port}").stats()
        finally:
            if sandbox is not None:
                sandbox.terminate()
                sandbox.communicate(timeout=TIMEOUT_SECONDS)
    sample = (tmp_path / "messages.jsonl").read_text("utf-8").splitlines()
    assert len(sample) == 100 * len(OWN)
    assert stats["people"] == stats["orgs"] == 100
    assert stats["activity"] > 500


def run(command: str, folder: Path, binaries: Path) -> "subprocess.CompletedProcess[str]":
    shell = environment()
    return subprocess.run(  # noqa: S602 - as a user pastes it
        command,
        shell=True,
        cwd=folder,
        env={**shell, "PATH": f"{binaries}{os.pathsep}{shell['PATH']}"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
