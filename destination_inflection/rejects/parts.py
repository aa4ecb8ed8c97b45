"""Rejected records: what is kept of each, and the parts they are collected in.

A part is gzip JSONL: one object a record, `{stream, namespace, call, reason, detail, column,
http_status, attempts, emitted_at, record}`. A line that was not a message, that is nested too
deeply to be taken apart, or that holds NaN or Infinity, has `raw` instead of a record: its bytes,
in base64. Parts lie at
`{run}/{namespace}/{stream}/{part}.jsonl.gz`, where `run` is when the sync started; beside them,
`{run}/catalog.json` holds the streams as they were configured, from which a replay makes the same
message ids.

A state must not go back before the rejects it covers are stored. So that not every state makes a
part, rejects are collected for a few seconds, and states wait that long.
"""

import gzip
import json
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol
from urllib.parse import quote

from destination_inflection.json_reading import finite, integer
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.streams import StreamKey

_COLLECTED_SECONDS: Final = 10.0
_COLLECTED_BYTES: Final = 4 * 1024 * 1024
CATALOG: Final = "catalog.json"
LONGEST_DETAIL: Final = 310  # the status, and some 300 characters of Inflection's words
_RUNS_OWN: Final = (CATALOG, "report.json", "report.html")
NO_NAMESPACE: Final = "_"
NO_STREAM: Final = "_unreadable"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record was rejected; what came from Inflection is in `detail`, in its own words.

    The words are whole: whoever passes them on takes out what must not be seen, then shortens them.
    """

    reason: Reason
    call: str | None = None
    column: str | None = None
    detail: str | None = None
    http_status: int | None = None
    attempts: int = 0


class RejectStore(Protocol):
    """Takes rejected records."""

    def put(self, stream: StreamKey | None, fault: Fault, line: bytes) -> None:
        """Takes the line of a rejected record; `stream` is None where it was no message."""
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

    def put(self, stream: StreamKey | None, fault: Fault, line: bytes) -> None:
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

    def put(self, stream: StreamKey | None, fault: Fault, line: bytes) -> None:
        """Takes the line of a rejected record; a part that is large is stored at once."""
        if not self._bytes:
            self._since = self._clock()
        entry = as_entry(stream, fault, line)
        self._collected[stream].append(entry)
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
            content = gzip.compress(b"\n".join(entries) + b"\n", mtime=0)
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


def as_entry(stream: StreamKey | None, fault: Fault, line: bytes) -> bytes:
    """One line of a part, without its newline."""
    known: JsonObject = {
        "stream": stream.name if stream is not None else None,
        "namespace": stream.namespace if stream is not None else None,
        "call": fault.call,
        "reason": fault.reason.value,
        "detail": fault.detail and fault.detail[:LONGEST_DETAIL],
        "column": fault.column,
        "http_status": fault.http_status,
        "attempts": fault.attempts,
    }
    if stream is None:
        return _written({**known, "raw": b64encode(line).decode()})
    try:
        record = record_of(line)
        whole = {"emitted_at": record.get("emitted_at"), "record": record.get("data")}
        return _written({**known, **whole})
    except (RecursionError, ValueError):
        # Nested too deeply for the standard library, or NaN in it: the line as it is will do.
        return _written({**known, "raw": b64encode(line).decode()})


def record_of(line: bytes) -> Mapping[str, Json]:
    """The RECORD in a line that has one, with numbers of any size, and NaN, as they are.

    Raises:
        RecursionError, ValueError: the standard library can't read it, though the line is a record.
    """
    message = json.loads(
        line.decode("utf-8-sig", "surrogatepass"), parse_float=finite, parse_int=integer
    )
    record: Mapping[str, Json] = message["record"]
    return record


def _written(entry: JsonObject) -> bytes:
    # The standard library keeps integers of any size; escapes keep lone surrogates.
    return json.dumps(entry, separators=(",", ":"), allow_nan=False).encode()


def _file_name(name: str) -> str:
    quoted = quote(name, safe=" ()@,")[:200]
    if not quoted.strip(". ") or quoted in _RUNS_OWN:
        quoted = quoted.replace(".", "%2E")
    return quoted or "%"  # which no other name becomes
