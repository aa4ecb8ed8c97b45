"""`send` through the real executable: both routes, both transports, with and without a terminal."""

import fcntl
import os
import pty
import subprocess
import termios
from pathlib import Path

import pytest

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    CONNECTOR,
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    config,
    environment,
    person,
    scripted_server,
    state,
)

LINES = as_input([person(1), person(2), state("people", 2), b"not JSON"])


def arguments(connector: Connector, url: str, **changes: object) -> list[str]:
    return [
        *("send", "--stream", "people"),
        *("--config", connector.file("config.json", config(url, **changes))),
        *("--catalog", connector.file("catalog.json", catalog(PEOPLE))),
    ]


def run(
    connector: Connector, *given: str, stdin: bytes = LINES
) -> "subprocess.CompletedProcess[bytes]":
    """Without a terminal."""
    return subprocess.run(
        [*connector.command, *given],
        input=stdin,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
        env=environment(),
        start_new_session=True,
    )


def assert_no_key(*texts: bytes) -> None:
    assert KEY.encode() not in b"".join(texts)


def test_one_record_goes_to_the_event_endpoint(
    either_connector: Connector, sandbox: Sandbox
) -> None:
    """A dry run's configuration sends all the same; no state, and no reject is stored."""
    rejects = either_connector.folder / "rejects"
    given = arguments(
        either_connector,
        sandbox.endpoint_url,
        advanced={"dry_run": True},
        rejected_records={"store": "folder", "path": str(rejects)},
    )
    ended = run(either_connector, *given, "--yes")
    assert ended.returncode == 0, ended.stderr
    assert [p["email"] for p in sandbox.read("people")] == ["p1@b.example"]
    out = ended.stdout.decode()
    assert out.startswith(f"POST {sandbox.url}/v1/events/identify\n")
    assert '"userId":"1"' in out
    assert out.endswith("-> HTTP 200\n{}\n\nDelivered.\n")
    assert "STATE" not in out
    assert not rejects.exists()
    assert f"open {sandbox.url} in a browser" in ended.stderr.decode()
    assert_no_key(ended.stdout, ended.stderr)


def test_contacts_go_to_the_developer_api_and_are_waited_for(
    either_connector: Connector, sandbox: Sandbox
) -> None:
    delivery = {"route": "developer_api", "base_url": sandbox.api_url}
    given = arguments(either_connector, "", delivery=delivery)
    ended = run(either_connector, *given, "--limit", "2", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert len(sandbox.read("people")) == 2
    assert ended.stdout.decode().endswith("Delivered: created.\n")
    assert_no_key(ended.stdout, ended.stderr)


def test_an_answer_that_repeats_the_key_is_masked(connector: Connector) -> None:
    def answer(_number: int, _body: bytes) -> tuple[int, dict[str, str], bytes]:
        return 400, {"Content-Type": "application/json"}, f"no {KEY} no".encode()

    with scripted_server(answer) as server:
        ended = run(connector, *arguments(connector, server.url), "--yes")
    assert ended.returncode == 1
    assert b"-> HTTP 400" in ended.stdout
    assert b"Refused: " in ended.stdout
    assert_no_key(ended.stdout, ended.stderr)


def test_without_a_terminal_yes_has_to_be_given(connector: Connector, sandbox: Sandbox) -> None:
    ended = run(connector, *arguments(connector, sandbox.endpoint_url))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"pass --yes" in ended.stderr
    assert sandbox.stats()["calls"] == 0


@pytest.mark.parametrize(("said", "status", "calls"), [("y", 0, 1), ("n", 1, 0), ("", 1, 0)])
def test_it_asks_at_the_terminal(
    connector: Connector, sandbox: Sandbox, said: str, status: int, calls: int
) -> None:
    """Standard input and output are pipes; the question goes to the terminal."""
    given = arguments(connector, sandbox.endpoint_url)
    messages = Path(connector.file("messages.jsonl", LINES.decode()))
    terminal, inside = pty.openpty()
    with (
        messages.open("rb") as source,
        subprocess.Popen(
            [str(CONNECTOR), *given],
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(inside, termios.TIOCSCTTY),  # noqa: PLW1509 - no threads
        ) as process,
    ):
        asked = b""
        while b"[y/N]" not in asked:
            asked += os.read(terminal, 1000)
        os.write(terminal, f"{said}\n".encode())
        ended = process.wait(TIMEOUT_SECONDS)
    os.close(inside)
    os.close(terminal)
    assert b"Send 1 record of people (1 call) to http://127.0.0.1" in asked
    assert ended == status
    assert sandbox.stats()["calls"] == calls


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_a_limit_below_one_is_not_understood(connector: Connector, limit: str) -> None:
    ended = run(connector, *arguments(connector, "http://127.0.0.1:9/x"), "--limit", limit)
    assert ended.returncode == 2
