"""The parts that rejected records are collected in: gzip, one entry a line (`rejects.entry`).

Parts are kept at `{run}/{namespace}/{stream}/{part}.jsonl.gz`, where `run` is when the sync started
and `part` counts those of the stream; next to them, `{run}/catalog.json` holds the streams as they
were configured, from which a replay makes the same message ids. The order of a run's parts over its
streams stands in the gzip header of each (`order_of`), where only programs look.

A checkpoint must not go back before the rejects it covers are stored. So that not each of them
makes a part, rejects are collected, and checkpoints wait for that, within the bounds below.
"""

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol
from urllib.parse import quote

from destination_inflection.json_types import Json
from destination_inflection.rejects.entry import Fault, Origin, written
from destination_inflection.streams import StreamKey

CATALOG: Final = "catalog.json"
PART_SUFFIX: Final = ".jsonl.gz"
BOOKS_PREFIX: Final = "replayed-"
"""Begins the names of the files in which replays note what they have sent (`rejects.books`)."""
_RUNS_OWN: Final = (CATALOG, "report.json", "report.html")
HEAD_BYTES: Final = 10  # of gzip
_GZIP: Final = 31  # zlib's word for it
_TIME_IN_HEADER: Final = slice(4, 8)
"""Our parts have no time there: where they are says when they were made."""
NO_NAMESPACE: Final = "_"
NO_STREAM: Final = "_unreadable"


@dataclass(frozen=True, slots=True)
class Collected:
    """How much is collected at most before it is stored."""

    seconds: float = 60.0
    """How long, while a checkpoint waits. Airbyte wants a checkpoint every 15 minutes, so that a
    minute is short, and a stream makes at most 1,440 files a day."""
    bytes: int = 16 * 1024 * 1024
    """How much, of all streams: it is in memory until it is stored."""


COLLECTED: Final = Collected()


class RejectStore(Protocol):
    """Takes rejected records, and counts them in the order they are taken."""

    def put(self, fault: Fault, origin: Origin) -> None:
        """Takes what was rejected."""
        ...

    @property
    def taken(self) -> int:
        """The number of the last one that was taken; the first is number 1."""
        ...

    @property
    def stored(self) -> int:
        """The number up to which they are stored for good, or need not be."""
        ...

    @property
    def is_due(self) -> bool:
        """Whether one that is not stored has waited long enough."""
        ...

    def seal(self) -> None:
        """Stores for good what was taken."""
        ...


class OnlyLogged:
    """Keeps no record: the log names each kind once, and its last lines count them."""

    taken = 0
    stored = 0
    is_due = False

    def put(self, fault: Fault, origin: Origin) -> None:
        """Keeps nothing."""

    def seal(self) -> None:
        """There is nothing to store."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """Where a run's rejects are, how many are stored, and the place that a replay is given.

    That place is the run's own, but for the rejects of a replay, which are copies: the next replay
    starts from the originals.
    """

    location: str
    records: int
    replay: str
    unreadable_lines: int = 0


class Parts:
    """Collects rejected records, and stores them part by part."""

    def __init__(
        self,
        save: Callable[[str, bytes], str],
        run: str,
        catalog: Json,
        clock: Callable[[], float] = monotonic,
        most: Collected = COLLECTED,
    ) -> None:
        """`save` stores a file for good and returns where it is; `run` names the folder.

        It raises a `ConnectorError` when it can't.
        """
        self._save = save
        self._run = run
        self._catalog: Json | None = catalog
        self._clock = clock
        self._most = most
        self._collected: defaultdict[StreamKey | None, list[bytes]] = defaultdict(list)
        self._bytes = 0
        self._since = 0.0
        self._parts: Counter[StreamKey | None] = Counter()
        self.taken = 0
        self.stored = 0
        self.location: str | None = None
        """The run's folder; None until something is stored."""
        self.records = 0
        """How many records are stored."""
        self.unreadable_lines = 0
        """How many lines are stored that belong to no stream."""

    def put(self, fault: Fault, origin: Origin) -> None:
        """Takes what was rejected; where that is much, all is stored at once."""
        if self.taken == self.stored:
            self._since = self._clock()
        self.taken += 1
        entry = written(fault, origin.entry())
        self._collected[fault.place].append(entry)
        self._bytes += len(entry)
        if self._bytes >= self._most.bytes:
            self.seal()

    @property
    def not_stored(self) -> int:
        """How many were taken and are not stored."""
        return sum(map(len, self._collected.values()))

    @property
    def is_due(self) -> bool:
        """Whether the oldest that is not stored has waited as long as it may."""
        return self.taken > self.stored and self._clock() - self._since >= self._most.seconds

    def seal(self) -> None:
        """Stores for good what was taken."""
        if self._catalog is not None and self._collected:
            catalog = self._save(f"{self._run}/{CATALOG}", json.dumps(self._catalog).encode())
            self.location = catalog.removesuffix(f"/{CATALOG}")
            self._catalog = None
        for stream in list(self._collected):
            entries = self._collected[stream]
            name = f"{self._parts[stream] + 1:06d}{PART_SUFFIX}"
            content = _zipped(entries, self._parts.total() + 1)
            self._save(f"{self._run}/{folder_of(stream)}/{name}", content)
            self._parts[stream] += 1
            if stream is None:
                self.unreadable_lines += len(entries)
            else:
                self.records += len(entries)
            del self._collected[stream]
        self._bytes = 0
        self.stored = self.taken


def _zipped(entries: Iterable[bytes], order: int) -> bytes:
    """Gzip of the entries, a line each; they are not joined first, which would take them twice."""
    gzip = zlib.compressobj(wbits=_GZIP)
    pieces = [gzip.compress(piece) for entry in entries for piece in (entry, b"\n")]
    content = bytearray().join([*pieces, gzip.flush()])
    content[_TIME_IN_HEADER] = order.to_bytes(4, "little")
    return bytes(content)


def order_of(head: bytes) -> int:
    """Which part of its run it is, over all streams, as its first `HEAD_BYTES` say.

    It is 0 in the parts of earlier versions, whose names count over the whole run.
    """
    return int.from_bytes(head[_TIME_IN_HEADER], "little")


def folder_of(stream: StreamKey | None) -> str:
    """`namespace/stream`, each in a form that is a file's name anywhere."""
    if stream is None:
        return f"{NO_NAMESPACE}/{NO_STREAM}"
    return f"{_file_name(stream.namespace or NO_NAMESPACE)}/{_file_name(stream.name)}"


def _file_name(name: str) -> str:
    quoted = quote(name, safe=" ()@,")[:200]
    if not quoted.strip(". ") or quoted in _RUNS_OWN or quoted.startswith(BOOKS_PREFIX):
        quoted = quoted.replace(".", "%2E")
    return quoted or "%"  # which no other name becomes
