"""The parts that rejected records are collected in: gzip, one entry a line (`rejects.entry`).

Parts lie at `{run}/{namespace}/{stream}/{part}.jsonl.gz`, where `run` is when the sync started;
next to them, `{run}/catalog.json` holds the streams as they were configured, from which a replay
makes the same message ids.

A checkpoint must not go back before the rejects it covers are stored. So that not each of them
makes a part, rejects are collected for a few seconds, and checkpoints wait that long.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol
from urllib.parse import quote

from destination_inflection.json_types import Json
from destination_inflection.rejects.entry import Fault, Origin, packed, written
from destination_inflection.streams import StreamKey

_COLLECTED_SECONDS: Final = 10.0
_COLLECTED_BYTES: Final = 4 * 1024 * 1024
CATALOG: Final = "catalog.json"
_RUNS_OWN: Final = (CATALOG, "report.json", "report.html")
NO_NAMESPACE: Final = "_"
NO_STREAM: Final = "_unreadable"


class RejectStore(Protocol):
    """Takes rejected records."""

    def put(self, fault: Fault, origin: Origin) -> None:
        """Takes what was rejected."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether something was taken that is not stored for good."""
        ...

    @property
    def is_due(self) -> bool:
        """Whether that has waited long enough."""
        ...

    def seal(self) -> None:
        """Stores for good what was taken."""
        ...


class OnlyLogged:
    """Keeps no record: the log names the first few, and the summary counts all of them."""

    is_behind = False
    is_due = False

    def put(self, fault: Fault, origin: Origin) -> None:
        """Keeps nothing."""

    def seal(self) -> None:
        """There is nothing to store."""


@dataclass(slots=True)
class Part:
    """A part that was stored: where, and how many records."""

    stream: StreamKey | None
    location: str
    records: int


class Parts:
    """Collects rejected records, and stores them part by part."""

    def __init__(
        self,
        save: Callable[[str, bytes], str],
        run: str,
        catalog: Json,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`save` stores a file for good and returns where it is; `run` names the folder.

        It raises a `ConnectorError` when it can't.
        """
        self._save = save
        self._run = run
        self._catalog: Json | None = catalog
        self._clock = clock
        self._collected: defaultdict[StreamKey | None, list[bytes]] = defaultdict(list)
        self._bytes = 0
        self._since = 0.0
        self.stored: list[Part] = []

    def put(self, fault: Fault, origin: Origin) -> None:
        """Takes what was rejected; a part that is large is stored at once."""
        if not self._bytes:
            self._since = self._clock()
        entry = written(fault, origin.entry())
        self._collected[fault.place].append(entry)
        self._bytes += len(entry)
        if self._bytes >= _COLLECTED_BYTES:
            self.seal()

    @property
    def is_behind(self) -> bool:
        """Whether something was taken that is not stored for good."""
        return bool(self._collected)

    @property
    def is_due(self) -> bool:
        """Whether that has waited for ten seconds."""
        return self.is_behind and self._clock() - self._since >= _COLLECTED_SECONDS

    def seal(self) -> None:
        """Stores for good what was taken."""
        if self._catalog is not None and self._collected:
            self._save(f"{self._run}/{CATALOG}", json.dumps(self._catalog).encode())
            self._catalog = None
        for stream in list(self._collected):
            entries = self._collected[stream]
            content = packed(entries)
            name = f"{len(self.stored) + 1:06d}.jsonl.gz"
            location = self._save(f"{self._run}/{folder_of(stream)}/{name}", content)
            self.stored.append(Part(stream, location, len(entries)))
            del self._collected[stream]
        self._bytes = 0


def folder_of(stream: StreamKey | None) -> str:
    """`namespace/stream`, each in a form that is a file's name anywhere."""
    if stream is None:
        return f"{NO_NAMESPACE}/{NO_STREAM}"
    return f"{_file_name(stream.namespace or NO_NAMESPACE)}/{_file_name(stream.name)}"


def _file_name(name: str) -> str:
    quoted = quote(name, safe=" ()@,")[:200]
    if not quoted.strip(". ") or quoted in _RUNS_OWN:
        quoted = quoted.replace(".", "%2E")
    return quoted or "%"  # which no other name becomes
