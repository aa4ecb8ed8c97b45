"""A stored reject: its one format, written and read here. Pure.

An entry is one line of JSON: `{stream, namespace, call, reason, detail, column, http_status,
attempts}`, and what its origin keeps of the input: `{emitted_at, record}`, with `changes` where the
source says that it changed values, or `{raw}`, bytes in base64, for what is not a record, is nested
too deeply to be taken apart, or holds NaN or Infinity.
Entries stored by earlier versions are read too.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import orjson

from destination_inflection.json_reading import read_as_it_is, read_exactly, read_leniently
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.streams import StreamKey

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
class StoredRecord:
    """A record that was stored; `read_at` is when the source read it, in epoch milliseconds.

    `changes` are what the source says it did to the row's values.
    """

    stream: StreamKey
    row: Json
    read_at: int | None
    reason: str
    changes: Json = None


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """Input that was stored as it came."""

    content: bytes
    reason: str


_GZIP: Final = 31
"""The window's size, and 16 for the header of gzip: how zlib is told."""
_KEPT: Final = ("emitted_at", "record", "changes")
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
        "detail": fault.detail and fault.detail[:LONGEST_DETAIL],
        "column": fault.column,
        "http_status": fault.http_status,
        "attempts": fault.attempts,
        **kept,
    }
    if "raw" in kept:
        # It may be large, and the standard library makes several copies of it.
        with suppress(TypeError):  # half a character, in Inflection's words
            return orjson.dumps(entry)
    # The standard library keeps integers of any size; escapes keep lone surrogates.
    return json.dumps(entry, separators=(",", ":"), allow_nan=False).encode()


def packed(entries: Iterable[bytes]) -> bytes:
    """Entries as a file holds them: gzip, one a line; the same bytes for the same entries."""
    packer = zlib.compressobj(wbits=_GZIP)
    lines = [packer.compress(part) for entry in entries for part in (entry, b"\n")]
    return b"".join([*lines, packer.flush()])


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
    if "raw" in entry:
        return StoredBytes(b64decode(str(entry["raw"])), reason)
    row, name, read_at = entry["record"], entry["stream"], entry["emitted_at"]
    namespace = entry["namespace"]
    if not isinstance(name, str):
        raise TypeError("no stream")
    key = StreamKey(namespace if isinstance(namespace, str) else None, name)
    read_at = read_at if isinstance(read_at, int) else None
    return StoredRecord(key, row, read_at, reason, entry.get("changes"))


@dataclass(frozen=True, slots=True)
class StoredOrigin:
    """The origin of a record that comes from a stored entry: that entry."""

    line: bytes

    @property
    def size(self) -> int:
        """The entry's length."""
        return len(self.line)

    def entry(self) -> JsonObject:
        """The record as it stands in the entry, with numbers of any size."""
        found = read_as_it_is(self.line.decode())
        kept = found if isinstance(found, dict) else {}
        return {name: kept[name] for name in _KEPT if name in kept}
