"""SIGTERM and Ctrl-C end a sync within 12 seconds, whatever hangs, and what is not stored waits."""

import fcntl
import json
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from destination_inflection.rejects.parts import COLLECTED
from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    environment,
    person,
    read_until,
    record,
    state,
    stream,
    wait_until,
)
from integration_tests.raw_server import RawServer, Received, raw_server, reply
from integration_tests.stored import BAD, S3_KEY, S3_SECRET, SELECTED

PIPE_BYTES: Final = 1 << 16
MOST_SECONDS: Final = 20.0
"""Twelve are promised; the machine may be busy."""
DENIED: Final = b"<Error><Code>AccessDenied</Code></Error>"
NOT_IN_TIME: Final = "The store did not answer in the time left before the process has to end."


class Stalling:
    """A store of S3's kind that does not answer requests for a path that has one of the words."""

    def __init__(self, server: RawServer) -> None:
        self._server = server

    @property
    def options(self) -> dict[str, object]:
        return {
            "store": "s3",
            "bucket": "rejects",
            "endpoint_url": self._server.origin,
            "access_key_id": S3_KEY,
            "secret_access_key": S3_SECRET,
        }

    def wait_for(self, word: str) -> None:
        wait_until(lambda: any(word in request.path for request in self._server.received))


@contextmanager
def stalling_store(*words: str, seconds: float = TIMEOUT_SECONDS) -> Iterator[Stalling]:
    """It takes so many seconds, or as long as the block lasts."""
    over = threading.Event()

    def answer(request: Received) -> Iterator[bytes]:
        if any(word in request.path for word in words):
            over.wait(seconds)
        yield reply(204 if request.method == "DELETE" else 200)

    with raw_server(answer) as server:
        try:
            yield Stalling(server)
        finally:
            over.set()


@contextmanager
def running(
    connector: Connector, arguments: Sequence[str], lines: Sequence[Any], *, is_ended: bool
) -> Iterator["subprocess.Popen[bytes]"]:
    """A write whose output nobody reads as long as the block lasts."""
    command = [*connector.command, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment()
    ) as process:
        guard = threading.Timer(TIMEOUT_SECONDS, process.kill)
        guard.start()
        assert process.stdin is not None
        feeder = threading.Thread(target=feed, args=(process, as_input(lines), is_ended))
        feeder.start()
        yield process
        process.kill()
        feeder.join()
        guard.cancel()


def feed(process: "subprocess.Popen[bytes]", content: bytes, is_ended: bool) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(content)
        process.stdin.flush()
        if is_ended:
            process.stdin.close()
    except BrokenPipeError:
        return


def end(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> float:
    """Sends the signal; returns how many seconds the process took to end."""
    began = time.monotonic()
    process.send_signal(number)
    process.wait(TIMEOUT_SECONDS)
    return time.monotonic() - began


def output(process: "subprocess.Popen[bytes]") -> list[dict[str, Any]]:
    assert process.stdout is not None
    return [json.loads(line) for line in process.stdout.read().splitlines()]


def ended_in_time(
    process: "subprocess.Popen[bytes]", store: Stalling, word: str
) -> list[dict[str, Any]]:
    """What it has written, when it is ended while it waits for a file of the store."""
    store.wait_for(word)
    seconds = end(process)
    assert (process.returncode, seconds < MOST_SECONDS) == (143, True), seconds
    return output(process)


def states_in(messages: Sequence[dict[str, Any]]) -> list[int]:
    return [m["state"]["id"] for m in messages if m["type"] == "STATE"]


@pytest.mark.parametrize("is_ended", [False, True], ids=["while reading", "in finish"])
def test_a_store_that_stalls_holds_its_states_and_not_the_process(
    connector: Connector, sandbox: Sandbox, is_ended: bool
) -> None:
    # So many bytes are stored at once, and not only when they have waited for a minute.
    wide = record("people", id=7, email=None, name="N" * (COLLECTED.bytes - 1000))
    bad = BAD if is_ended else wide
    lines = [person(1), state("people", 1), bad, state("people", 2)]
    with stalling_store(".jsonl.gz", "catalog.json") as store:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=store.options
        )
        with running(connector, arguments, lines, is_ended=is_ended) as process:
            messages = ended_in_time(process, store, "catalog.json")
    assert 2 not in states_in(messages)
    log = log_of(messages)
    assert any(NOT_IN_TIME in line for line in log)
    assert any(line.startswith("Total: read 2, delivered 1, ") for line in log)


def log_of(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [m["log"]["message"] for m in messages if m["type"] == "LOG"]


def test_a_report_that_cant_be_stored_holds_nothing_up(
    connector: Connector, sandbox: Sandbox
) -> None:
    with stalling_store("report.json") as store:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=store.options
        )
        lines = [person(1), BAD, state("people", 1)]
        with running(connector, arguments, lines, is_ended=True) as process:
            messages = ended_in_time(process, store, "report.json")
    assert states_in(messages) == [1]
    assert f"The report could not be stored. {NOT_IN_TIME}" in log_of(messages)


def test_a_request_that_hangs_holds_only_the_states_of_its_own_stream(
    connector: Connector,
) -> None:
    over = threading.Event()

    def answer(request: Received) -> Iterator[bytes]:
        if b"hangs@" in request.body:
            over.wait(TIMEOUT_SECONDS)
        yield reply(200)

    events = stream("events", "id", "user_id", "email", "event", "timestamp")
    of_people = [person(1), BAD, state("people", 1)]
    hangs = record("leads", id=1, email="hangs@b.example")
    lines = [*of_people, hangs, state("leads", 2)]
    lines += [record("events", id=1), state("events", 3)]
    selected = catalog(SELECTED, stream("leads", "id", "email"), events)
    # Three files before the state of people: the catalog, and a part of each stream.
    with raw_server(answer) as server, stalling_store(".gz", "catalog.json", seconds=0.6) as store:
        arguments = connector.write_arguments(
            server.origin, selected, rejected_records=store.options
        )
        with running(connector, arguments, lines, is_ended=False) as process:
            wait_until(lambda: any(b"hangs@" in each.body for each in server.received))
            wait_until(lambda: any(b"p1@" in each.body for each in server.received))
            time.sleep(1)  # until the answer of the one that does not hang was booked
            seconds = end(process)
            messages = output(process)
        over.set()
    assert (process.returncode, seconds < MOST_SECONDS) == (143, True), seconds
    assert states_in(messages) == [1]


def test_a_store_that_fails_is_reported_in_its_own_words(
    connector: Connector, sandbox: Sandbox
) -> None:
    def answer(request: Received) -> Iterator[bytes]:
        if ".json" in request.path:
            yield reply(403, DENIED)
        else:
            yield reply(204 if request.method == "DELETE" else 200)

    with raw_server(answer) as server:
        run = connector.write(
            sandbox.endpoint_url,
            catalog(SELECTED),
            [person(1), BAD, state("people", 1)],
            rejected_records=Stalling(server).options,
        )
        asked = [each.path for each in server.received if ".json" in each.path]
    assert (run.status, run.states) == (1, [])
    assert "AccessDenied" in run.error["message"]
    (told,) = [line for line in log_of(run.messages) if "The report could not be stored." in line]
    assert "AccessDenied" in told
    assert len(asked) == 1, "a store that failed is not asked again"


def test_a_store_that_stalls_at_the_start_is_not_waited_for(
    connector: Connector, sandbox: Sandbox
) -> None:
    with stalling_store("check") as store:
        arguments = connector.write_arguments(
            sandbox.endpoint_url, catalog(SELECTED), rejected_records=store.options
        )
        with running(connector, arguments, [person(1)], is_ended=False) as process:
            ended_in_time(process, store, "check")
    assert sandbox.stats()["calls"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_output_that_nobody_reads_does_not_hold_the_process(
    connector: Connector, sandbox: Sandbox, number: signal.Signals
) -> None:
    wide = "x" * 4000
    lines = [person(1), *(state("people", n, more=wide) for n in range(100))]
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
    with running(connector, arguments, lines, is_ended=False) as process:
        wait_until(lambda: waiting(process) > PIPE_BYTES // 2)
        time.sleep(1)  # until the rest of the pipe is full too
        seconds = end(process, number)
    assert (process.returncode, seconds < MOST_SECONDS) == (128 + number, True), seconds


def waiting(process: "subprocess.Popen[bytes]") -> int:
    """How many bytes of its output nobody has read."""
    assert process.stdout is not None
    found = fcntl.ioctl(process.stdout.fileno(), termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(found, sys.byteorder)


def test_ctrl_c_ends_without_a_traceback(connector: Connector, sandbox: Sandbox) -> None:
    arguments = connector.write_arguments(sandbox.endpoint_url, catalog(PEOPLE))
    with running(connector, arguments, [person(1), state("people", 1)], is_ended=False) as process:
        wait_until(lambda: bool(sandbox.stats()["calls"]))
        seconds = end(process, signal.SIGINT)
        messages = output(process)
        assert process.stderr is not None
        said = process.stderr.read()
    assert (process.returncode, seconds < MOST_SECONDS) == (130, True), seconds
    assert states_in(messages) == [1]
    assert said == b""


def test_ctrl_c_pressed_twice_waits_for_nothing(connector: Connector) -> None:
    over = threading.Event()

    def answer(_request: Received) -> Iterator[bytes]:
        over.wait(TIMEOUT_SECONDS)
        yield reply(200)

    with raw_server(answer) as server:
        arguments = connector.write_arguments(server.origin, catalog(PEOPLE))
        with running(connector, arguments, [person(1)], is_ended=False) as process:
            wait_until(lambda: bool(server.received))
            process.send_signal(signal.SIGINT)
            assert process.stdout is not None
            read_until(process.stdout, b"SIGINT received")
            began = time.monotonic()
            while process.poll() is None:  # two that come at once are heard as one
                process.send_signal(signal.SIGINT)
                time.sleep(0.1)
            seconds = time.monotonic() - began
        over.set()
    assert (process.returncode, seconds < 5) == (130, True), seconds


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("module", ["argparse", "orjson", "jsonschema"])
def test_a_signal_that_comes_while_modules_are_imported_ends_the_process_at_once(
    connector: Connector, tmp_path: Path, module: str, number: signal.Signals
) -> None:
    sends = f"import os, signal, time\nos.kill(os.getpid(), {int(number)})\ntime.sleep(60)\n"
    (tmp_path / f"{module}.py").write_text(sends)
    run = subprocess.run(
        [*connector.command, "spec"],
        capture_output=True,
        env={**environment(), "PYTHONPATH": str(tmp_path)},
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (128 + number, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_check_ends_at_once(connector: Connector, number: signal.Signals) -> None:
    over = threading.Event()

    def answer(_request: Received) -> Iterator[bytes]:
        over.wait(TIMEOUT_SECONDS)
        yield reply(200)

    with raw_server(answer) as server:
        delivery = {"route": "developer_api", "base_url": server.origin}
        settings = {"api_key": "k-123456", "delivery": delivery}
        arguments = ["check", "--config", connector.file("config.json", settings)]
        with running(connector, arguments, [], is_ended=True) as process:
            wait_until(lambda: bool(server.received))
            process.send_signal(number)
            status = process.wait(TIMEOUT_SECONDS)
            assert process.stdout is not None
            assert process.stderr is not None
            printed = process.stdout.read() + process.stderr.read()
        over.set()
    assert (status, printed) == (128 + number, b"")


def test_a_background_job_goes_on_ignoring_ctrl_c_from_the_first_import_on(
    connector: Connector, tmp_path: Path
) -> None:
    (tmp_path / "orjson.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nraise SystemExit(7)\n"
    )
    run = subprocess.run(
        [*connector.command, "spec"],
        capture_output=True,
        env={**environment(), "PYTHONPATH": str(tmp_path)},
        timeout=TIMEOUT_SECONDS,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert (run.returncode, run.stderr) == (7, b"")
