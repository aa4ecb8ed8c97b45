"""One cell: a fault, a route and a transport, played through the executable into a real sandbox.

Where the sync does not end green it is run again in fair conditions, from the last released states,
as Airbyte would do.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import trustme

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.conftest import KEY, TRANSPORTS, Connector, delivery_by
from integration_tests.fault_matrix.faults import End, Fault, Store, Way, certificate
from integration_tests.fault_matrix.gateway import KeptFiles, running_gateway, to
from integration_tests.fault_matrix.judge import (
    Arrival,
    Stored,
    leaking,
    problems,
    problems_at_the_end,
    released_by,
)
from integration_tests.fault_matrix.rows import Load, Route, after, load_of
from integration_tests.fault_matrix.stage import Around, Midway, Ran, run
from integration_tests.stored import S3_KEY, S3_SECRET, entries, files, folder

_CONNECTIONS: Final = 8
_NOWHERE: Final = "https://inflection-sandbox.invalid"
_UNSHARED: Final = ("unshare", "--map-root-user", "--mount")
_ON_A_FULL_DISK: Final = (
    *(*_UNSHARED, "sh", "-c"),
    'mount -t tmpfs -o size=4k none "$0" && exec "$@"',
)
"""Runs a command that alone sees a folder, the first argument, on a file system of one page."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the matrix; `transport` is one of `TRANSPORTS`."""

    fault: Fault
    route: Route
    transport: str


@dataclass(frozen=True, slots=True)
class Played:
    """What a cell has shown: nothing is wrong, or these problems."""

    cell: Cell
    problems: tuple[str, ...]
    seconds: float


def lacks_file_systems() -> bool:
    """Whether this machine lets nobody mount a file system, which `Store.FULL_FOLDER` needs."""
    if shutil.which(_UNSHARED[0]) is None:
        return True
    return subprocess.run([*_UNSHARED, "true"], capture_output=True, check=False).returncode != 0


def play(cell: Cell, place: Path) -> Played:
    """Plays a cell, with its files in a folder of its own."""
    began = time.monotonic()
    with ExitStack() as opened:
        found = tuple(_problems(_Scene(cell, place, opened), load_of(cell.route)))
    return Played(cell, found, time.monotonic() - began)


def _problems(scene: "_Scene", load: Load) -> Iterator[str]:
    fault = scene.cell.fault
    awaited = 0 if fault.way is Way.NO_NAME else load.settled
    first = replace(load, settled=awaited)
    ran = scene.run(scene.command_under_fault(load), first, fault.midway)
    if scene.around.gateway.has_missed or scene.around.bucket.has_missed:
        yield "the fault did not strike"
    scene.relent()
    stored = scene.stored()
    yield from (f"under the fault, {each}" for each in problems(ran, fault.end, stored))
    if rest := after(load.items, released_by(ran)):
        again = replace(load, items=rest, first=len(rest), settled=0)
        ran = scene.run(scene.command(load), again, lambda _stage: None)
        stored = scene.stored(len(stored.arrivals))
        yield from (f"in the run after it, {each}" for each in problems(ran, End.GREEN, stored))
    yield from (f"at the end, {each}" for each in problems_at_the_end(load.items, stored))


class _Scene:
    """The sandbox of a cell, what is in front of it, and the cell's files."""

    def __init__(self, cell: Cell, place: Path, opened: ExitStack) -> None:
        self.cell = cell
        self._place = place
        self._connector = Connector(place, TRANSPORTS[cell.transport])
        self._sandbox = opened.enter_context(running_sandbox(KEY))
        self._bucket = KeptFiles()
        tls, variables = None, dict[str, str]()
        if cell.fault.way is Way.TLS:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(str(place / "ca.pem"))
            tls, variables = certificate(authority), {"REQUESTS_CA_BUNDLE": str(place / "ca.pem")}
        self.around = Around(
            opened.enter_context(running_gateway(to(self._sandbox.url), tls)),
            opened.enter_context(running_gateway(self._bucket.serve)),
            variables,
        )

    def run(self, command: Sequence[str], load: Load, midway: Midway) -> Ran:
        """Runs a command, and waits until the last of its requests is served."""
        ran = run(command, self._place / "stderr", self.around, load, midway)
        self.around.gateway.wait_until_idle()
        return ran

    def relent(self) -> None:
        """From now on nothing goes wrong."""
        self.around.gateway.relent()
        self.around.bucket.relent()

    def command_under_fault(self, load: Load) -> Sequence[str]:
        """What runs the connector with what is wrong from the start."""
        fault = self.cell.fault
        origin = _NOWHERE if fault.way is Way.NO_NAME else self.around.gateway.origin
        command = self.command(load, origin)
        if fault.store is not Store.FULL_FOLDER:
            return command
        self._folder.mkdir()
        return [*_ON_A_FULL_DISK, str(self._folder), *command]

    def command(self, load: Load, origin: str = "") -> Sequence[str]:
        """What runs the connector."""
        origin = origin or self.around.gateway.origin
        arguments = self._connector.write_arguments(
            "",
            load.catalog,
            delivery=delivery_by(self.cell.route.value, origin, f"{origin}/v1/events/{{type}}"),
            streams=list(load.rules),
            rejected_records=self._store(),
            advanced={
                "connections": _CONNECTIONS,
                "request_timeout_seconds": self.cell.fault.timeout_seconds,
            },
        )
        return [*self._connector.command, *arguments]

    def stored(self, before: int = 0) -> Stored:
        """What is there now; so many of the arrivals are of the run before."""
        kept = self._bucket.objects if self._has_bucket else files(self._folder)
        rejects = frozenset(each["record"]["number"] for each in entries(kept) if "record" in each)
        read = _messages if self.cell.route is Route.EVENTS else _contacts
        arrivals = tuple(read(self._sandbox))
        return Stored(self.cell.route, arrivals, rejects, before, leaking(kept))

    def _store(self) -> dict[str, object]:
        if not self._has_bucket:
            return dict(folder(self._folder))
        return {
            "store": "s3",
            "bucket": "rejects",
            "endpoint_url": self.around.bucket.origin,
            "access_key_id": S3_KEY,
            "secret_access_key": S3_SECRET,
        }

    @property
    def _has_bucket(self) -> bool:
        return self.cell.fault.store is Store.BUCKET

    @property
    def _folder(self) -> Path:
        return self._place / "rejected"


def _messages(sandbox: Sandbox) -> Iterator[Arrival]:
    for call in sandbox.read("calls"):
        message = call["message"]
        values = message["traits"] if message["type"] == "identify" else message["properties"]
        text = message.get("event") or values["name"]
        yield Arrival(values["number"], message["userId"], text, message["messageId"])


def _contacts(sandbox: Sandbox) -> Iterator[Arrival]:
    for contact in sandbox.read("people"):
        values, person = contact["properties"], contact["email"].partition("@")[0]
        yield Arrival(values["number"], person, values["name"])
