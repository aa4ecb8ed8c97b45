"""One line of standard input becomes one message. Nothing here raises on bad input.

A line that is not a JSON object, or not a message, may have been a record: it is `Unreadable`, for
the caller to count. A well-formed message of a kind that a destination has no use for (LOG, TRACE,
kinds of later protocols) is `Other`. The protocol asks destinations to ignore what they do not
know, so unknown keys and kinds are never an error.

Whatever is a STATE stays the text it came in, be it deep, vast or badly encoded: only its type, its
stream and the source's count are read. A RECORD stays in its stream: NaN and Infinity, which are
not JSON, are left out of its data and named; an integer beyond 64 bits is text with its digits;
what the source NULLED is left out; data too deep to be parsed is `TooDeep`, and one that only the
standard library could read, at ten times its size, `TooLarge`.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import orjson

from destination_inflection.airbyte.bounds import LINE_BOUNDS, LineBounds
from destination_inflection.airbyte.changes import changes_of, without_nulled
from destination_inflection.airbyte.frames import RECORD_FRAME, STATE_FRAME, picked, trimmed
from destination_inflection.airbyte.json_text import as_scanned, end_of, keys_in_head
from destination_inflection.airbyte.unreadable import (
    MORE_THAN_ONE,
    NO_MESSAGE,
    NO_STREAM,
    NOT_JSON,
    NOT_UTF_8,
    Unreadable,
)
from destination_inflection.json_reading import is_spoilt, may_be_rounded, read_as_it_is, sound
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.streams import StreamKey


class Record(NamedTuple):
    """A RECORD: `data` is what the line held there; `emitted_at` is epoch milliseconds.

    `not_finite` names the columns in which NaN or Infinity was left out.
    """

    stream: StreamKey
    data: Json
    emitted_at: int | None
    not_finite: tuple[str, ...] = ()


class TooDeep(NamedTuple):
    """A RECORD whose data is nested too deeply to be parsed."""

    stream: StreamKey


class TooLarge(NamedTuple):
    """A RECORD that is not strict JSON, and too large to be read in any other way."""

    stream: StreamKey


@dataclass(frozen=True, slots=True)
class State:
    """A STATE: its line as it came, and the stream whose records it counts.

    `stream` is None when it speaks of every stream (LEGACY, GLOBAL, or a STREAM state that names
    none). `source_count` is the number of records the source says it sent since the last one.
    """

    line: bytes
    stream: StreamKey | None
    source_count: float | None = None

    @property
    def size(self) -> int:
        """The length of its line."""
        return len(self.line)

    @property
    def covers(self) -> frozenset[StreamKey] | None:
        """The streams whose records come before it; None: those of all streams."""
        return None if self.stream is None else frozenset((self.stream,))


class Other:
    """A message that a destination has nothing to do with."""


Message: TypeAlias = Record | TooDeep | TooLarge | State | Other | Unreadable

OTHER: Final = Other()
_MOST_RECORDS: Final = 2**53
_LONGEST_REMEMBERED: Final = 1_000
"""Characters of a stream's name: what is remembered of the input must be bounded."""


def parse(line: bytes, bounds: LineBounds = LINE_BOUNDS) -> Message:
    """Reads one line, without its newline or with it."""
    try:
        message: Json = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _parse_leniently(line, bounds)
    if not isinstance(message, dict):
        return NO_MESSAGE
    kind = message.get("type")
    if kind == "RECORD":
        if may_be_rounded(line):
            return _lenient_record(line, bounds)
        return _record(message.get("record"), ())
    if kind == "STATE":
        return _state(trimmed(line), message.get("state"))
    return OTHER if isinstance(kind, str) else NO_MESSAGE


def is_state(head: bytes) -> bool:
    """Whether a line that begins so is a STATE, as far as its head tells.

    Its type says so, or, where that comes later, the key that no other message has.
    """
    text = as_scanned(trimmed(head))
    kind: Json = None
    found: set[str] = set()
    for key, value in keys_in_head(text):
        found.add(key)
        if key == "type":
            with suppress(ValueError):
                kind = json.loads(text[value : end_of(text, value)])
    return kind == "STATE" or (kind is None and "state" in found)


def _record(record: Json, not_finite: tuple[str, ...]) -> Record | Unreadable:
    if not isinstance(record, dict) or (key := _key_of(record, "stream")) is None:
        return NO_STREAM
    emitted_at = record.get("emitted_at")
    if type(emitted_at) is not int:
        emitted_at = int(emitted_at) if isinstance(emitted_at, float) else None
    data = record.get("data")
    if (meta := record.get("meta")) and isinstance(data, dict) and (changes := changes_of(meta)):
        data = without_nulled(data, changes)
    return Record(key, data, emitted_at, not_finite)


def _key_of(named: JsonObject, field: str) -> StreamKey | None:
    """The stream that an object names in `field` and `namespace`."""
    name, namespace = named.get(field), named.get("namespace")
    if not isinstance(name, str):
        return None
    if not (name.isascii() and (namespace is None or str(namespace).isascii())):
        # An unpaired surrogate, in a state: its records have it in the same form.
        name, namespace = str(sound(name)), sound(namespace)
    namespace = namespace if isinstance(namespace, str) else None
    if len(name) + len(namespace or "") > _LONGEST_REMEMBERED:
        return StreamKey(namespace or None, name)
    return _key(namespace, name)


@lru_cache(maxsize=1024)  # the streams of a sync are few, its records many
def _key(namespace: str | None, name: str) -> StreamKey:
    return StreamKey(namespace or None, name)


def _state(line: bytes, state: Json) -> State:
    if not isinstance(state, dict):
        return State(line, None)
    stream = None
    if state.get("type") == "STREAM" and isinstance(body := state.get("stream"), dict):
        descriptor = body.get("stream_descriptor")
        stream = _key_of(descriptor, "name") if isinstance(descriptor, dict) else None
    stats = state.get("sourceStats")
    count = stats.get("recordCount") if isinstance(stats, dict) else None
    if isinstance(count, bool) or not isinstance(count, int | float):
        return State(line, stream)
    # Nobody sends more: it is NaN, or a number that no source has counted.
    return State(line, stream, float(count) if 0 <= count < _MOST_RECORDS else None)


def _parse_leniently(line: bytes, bounds: LineBounds) -> Message:
    """Reads what orjson refuses, so that no state is lost and no valid record is turned away."""
    line = trimmed(line)
    text = as_scanned(line)
    try:
        kind = picked(text, 0, {"type": None}).get("type")
        if end_of(text, 0) < len(text):
            return MORE_THAN_ONE
    except ValueError:
        return NOT_JSON
    if kind == "STATE":
        with suppress(ValueError):
            return _state(line, picked(text, 0, STATE_FRAME).get("state"))
        return State(line, None)
    if kind == "RECORD":
        return _lenient_record(line, bounds)
    return OTHER if isinstance(kind, str) else NO_MESSAGE


def _lenient_record(line: bytes, bounds: LineBounds) -> Record | TooDeep | TooLarge | Unreadable:
    """A RECORD with what JSON's grammar allows and orjson refuses, or without NaN and Infinity.

    An escaped lone surrogate can't be sent as UTF-8; it becomes U+FFFD, the replacement character.
    A number beyond a double's range, or an integer beyond 64 bits, keeps its digits, as text.
    """
    if len(line) > bounds.odd_bytes:
        key = _stream_of(line)
        return NO_STREAM if key is None else TooLarge(key)
    try:
        return _read_leniently(line.decode("utf-8-sig"))
    except RecursionError:
        key = _stream_of(line)
        return NO_STREAM if key is None else TooDeep(key)
    except UnicodeDecodeError:
        return NOT_UTF_8
    except ValueError:
        return NOT_JSON


def _stream_of(line: bytes) -> StreamKey | None:
    """The stream that a RECORD names, found without reading the rest of it."""
    with suppress(ValueError):
        frame = picked(as_scanned(trimmed(line)), 0, RECORD_FRAME).get("record")
        return _key_of(frame, "stream") if isinstance(frame, dict) else None
    return None


def _read_leniently(text: str) -> Record | Unreadable:
    message = read_as_it_is(text)
    record = message.get("record") if isinstance(message, dict) else None
    columns = record.get("data") if isinstance(record, dict) else None
    named = columns.items() if isinstance(columns, dict) else ()
    spoilt = tuple(str(sound(name)) for name, value in named if is_spoilt(value))
    return _record(sound(record), spoilt)
