"""The command `replay`: sends stored rejects again, through today's rules.

The files are only read. What is still refused is stored as a new run, if the configuration says
where. Plans are made from the catalog that lies beside the files, so that a record that goes out
now carries the message id it would have had then.
"""

import gzip
import json
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from destination_inflection.config import Config
from destination_inflection.destination import make_plans
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.protocol.catalog import read_catalog
from destination_inflection.protocol.writer import Level
from destination_inflection.rejected import CATALOG
from destination_inflection.report import Report
from destination_inflection.running import Aims, running
from destination_inflection.s3 import S3Config
from destination_inflection.stores import FolderConfig, read_files

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

    def line(self, _text: str) -> None:
        """No STATE is ever fed."""


def replay(config: Config, wish: Wish, say: Callable[[str], None]) -> bool:
    """Sends the records again, run by run; returns whether all of them went through.

    Raises:
        ConnectorError: a file can't be read, or Inflection can't be reached.
    """
    if wish.into is not None:
        config = replace(config, rejected=FolderConfig(wish.into))
    bucket = config.rejected if isinstance(config.rejected, S3Config) else None
    files = [(place, *found) for place in wish.places for found in read_files(place, bucket)]
    parts = {location: content for _, location, content in files if location.endswith(_PART)}
    if not parts:
        raise ConfigError("There are no files of rejected records at the places that were named.")
    catalogs = {
        location.removesuffix(CATALOG).rstrip("/"): content
        for _, location, content in files
        if location.endswith(f"/{CATALOG}")
    }
    good = True
    for run, locations in _by_run(parts).items():
        catalog = wish.catalog or _catalog_of(run, catalogs, bucket)
        say(f"Sending again what was rejected in {run}.")
        lines = (line for location in locations for line in _lines(location, parts, wish.only))
        good = _send(config, wish, catalog, lines, Voice(say)) and good
    return good


def _send(config: Config, wish: Wish, catalog: Json, lines: Iterator[bytes], voice: Voice) -> bool:
    streams = read_catalog(catalog)
    aims = Aims(make_plans(config, streams, voice.log), catalog, wish.report)
    with running(config, aims, voice) as run:
        for _ in run.pump(lines):
            continue
        run.sync.seal()
        report: Report = run.sync.report
    if report.rejected and config.rejected is None:
        voice.log(
            "What is still rejected was not stored again: it is in the files it came from. Name "
            "a folder with --into to have it apart."
        )
    return not report.rejected


def _by_run(locations: Collection[str]) -> dict[str, list[str]]:
    """The parts by the folder of the run they were made in, in order."""
    runs: dict[str, list[str]] = {}
    for location in sorted(locations):
        folder = location.rsplit("/", 3)[0] if location.count("/") >= 3 else "."
        runs.setdefault(folder, []).append(location)
    return runs


def _catalog_of(run: str, known: dict[str, bytes], bucket: S3Config | None) -> Json:
    content = known.get(run)
    if content is None:
        try:
            ((_, content),) = read_files(f"{run}/{CATALOG}", bucket)
        except (ConfigError, ValueError):
            raise ConfigError(
                f"There is no {CATALOG} in {run}: name the configured catalog of the sync with "
                "--catalog."
            ) from None
    return cast(Json, json.loads(content))


def _lines(location: str, parts: dict[str, bytes], only: Collection[str]) -> Iterator[bytes]:
    """The messages that the entries of a part were made from."""
    try:
        for written in gzip.decompress(parts[location]).splitlines():
            entry: JsonObject = json.loads(written)
            if only and entry["reason"] not in only:
                continue
            if "raw" in entry:
                yield b64decode(cast(str, entry["raw"]))
                continue
            record = {"data": entry["record"]}
            record |= {name: entry[name] for name in ("stream", "namespace", "emitted_at")}
            yield json.dumps({"type": "RECORD", "record": record}).encode()
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{location} is no file of rejected records, or it is damaged: name the files that a "
            "sync has stored."
        ) from None
