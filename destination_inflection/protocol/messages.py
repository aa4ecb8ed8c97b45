"""One line of standard input becomes one message. Nothing here raises on bad input.

A line that is no JSON object, or no message at all, may have been a record: it is `Unreadable`,
for the caller to count. A well-formed message of a kind that a destination has no use for (LOG,
TRACE, kinds of later protocols) is `Other`. The protocol asks destinations to ignore what they do
not know, so unknown keys and kinds are never an error.

Records are parsed with orjson. States are kept as the text they came in (see `states`).
"""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn, TypeAlias

import orjson

from destination_inflection.json_types import Json, JsonObject


class StreamKey(NamedTuple):
    """What identifies a stream within one sync."""

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


class Record(NamedTuple):
    """A RECORD: `data` is whatever the line held there; `emitted_at` is epoch milliseconds."""

    stream: StreamKey
    data: Json
    emitted_at: int | None


@dataclass(frozen=True, slots=True)
class State:
    """A STATE: its text, byte for byte, and the streams whose records its counts cover.

    `streams` is None when the state speaks of every stream (LEGACY, GLOBAL without a list).
    """

    text: str
    streams: frozenset[StreamKey] | None


class Other:
    """A message that is none of a destination's business."""


class Unreadable:
    """A line that is no message; it may have been a record."""


Message: TypeAlias = Record | State | Other | Unreadable

OTHER: Final = Other()
UNREADABLE: Final = Unreadable()


def parse(line: bytes) -> Message:
    """Reads one line, without its newline or with it."""
    try:
        message: Json = orjson.loads(line)
    except orjson.JSONDecodeError:
        message = _load_leniently(line)
    if not isinstance(message, dict):
        return UNREADABLE
    kind = message.get("type")
    if kind == "RECORD":
        return _record(message.get("record"))
    if kind == "STATE":
        return State(text=line.decode("utf-8-sig").strip(), streams=_covered(message.get("state")))
    return OTHER if isinstance(kind, str) else UNREADABLE


def _record(record: Json) -> Record | Unreadable:
    if not isinstance(record, dict) or not isinstance(stream := record.get("stream"), str):
        return UNREADABLE
    namespace = record.get("namespace")
    emitted_at = record.get("emitted_at")
    if type(emitted_at) is not int:
        emitted_at = int(emitted_at) if isinstance(emitted_at, float) else None
    key = _key(namespace if isinstance(namespace, str) else None, stream)
    return Record(key, record.get("data"), emitted_at)


@lru_cache(maxsize=1024)  # the streams of a sync are few, its records many
def _key(namespace: str | None, name: str) -> StreamKey:
    return StreamKey(namespace or None, name)


def _covered(state: Json) -> frozenset[StreamKey] | None:
    if not isinstance(state, dict):
        return None
    match state.get("type"):
        case "STREAM":
            key = _descriptor(state.get("stream"))
            return frozenset([key]) if key else frozenset()
        case "GLOBAL":
            body = state.get("global")
            listed = body.get("stream_states") if isinstance(body, dict) else None
            if not isinstance(listed, list) or not listed:
                return None
            return frozenset(key for entry in listed if (key := _descriptor(entry)))
    return None


def _descriptor(entry: Json) -> StreamKey | None:
    descriptor = entry.get("stream_descriptor") if isinstance(entry, dict) else None
    if not isinstance(descriptor, dict) or not isinstance(name := descriptor.get("name"), str):
        return None
    namespace = descriptor.get("namespace")
    return _key(namespace if isinstance(namespace, str) else None, name)


def _load_leniently(line: bytes) -> Json:
    """Reads what JSON's grammar allows and orjson refuses, so that no valid record is turned away.

    An escaped lone surrogate cannot be sent as UTF-8; it becomes U+FFFD, the replacement
    character. A number beyond a double's range keeps its digits, as text. A leading BOM goes.
    """
    try:
        value: JsonObject = json.loads(
            line.decode("utf-8-sig"), parse_constant=_not_json, parse_float=finite
        )
        text = json.dumps(value, ensure_ascii=False)
        repaired: Json = orjson.loads(
            text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    except (ValueError, RecursionError):
        return None
    return repaired


def finite(digits: str) -> float | str:
    """A number as JSON writes it; beyond a double's range, its digits as text."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)
