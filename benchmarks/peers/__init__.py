"""Programs of other projects that do the same job, for the benchmark to time as whole processes.

Each reads the same rows and sends them by HTTP POST of JSON, one row a request or up to a thousand.
Each is used as its documentation shows, with its defaults; what differs from a default is said
where it is set. This module needs the standard library only; the peers themselves are installed
from requirements.txt into an environment of their own, whose Python is given to `command`.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
_STREAM: Final = "records"
_TYPES: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
"""Times stay text, so that every peer delivers what it was given."""
_DUCKDB_TYPES: Final = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
}

Command = tuple[list[str], Path | None]


@dataclass(frozen=True)
class Peer:
    """One program to compare with."""

    name: str
    prepare: Callable[[Path, Path], None]
    """Turns a file of rows, one JSON object a line, into what the peer reads, in a folder."""
    command: Callable[[Path, Path, str, int], Command]
    """The command for a Python, the folder, the sink's address and the rows a request.

    With it, the file to give as standard input, if there is one. Its standard output and error are
    logs, and may be thrown away. It may be run any number of times on the same folder.
    """


def _columns(rows: Path) -> dict[str, str]:
    """The columns of the rows and their types, read from the first."""
    with rows.open() as lines:
        first = json.loads(lines.readline())
    return {name: _TYPES[type(value)] for name, value in first.items()}


def _prepare_singer(rows: Path, folder: Path) -> None:
    schema = {
        "properties": {name: {"type": [kind, "null"]} for name, kind in _columns(rows).items()}
    }
    head = {"type": "SCHEMA", "stream": _STREAM, "schema": schema, "key_properties": ["id"]}
    state = {"type": "STATE", "value": {"bookmarks": {_STREAM: {}}}}
    prefix = f'{{"type":"RECORD","stream":"{_STREAM}","record":'
    suffix = ',"time_extracted":"2026-02-03T10:00:00.123000+00:00"}\n'
    with rows.open() as source, (folder / "singer.jsonl").open("w") as messages:
        messages.write(json.dumps(head) + "\n")
        messages.writelines(prefix + line.rstrip("\n") + suffix for line in source)
        messages.write(json.dumps(state) + "\n")


def _command_singer(python: Path, folder: Path, url: str, batch: int) -> Command:
    command = [str(python), str(_HERE / "singer_target.py"), url, str(batch)]
    return command, folder / "singer.jsonl"


def _prepare_dlt(rows: Path, folder: Path) -> None:
    shutil.copyfile(rows, folder / "rows.jsonl")


def _command_dlt(python: Path, folder: Path, url: str, batch: int) -> Command:
    return [str(python), str(_HERE / "dlt_pipeline.py"), str(folder), url, str(batch)], None


def _prepare_drt(rows: Path, folder: Path) -> None:
    # JSON is YAML, too: the project's files are written as such. The address and the size of the
    # batches are variables of the project, given on the command line.
    shutil.copyfile(rows, folder / "rows.jsonl")
    columns = ", ".join(f"{name}: '{_DUCKDB_TYPES[kind]}'" for name, kind in _columns(rows).items())
    rows_of_file = f"read_json('rows.jsonl', format = 'newline_delimited', columns = {{{columns}}})"
    model = f"SELECT * FROM {rows_of_file}"  # noqa: S608 - all of it stands here
    # The default holds every destination to 10 requests a second; 0 lifts that.
    pace = {"requests_per_second": 0}
    post = {"type": "rest_api", "url": "{{ var('url') }}", "method": "POST"}
    head = {"Content-Type": "application/json"}
    batches = {
        "body_mode": "batch",
        "batch_template": '{"batch": {{ rows | tojson_safe }}}',
        "max_records_per_request": "{{ var('batch') }}",
    }
    # The destination opens a new client, with its TLS settings, for every batch of the engine.
    # Batches of 10,000 rows, cut into requests by the destination, spare it most of that.
    options = {"mode": "full", "batch_size": 10_000, "rate_limit": pace}
    files: dict[str, object] = {
        "drt_project.yml": {"name": "benchmark", "version": "0.1", "profile": "local"},
        "home/.drt/profiles.yml": {"local": {"type": "duckdb", "database": ":memory:"}},
        "syncs/records.yml": {
            "name": "records",
            "model": model,
            "destination": post,
            "sync": options,
        },
        "syncs/batches.yml": {
            "name": "batches",
            "model": model,
            "destination": {**post, "headers": head, **batches},
            "sync": options,
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")


def _command_drt(python: Path, folder: Path, url: str, batch: int) -> Command:
    sync = "records" if batch == 1 else "batches"
    options = ["--select", sync, "--vars", json.dumps({"url": url, "batch": batch})]
    return [str(python), str(_HERE / "drt_project.py"), str(folder), "run", *options], None


PEERS: Final[tuple[Peer, ...]] = (
    Peer("singer-sdk 0.54.9", _prepare_singer, _command_singer),
    Peer("dlt 1.31.0", _prepare_dlt, _command_dlt),
    Peer("drt-core 1.2.1", _prepare_drt, _command_drt),
)
