"""Connectors run by way of the recorder, and what the recorder kept of them."""

import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from integration_tests.e2e.processes import ProofError

Message: TypeAlias = dict[str, Any]

_RECORDER: Final = Path(__file__).with_name("recorder.py")


@dataclass(frozen=True, slots=True)
class Record:
    """A RECORD message; `stream` has the namespace in front, when there is one."""

    stream: str
    data: Message
    emitted_at: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a connector."""

    folder: Path
    command: str
    status: int

    @property
    def taken(self) -> list[Message]:
        """The messages it was given."""
        return _messages(self.folder / "in")

    @property
    def printed(self) -> list[Message]:
        """The messages it printed."""
        return _messages(self.folder / "out")

    @property
    def raw_output(self) -> bytes:
        """All it printed, as it came."""
        return (self.folder / "out").read_bytes()

    @property
    def last_error(self) -> str:
        """The last line of its standard error, when it failed."""
        lines = (self.folder / "errors").read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines and self.status > 0 else ""

    @property
    def streams(self) -> list[Message]:
        """The streams of the configured catalog it was given."""
        catalog = json.loads((self.folder / "catalog").read_bytes())
        found: list[Message] = catalog["streams"]
        return found

    @property
    def state(self) -> Message:
        """The stream states it was given to start from, by stream."""
        path = self.folder / "state"
        return states(json.loads(path.read_bytes())) if path.exists() else {}


class Recorded:
    """A connector whose runs are recorded; `executable` runs it."""

    def __init__(self, home: Path, name: str, connector: Path) -> None:
        self._runs = home / f"{name}-runs"
        self._runs.mkdir(parents=True)
        self.executable = home / name
        command = shlex.join(map(str, (sys.executable, _RECORDER, self._runs, connector)))
        self.executable.write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        self.executable.chmod(0o755)

    def runs(self, command: str) -> list[Run]:
        """The runs of one command, in order.

        Raises:
            ProofError: a run has not ended.
        """
        found = []
        for folder in sorted(self._runs.iterdir()):
            if (folder / "command").read_text("utf-8") != command:
                continue
            if not (folder / "status").exists():
                raise ProofError(f"a {command} of {self.executable.name} has not ended.")
            found.append(Run(folder, command, int((folder / "status").read_text("utf-8"))))
        return found


def records(messages: list[Message]) -> Iterator[Record]:
    """The records among messages."""
    for message in messages:
        if message["type"] == "RECORD":
            body = message["record"]
            yield Record(_name(body, "stream"), body["data"], int(body["emitted_at"]))


def states(messages: list[Message]) -> Message:
    """The last stream state of each stream, by stream."""
    found = {}
    for message in messages:
        state = message.get("state", message)
        stream = state["stream"]
        found[_name(stream["stream_descriptor"], "name")] = stream["stream_state"]
    return found


def stream_name(configured: Message) -> str:
    """The name of a stream of a configured catalog, the namespace in front."""
    return _name(configured["stream"], "name")


def _name(body: Message, key: str) -> str:
    namespace = body.get("namespace")
    return f"{namespace}.{body[key]}" if namespace else str(body[key])


def _messages(path: Path) -> list[Message]:
    if not path.exists():
        return []
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except ValueError:
        raise ProofError(
            f"a connector's {path.name}put has a line that is not an Airbyte message."
        ) from None
