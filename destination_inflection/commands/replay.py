"""The command `replay`: sends stored rejects again, through today's rules.

The files are only read. What is still refused is stored as a new run, if the configuration says
where. Plans are made from the catalog next to the files, so that a record that goes out
now carries the message id it would have had then.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.changes import without_nulled
from destination_inflection.airbyte.intake import feed
from destination_inflection.airbyte.messages import State
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.plans import make_plans
from destination_inflection.commands.run import Aims, Run
from destination_inflection.config.form import Config
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import (
    Fault,
    Origin,
    Stored,
    StoredBytes,
    StoredOrigin,
    StoredRecord,
    read,
)
from destination_inflection.rejects.parts import CATALOG
from destination_inflection.storage.folder import FolderConfig
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import find_files, read_file
from destination_inflection.sync.plans import Teller
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.tally import Report

_PART: str = ".jsonl.gz"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; no reasons in `only` means all."""

    places: Sequence[str]
    only: Collection[str] = ()
    catalog: Json = None
    into: str | None = None
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """Tells a person, not Airbyte, what happens."""

    say: Callable[[str], None]

    def log(self, message: str, level: Level = "INFO") -> None:
        """Prints it."""
        self.say(message if level == "INFO" else f"{level}: {message}")

    def line(self, _content: bytes) -> None:
        """No STATE is ever fed."""


def replay(config: Config, wish: Wish, say: Callable[[str], None]) -> bool:
    """Sends the records again, run by run; returns whether all of them went through.

    Raises:
        ConnectorError: a file can't be read, or Inflection can't be reached.
    """
    bucket = config.rejected if isinstance(config.rejected, S3Config) else None
    if wish.into is not None:
        config = replace(config, rejected=FolderConfig(wish.into))
    found = {location for place in wish.places for location in find_files(place, bucket)}
    runs = _by_run(location for location in found if location.endswith(_PART))
    if not runs:
        raise ConfigError("There are no files of rejected records at the places that were named.")
    good = True
    for run, locations in runs.items():
        catalog = wish.catalog or _catalog_of(run, bucket)
        say(f"Sending again what was rejected in {run}.")
        stored = (each for location in locations for each in _entries(location, bucket, wish.only))
        report = wish.report
        if report is not None and len(runs) > 1:
            report = report.with_name(f"{report.stem}-{run.rpartition('/')[2]}.html")
        aims = Aims(make_plans(config, read_catalog(catalog), Teller(say, say)), catalog, report)
        good = _send(config, aims, stored, Voice(say)) and good
    return good


class _StoredInput:
    """The input of a session: stored rejects, taken one at a time."""

    fd = None

    def __init__(self, stored: Iterator[tuple[Stored, Origin]], sync: Sync[State]) -> None:
        self._stored = stored
        self._sync = sync
        self.at_end = False

    def take(self) -> None:
        """Takes the next one."""
        match next(self._stored, None):
            case None:
                self.at_end = True
            case StoredBytes(content), _:
                feed(self._sync, content)
            case StoredRecord(stream, dict() as row, read_at, changes=changes), origin:
                whole = without_nulled(row, changes if isinstance(changes, list) else [])
                self._sync.record(stream, whole, read_at, origin)
            case StoredRecord(stream), origin:
                self._sync.reject(Fault(Reason.NOT_AN_OBJECT, stream), origin)


def _send(
    config: Config, aims: Aims, stored: Iterator[tuple[Stored, Origin]], voice: Voice
) -> bool:
    with Run(config, aims, voice) as run:
        for _ in run.session.steps(_StoredInput(stored, run.session.sync)):
            continue
        run.session.seal()
        report: Report = run.session.sync.report
    if not report.settled:
        voice.log("There was nothing to send.")
    if (report.rejected or report.unreadable_lines) and config.rejected is None:
        voice.log(
            "What is still rejected was not stored again: it is in the files it came from. Name "
            "a folder with --into to have it apart."
        )
    through = report.delivered == report.settled > 0
    return through and not config.dry_run


def _by_run(locations: Iterable[str]) -> dict[str, list[str]]:
    """The parts by the folder of the run they were made in, in the order they were stored."""
    runs: dict[str, list[str]] = {}
    for location in sorted(locations, key=lambda each: each.rpartition("/")[2]):
        folder = location.rsplit("/", 3)[0] if location.count("/") >= 3 else "."
        runs.setdefault(folder, []).append(location)
    return dict(sorted(runs.items()))


def _catalog_of(run: str, bucket: S3Config | None) -> Json:
    try:
        return cast(Json, json.loads(read_file(f"{run}/{CATALOG}", bucket)))
    except (ConfigError, ValueError):
        raise ConfigError(
            f"There is no {CATALOG} that can be read in {run}: name the configured catalog of the "
            "sync with --catalog."
        ) from None


def _entries(
    location: str, bucket: S3Config | None, only: Collection[str]
) -> Iterator[tuple[Stored, Origin]]:
    """The entries of a part, each with itself as the origin of its record."""
    content = read_file(location, bucket)
    try:
        for line in gzip.decompress(content).splitlines():
            stored = read(line)
            if not only or stored.reason in only:
                yield stored, StoredOrigin(line)
    except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError, zlib.error):
        raise ConfigError(
            f"{location} is not a file of rejected records, or it is damaged: name the files "
            "that a sync has stored."
        ) from None
