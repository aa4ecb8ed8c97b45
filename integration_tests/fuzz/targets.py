"""What is fuzzed: the line reader, the configuration, and the reader of stored rejects.

Each target is a strategy and a check. A check fails with whatever is raised that is not an error
meant for the user, and with a value or a key in what is printed.
"""

import gzip
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import strategies as st

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.commands.outside import Outside
from destination_inflection.commands.plans import plans_of, warnings_about
from destination_inflection.commands.replay import Wish, replay
from destination_inflection.commands.write import Given, write_in
from destination_inflection.config.form import read_config, secrets_of
from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.errors import ConnectorError
from destination_inflection.json_types import Json, JsonObject
from integration_tests.fuzz.spoiling import (
    KEY,
    VALUE,
    spoilt_bytes,
    spoilt_documents,
    spoilt_lines,
)

_COLUMNS: Final = ("id", "email", "name", "created_at", "tags")
_CATALOG: Final[JsonObject] = {
    "streams": [
        {
            "stream": {
                "name": name,
                "json_schema": {"properties": {column: {} for column in _COLUMNS}},
                "supported_sync_modes": ["incremental"],
            },
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
            "primary_key": [["id"]],
        }
        for name in ("users", "events")
    ]
}
_CONFIGURATIONS: Final[tuple[JsonObject, ...]] = (
    {
        "api_key": KEY,
        "delivery": {
            "route": "event_endpoint",
            "endpoint_url": f"https://inflection.example/{{type}}?key={KEY}",
            "authentication": "basic",
            "app_id": "app",
        },
        "streams": [
            {"stream": "users", "call": "identify", "user_id": "id", "email": "email"},
            {
                "stream": "ev*",
                "call": "track",
                "user_id": "id",
                "event": "Seen",
                "timestamp": "created_at",
                "fields": [{"column": "name", "as": "title"}],
                "only_if": {"column": "name", "test": "not_null"},
            },
        ],
        "rejected_records": {"store": "log"},
        "advanced": {"connections": 4, "time_zone": "Europe/Berlin", "max_rejected_percent": 50},
    },
    {
        "api_key": KEY,
        "delivery": {"route": "developer_api", "base_url": "https://api.inflection.io"},
        "streams": [
            {"stream": "users", "call": "identify", "email": "email"},
            {
                "stream": "events",
                "call": "audience",
                "email": "email",
                "audience": "Trial",
                "member_column": "tags",
            },
        ],
        "rejected_records": {
            "store": "s3",
            "bucket": "b",
            "prefix": "p",
            "region": "eu-central-1",
            "access_key_id": KEY,
            "secret_access_key": KEY,
        },
        "advanced": {"max_requests_per_second": 10, "names": "as_is"},
    },
)
_ROWS: Final[tuple[JsonObject, ...]] = (
    {"id": 7, "email": f"{VALUE}@b.example", "name": VALUE, "created_at": "2026-01-02T03:04:05Z"},
    {"id": VALUE, "email": VALUE, "name": None, "tags": [VALUE, {"a": VALUE}]},
)
_RECORDS: Final[list[JsonObject]] = [
    {"type": "RECORD", "record": {"stream": name, "data": row, "emitted_at": 1767225600000}}
    for name in ("users", "events")
    for row in _ROWS
]
_LINES: Final[tuple[JsonObject, ...]] = (
    *_RECORDS,
    {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "users"}, "stream_state": {"at": VALUE}},
            "sourceStats": {"recordCount": 1.0},
        },
    },
    {"type": "STATE", "state": {"type": "GLOBAL", "global": {"stream_states": []}, "id": 3}},
    {"type": "STATE", "state": {"data": {"at": VALUE}}},
    {"type": "LOG", "log": {"level": "INFO", "message": VALUE}},
)
_REJECTS: Final[list[JsonObject]] = [
    {
        "stream": "users",
        "namespace": None,
        "call": "identify",
        "reason": "missing_email",
        "detail": None,
        "column": "email",
        "http_status": None,
        "attempts": 0,
        "emitted_at": 1767225600000,
        "record": row,
    }
    for row in _ROWS
]
_ENTRIES: Final[tuple[JsonObject, ...]] = (
    *_REJECTS,
    {"stream": None, "namespace": None, "reason": "unreadable_line", "raw": "eyJ0eXBlIjoiUkVDT1JE"},
    {
        "stream": "users",
        "namespace": None,
        "reason": "refused",
        "emitted_at": 1,
        "record": _ROWS[0],
        "changes": [{"field": "name", "change": "NULLED"}],
        "copy_of": "2026-01-01/_/users/0001.jsonl.gz:1",
    },
)


@dataclass(frozen=True, slots=True)
class Lines:
    """What comes on standard input, and how much of it each read gets; then 64 KiB."""

    content: bytes
    reads: Sequence[int]


@dataclass(frozen=True, slots=True)
class Target:
    """What is made up, and what has to hold for it."""

    made_up: st.SearchStrategy[object]
    check: Callable[[object], None]


def check_lines(lines: object) -> None:
    """A sync of these lines ends, well or with a sentence, and shows nothing of them."""
    assert isinstance(lines, Lines)
    printed = BytesIO()
    writer = MessageWriter(printed)
    source, reads = BytesIO(lines.content), iter(lines.reads)
    outside = Outside(
        read=lambda _fd, most: source.read(min(next(reads, most), most)),
        open_route=lambda *_: DryRun(),
    )
    try:
        write_in(outside, Given(_CONFIG, _CATALOG, _NULL), writer, {})
    except ConnectorError as error:
        writer.trace(error)
    for line in filter(None, printed.getvalue().split(b"\n")):
        # A state goes back as it came, even if it can't be parsed.
        if b'"STATE"' not in line:
            _check_shown(json.dumps(json.loads(line)))


def check_configuration(document: object) -> None:
    """A configuration is read, or refused with a sentence; either way no secret shows."""
    printed = BytesIO()
    writer = MessageWriter(printed)
    given: Json = document  # type: ignore[assignment]
    writer.hide(secrets_of(given))
    try:
        config = read_config(given)
        streams = read_catalog(_CATALOG)
        plans = plans_of(config, streams)
        for warning in (*config.warnings, *warnings_about(config, streams, plans)):
            writer.log(str(warning), "WARN")
    except ConnectorError as error:
        writer.trace(error)
    assert KEY not in printed.getvalue().decode()


def check_stored(content: object) -> None:
    """A replay of a file ends, well or with a sentence, and shows nothing of what is in it."""
    assert isinstance(content, bytes)
    said: list[str] = []
    with TemporaryDirectory() as folder:
        part = Path(folder, "2026-01-01", "_", "users", "0001.jsonl.gz")
        part.parent.mkdir(parents=True)
        part.write_bytes(content)
        try:
            replay(replace(_CONFIG, dry_run=True), Wish([folder], catalog=_CATALOG), said.append)
        except ConnectorError as error:
            said.append(error.message)
    assert said
    _check_shown("\n".join(said))


def _check_shown(text: str) -> None:
    assert VALUE not in text
    assert KEY not in text


def _packed(lines: bytes) -> st.SearchStrategy[bytes]:
    whole = gzip.compress(lines, mtime=0)
    return st.just(whole) | spoilt_bytes(whole)


_CONFIG: Final = replace(read_config(_CONFIGURATIONS[0]), max_rejected_percent=100)
_NULL: Final = os.open(os.devnull, os.O_RDONLY)
"""Can always be read."""

TARGETS: Final = {
    "lines": Target(
        st.builds(Lines, spoilt_lines(_LINES), st.lists(st.integers(1, 40), max_size=20)),
        check_lines,
    ),
    "configuration": Target(spoilt_documents(_CONFIGURATIONS), check_configuration),
    "stored rejects": Target(spoilt_lines(_ENTRIES).flatmap(_packed), check_stored),
}
