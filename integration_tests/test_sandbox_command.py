"""How the command `inflection-sandbox` starts and ends."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import requests

from inflection_sandbox.client import running_sandbox
from integration_tests.conftest import KEY, TIMEOUT_SECONDS

COMMAND: Final = (sys.executable, "-m", "inflection_sandbox.run")
WITH_SIGINT: Final = (
    sys.executable,
    "-c",
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from inflection_sandbox.run import main; sys.exit(main())",
)
"""The command as a terminal starts it: a shell's job in the background ignores Ctrl-C."""


def test_ctrl_c_ends_it_without_a_traceback() -> None:
    with subprocess.Popen(
        [*WITH_SIGINT, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().rpartition(" ")[2].strip()
        assert requests.get(url, timeout=TIMEOUT_SECONDS).status_code == 200
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, complaints) == (0, "")


def refused(*options: str) -> str:
    """What the command says of options that it does not start with."""
    ended = subprocess.run(
        [*COMMAND, *options],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "99999", "9" * 5000, "²", "http"])
def test_a_port_that_is_not_one_is_a_usage_error(port: str) -> None:
    assert "must be a number from 0 to 65535" in refused(f"--port={port}")


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "nobody.invalid"])
def test_a_host_that_is_not_one_is_a_usage_error(host: str) -> None:
    assert f"Can't listen on {host}, port 0: " in refused("--port=0", f"--host={host}")


def test_a_second_sandbox_does_not_use_the_file_of_the_first(tmp_path: Path) -> None:
    file = str(tmp_path / "sandbox.db")
    with running_sandbox(KEY, ("--database", file)) as sandbox:
        problem = " ".join(refused("--port=0", "--database", file).split())
        assert f"The database {file} can't be opened: database is locked." in problem
        assert sandbox.stats()["calls"] == 0
    with running_sandbox(KEY, ("--database", file)) as sandbox:
        assert sandbox.stats()["calls"] == 0
