"""No input takes more than 250 MiB, and a STATE that can't be read stops the sync."""

import json
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from inflection_sandbox.client import Sandbox
from integration_tests.conftest import (
    PEOPLE,
    TIMEOUT_SECONDS,
    Connector,
    as_input,
    catalog,
    person,
    state,
)
from integration_tests.stored import SELECTED, entries, files, folder

MIB: Final = 1024 * 1024
MOST_MIB: Final = 250
ODD: Final = "\U0001f600".encode()
"""One such letter makes Python take four bytes for each of a text."""

ROW: Final = (
    b'{"type":"RECORD","record":{"stream":"people","data":{"id":9,"email":"a@b.example","name":'
)


def one_long_line() -> Iterator[bytes]:
    yield b'{"type":"RECORD","record":{"stream":"people","data":{"name":"'
    yield from [b"x" * MIB] * 300
    yield b'"}}}\n'


def one_line_of_commas() -> Iterator[bytes]:
    yield from [b"," * MIB] * 300
    yield b"\n"


def large_rows() -> Iterator[bytes]:
    yield from [ROW + b'"' + ODD + b"y" * (16 * MIB - 200) + b'"}}}\n'] * 4


def large_states() -> Iterator[bytes]:
    for number in range(4):
        yield as_input([person(100 + number)])
        yield as_input([state("people", number, more="OMITTED")]).replace(
            b"OMITTED", ODD + b"z" * (16 * MIB - 400)
        )


def values_without_end() -> Iterator[bytes]:
    yield from [ROW + b"[" + b'{"a":1},' * 99_000 + b"1]}}}\n"] * 4
    yield from [ROW + b"[" + b"[1]," * 499_000 + b"1]}}}\n"] * 4


def escaped_json() -> Iterator[bytes]:
    """Objects in a text, with escapes for their signs."""
    row = ROW + rb'"[' + rb"\u007b\"a\":1}\u002c" * 750_000 + rb'1]"}}}' + b"\n"
    assert len(row) < 16 * MIB
    yield from [row] * 3


def text_json() -> Iterator[bytes]:
    row = ROW + rb'"[' + rb"{\"a\":1}," * 99_000 + rb"1," * 400_000 + rb'1]"}}}' + b"\n"
    yield from [row] * 3


def long_names() -> Iterator[bytes]:
    for number in range(3):
        long = ODD + b"y" * (15 * MIB) + b"%d" % number
        yield ROW + b'1,"' + long + b'":1}}}\n'
        yield ROW.replace(b'"id":9', b'"id":"' + long + b'"') + b"1}}}\n"
        yield ROW.replace(b'"a@b.example"', b'"' + long + b'@b.example"') + b"1}}}\n"


def unknown_streams() -> Iterator[bytes]:
    for number in range(50_000):
        yield b'{"type":"RECORD","record":{"stream":"s%d","data":{}}}\n' % number


@pytest.mark.parametrize(
    "made",
    [
        one_long_line,
        one_line_of_commas,
        large_rows,
        large_states,
        values_without_end,
        escaped_json,
        text_json,
        long_names,
        unknown_streams,
    ],
)
def test_memory_is_bounded_whatever_comes(
    connector: Connector, sandbox: Sandbox, tmp_path: Path, made: Callable[[], Iterator[bytes]]
) -> None:
    reads_json = made in (escaped_json, text_json)
    fields = [{"column": "name", "name": "name", "transform": "json"}] if reads_json else []
    arguments = connector.write_arguments(
        sandbox.endpoint_url,
        catalog(SELECTED),
        rejected_records=folder(tmp_path / "rejected"),
        streams=[{"stream": "people", "call": "identify", "fields": fields}],
    )
    with connector.started(arguments, [person(1)]) as started:
        reader = threading.Thread(target=started.stdout.read)
        reader.start()
        for piece in made():
            started.stdin.write(piece)
        started.stdin.write(as_input([person(777)]))
        started.stdin.flush()
        until = time.monotonic() + TIMEOUT_SECONDS
        while "777" not in users(sandbox):
            assert time.monotonic() < until
            time.sleep(0.1)
        peak = peak_mib(started.process.pid)
        started.process.kill()
        reader.join()
    assert peak < MOST_MIB


def users(sandbox: Sandbox) -> set[str]:
    return {call["message"]["userId"] for call in sandbox.read("calls")}


def peak_mib(pid: int) -> float:
    """The most memory a process has had; what its parent had before it does not count."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (high,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(high.split()[1]) / 1024


def test_of_a_line_that_is_too_long_the_head_and_the_length_are_stored(
    connector: Connector, sandbox: Sandbox, tmp_path: Path
) -> None:
    where = tmp_path / "rejected"
    line = b'{"type":"RECORD","record":{"stream":"people","data":{"name":"' + b"x" * (17 * MIB)
    lines: list[bytes | dict[str, Any]] = [person(1), line, person(2), state("people", 1)]
    run = connector.write(
        sandbox.endpoint_url, catalog(SELECTED), lines, rejected_records=folder(where)
    )
    assert run.status == 0
    (entry,) = entries(files(where))
    assert (entry["reason"], entry["length"]) == ("unreadable_line", len(line))
    assert b64decode(entry["raw"]) == line[: 64 * 1024]
    why = f"it has {len(line):,} bytes, more than the 16 MiB that are read"
    assert entry["detail"] == f"line 2 of the input: {why}"
    assert f"Rejected, line 2 of the input: unreadable_line. I{why[1:]}. " in run.log
    assert "Stored: 1 unreadable line, in" in run.log
    assert "Total: read 2, delivered 2, rejected 0, skipped 0; unreadable lines 1;" in run.log
    assert len(run.states) == 1


@pytest.mark.parametrize("filling", [b"y" * (17 * MIB), b"," * 600_000 + b"y" * MIB])
def test_a_state_that_is_too_long_stops_the_sync_before_anything_later_goes(
    connector: Connector, sandbox: Sandbox, filling: bytes
) -> None:
    long = json.dumps(state("people", 2, more="MORE")).encode().replace(b"MORE", filling)
    lines: list[bytes | dict[str, Any]] = [person(1), state("people", 1)]
    lines += [person(2), long, person(3), state("people", 3)]
    run = connector.write(sandbox.endpoint_url, catalog(PEOPLE), lines)
    assert run.status == 1
    assert run.error["failure_type"] == "config_error"
    assert f"a STATE of {len(long)} bytes" in run.error["message"]
    assert [each["id"] for each in run.states] == [1]
    assert users(sandbox) <= {"1", "2"}
