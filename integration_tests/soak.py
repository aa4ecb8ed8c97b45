"""`python -m integration_tests.soak --route ROUTE --transport TRANSPORT [--minutes 30]`.

Mixed streams and faults go through the executable for so long. Resident memory and open files are
looked at all the while: from the second fifth of the time to the last one, memory may grow by a
twentieth, and open files not at all. Exit status: 0 if that holds, the sync ended well and each
state came back; 1 otherwise.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, Final

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import (
    EVENTS,
    KEY,
    PEOPLE,
    TIMEOUT_SECONDS,
    TRANSPORTS,
    Connector,
    catalog,
    delivery_by,
    person,
    record,
    state,
)

_FAULTS: Final = ["--fail", "429:0.02,500:0.02,reset:0.01,hang:0.0002", "--seed", "21"]
_ROUTES: Final = ("event_endpoint", "developer_api")
_A_SECOND: Final = 150
"""Records: much less than is possible, as time is what is tried here."""
_EACH_STATE: Final = 500
_EACH_BAD: Final = 20
_LOOK_SECONDS: Final = 15.0
_STATE: Final = b'{"type": "STATE"'
_MOST_GROWTH: Final = 1.05
_A_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """What the process took at a time, in seconds from the start."""

    second: float
    resident_mib: float
    open_files: int


@dataclass(slots=True)
class Soaked:
    """What was seen of a process, and how many states it was given."""

    looks: list[Look]
    states: int = 0


def main() -> int:
    """Runs what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m integration_tests.soak", description=__doc__)
    parser.add_argument("--route", choices=_ROUTES, default=_ROUTES[0])
    parser.add_argument("--transport", choices=TRANSPORTS, default="curl")
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, running_sandbox(KEY, _FAULTS) as sandbox:
        connector = Connector(Path(folder), TRANSPORTS[options.transport])
        arguments = _arguments(connector, sandbox, options.route, Path(folder))
        most_seconds = options.minutes * _A_MINUTE + TIMEOUT_SECONDS
        with connector.started(arguments, [], most_seconds) as (process, stdin, stdout):
            printed: list[bytes] = []
            reader = threading.Thread(target=printed.extend, args=(stdout,))
            reader.start()
            seen = _fed(process.pid, stdin, options)
            stdin.close()
            status = process.wait()
            reader.join()
        released = sum(line.startswith(_STATE) for line in printed)
        sys.stdout.write(f"Ended with {status}, {released} of {seen.states} states released.\n")
    return int(status != 0 or released != seen.states or not _is_flat(seen.looks))


def _arguments(connector: Connector, sandbox: Sandbox, route: str, folder: Path) -> list[str]:
    streams = [PEOPLE] if route == "developer_api" else [PEOPLE, EVENTS]
    rejected = {"store": "folder", "path": str(folder / "rejected")}
    (folder / "rejected").mkdir()
    delivery = delivery_by(route, sandbox.api_url, sandbox.endpoint_url)
    return connector.write_arguments(
        "", catalog(*streams), delivery=delivery, rejected_records=rejected
    )


def _fed(pid: int, stdin: IO[bytes], options: argparse.Namespace) -> Soaked:
    """Feeds it for as long as it is to take, and looks at it now and then."""
    soaked = Soaked([])
    began = looked = time.monotonic()
    lines = _lines(options.route)
    while (now := time.monotonic()) - began < options.minutes * _A_MINUTE:
        feed = [next(lines) for _ in range(_A_SECOND)]
        soaked.states += sum(line.startswith(_STATE) for line in feed)
        stdin.write(b"".join(feed))
        stdin.flush()
        if now - looked >= _LOOK_SECONDS:
            looked = now
            look = Look(now - began, _resident_mib(pid), _open_files(pid))
            sys.stdout.write(
                f"{look.second:6.0f} s  {look.resident_mib:6.1f} MiB  {look.open_files} files\n"
            )
            sys.stdout.flush()
            soaked.looks.append(look)
        time.sleep(max(0.0, 1.0 - (time.monotonic() - now)))
    return soaked


def _lines(route: str) -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        user = number % 5_000
        if number % _EACH_BAD == 0:
            row = record("people", id=user, email="not an email")
        elif route == "developer_api" or number % 4 == 0:
            row = person(user)
        else:
            row = record("events", id=number, user_id=user, event="Seen", timestamp=1767225600)
        yield json.dumps(row).encode() + b"\n"
        if number % _EACH_STATE == 0:
            for name in ("people",) if route == "developer_api" else ("people", "events"):
                yield json.dumps(state(name, number)).encode() + b"\n"


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def _open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _is_flat(seen: Sequence[Look]) -> bool:
    """Compares the second fifth of the time with the last one."""
    fifth = len(seen) // 5
    early, late = seen[fifth : 2 * fifth], seen[-fifth:]
    if not early or not late:
        sys.stdout.write("It did not run for long enough to say anything.\n")
        return False
    before, after = (median(each.resident_mib for each in part) for part in (early, late))
    files = [max(each.open_files for each in part) for part in (early, late)]
    sys.stdout.write(
        f"Second fifth: {before:.1f} MiB, at most {files[0]} files; "
        f"last fifth: {after:.1f} MiB, at most {files[1]} files.\n"
    )
    return after <= before * _MOST_GROWTH and files[1] <= files[0]


if __name__ == "__main__":
    sys.exit(main())
