"""A stored reject: its one format, written and read here. Pure.

An entry is one line of JSON: `{stream, namespace, call, reason, detail, column, http_status,
attempts}`, and what its origin keeps of the input: `{emitted_at, record}`, with `changes` where the
source says that it changed values, or `{raw}`, bytes in base64, for what is not a record, is nested
too deeply to be taken apart, or holds NaN or Infinity. What a replay stores again says in `copy_of`
where it was stored first. Entries stored by earlier versions are read too.
"""

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import orjson

from destination_inflection.json_reading import read_as_it_is, read_exactly, read_leniently
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.streams import StreamKey

MOST_LINES: Final = 1 << 26
"""Of a part. One of ours has some 100,000; with a bit each, these take eight megabytes."""
SOME_LINE: Final = "a line of the input"
LONGEST_DETAIL: Final = 310  # the status, and some 300 characters of Inflection's words


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was rejected; `stream` is None where it belongs to none.

    `counted_as` is the name under which the books count its stream, where that is not its own.
    What came from Inflection is in `detail`, in its own words. They are whole: whoever passes them
    on takes out what must not be seen, then shortens them.
    """

    reason: Reason
    stream: StreamKey | None = None
    call: str | None = None
    column: str | None = None
    detail: str | None = None
    http_status: int | None = None
    attempts: int = 0
    counted_as: StreamKey | None = None
    where: str | None = None
    """Of a line that belongs to no stream: which one it is."""
    cause: str | None = None
    """What is wrong with it, in our own words, which hold nothing of it."""

    @property
    def place(self) -> StreamKey | None:
        """The stream it is counted, told and filed under."""
        return self.counted_as or self.stream


class Origin(Protocol):
    """What a front keeps of the input that a record came from, until its end is known."""

    @property
    def size(self) -> int:
        """How many bytes it holds on to."""
        ...

    def entry(self) -> JsonObject:
        """What a stored reject keeps of it: `emitted_at`, `record` and `changes`, or `raw`."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry is: `part` is `RUN/NAMESPACE/STREAM/PART`, `line` counts from 1.

    Raises:
        ValueError: no part has so many lines.
    """

    part: str
    line: int

    def __post_init__(self) -> None:
        """Bounds what is kept by line."""
        if not 0 < self.line < MOST_LINES:
            raise ValueError("no line of a part")

    def __str__(self) -> str:
        """As it stands in a copy."""
        return f"{self.part}:{self.line}"

    @classmethod
    def read(cls, text: str) -> "Place":
        """Reads what `str` gives.

        Raises:
            ValueError: it is not a place, or is one outside the folder that runs are in.
        """
        part, _, line = text.rpartition(":")
        names = part.split("/")
        is_part = len(names) == _NAMES_IN_PART and {"", ".", ".."}.isdisjoint(names)
        if not is_part or not line.isdecimal() or len(line) > len(str(MOST_LINES)):
            raise ValueError("no place")
        return cls(part, int(line))

    @property
    def run(self) -> str:
        """The name of the run's folder."""
        return self.part.partition("/")[0]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record that was stored; `read_at` is when the source read it, in epoch milliseconds.

    `changes` are what the source says it did to the row's values; `copy_of` is where the entry
    that a replay stored again was stored first.
    """

    stream: StreamKey
    row: Json
    read_at: int | None
    reason: str
    changes: Json = None
    copy_of: Place | None = None


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Input that was stored as it came."""

    content: bytes
    reason: str
    copy_of: Place | None = None


_NAMES_IN_PART: Final = 4
_KEPT: Final = ("emitted_at", "record", "changes", "raw", "length")
_COPY_OF: Final = "copy_of"
Stored: TypeAlias = StoredRecord | StoredBytes


def raw(content: bytes) -> JsonObject:
    """What is kept of input that can't be kept as a record."""
    return {"raw": b64encode(content).decode()}


def written(fault: Fault, kept: JsonObject) -> bytes:
    """One entry, without a newline; `kept` is what the origin says."""
    entry: JsonObject = {
        "stream": fault.stream.name if fault.stream is not None else None,
        "namespace": fault.stream.namespace if fault.stream is not None else None,
        "call": fault.call,
        "reason": fault.reason.value,
        "detail": _detail(fault),
        "column": fault.column,
        "http_status": fault.http_status,
        "attempts": fault.attempts,
        **kept,
    }
    if "raw" in kept:
        # It may be large, and the standard library makes several copies of it.
        with suppress(TypeError):  # an unpaired surrogate, in Inflection's words
            return orjson.dumps(entry)
    # The standard library keeps integers of any size; escapes keep lone surrogates.
    return json.dumps(entry, separators=(",", ":"), allow_nan=False).encode()


def _detail(fault: Fault) -> str | None:
    if fault.cause is not None:
        return f"{fault.where or SOME_LINE}: {fault.cause}"
    return fault.detail and fault.detail[:LONGEST_DETAIL]


def read(line: bytes) -> Stored:
    """Reads an entry; the row is read as the front reads it, so that its message id is the same.

    Raises:
        KeyError, RecursionError, TypeError, ValueError: the line is not an entry.
    """
    try:
        entry = read_exactly(line)
    except orjson.JSONDecodeError:
        entry = read_leniently(line.decode())
    if not isinstance(entry, dict):
        raise TypeError("not an object")
    reason = str(entry["reason"])
    copy_of = Place.read(str(entry[_COPY_OF])) if _COPY_OF in entry else None
    if "raw" in entry:
        return StoredBytes(b64decode(str(entry["raw"])), reason, copy_of)
    row, name, read_at = entry["record"], entry["stream"], entry["emitted_at"]
    namespace = entry["namespace"]
    if not isinstance(name, str):
        raise TypeError("no stream")
    key = StreamKey(namespace if isinstance(namespace, str) else None, name)
    read_at = read_at if isinstance(read_at, int) else None
    return StoredRecord(key, row, read_at, reason, entry.get("changes"), copy_of)


@dataclass(frozen=True, slots=True)
class StoredOrigin:
    """The origin of what comes from a stored entry: that entry, and where it was stored first."""

    line: bytes
    place: Place | None = None

    @property
    def size(self) -> int:
        """The entry's length."""
        return len(self.line)

    def entry(self) -> JsonObject:
        """The record as it stands in the entry, with numbers of any size; or its raw bytes."""
        found = read_as_it_is(self.line.decode())
        kept = found if isinstance(found, dict) else {}
        again = {name: kept[name] for name in _KEPT if name in kept}
        return again if self.place is None else {**again, _COPY_OF: str(self.place)}


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The origin of a line in a part that is too long to be an entry: its first bytes."""

    head: bytes
    place: Place

    @property
    def size(self) -> int:
        """The head's length: the rest is not held."""
        return len(self.head)

    def entry(self) -> JsonObject:
        """The bytes."""
        return {**raw(self.head), _COPY_OF: str(self.place)}
