"""The command `replay`: sends stored rejects again, through today's rules.

The parts are only read. What went through is noted next to the run, and left out by the next replay
of it. What is still refused is stored as a new run, if the configuration says where. Plans are made
from the catalog next to the files, so that a record that goes out now carries the message id it
would have had then.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import cast

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.ending import Ending
from destination_inflection.commands.outside import Outside
from destination_inflection.commands.plans import make_plans
from destination_inflection.commands.replay_books import Earlier, Journal, StoredFiles
from destination_inflection.commands.replay_input import StoredInput
from destination_inflection.commands.replay_parts import (
    DamagedPartError,
    Entry,
    Part,
    by_run,
    entries,
)
from destination_inflection.commands.run import STAMP, Aims, Run
from destination_inflection.config.form import Config
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.plurals import plural
from destination_inflection.rejects.entry import (
    Origin,
    StoredOrigin,
)
from destination_inflection.rejects.parts import CATALOG, folder_of
from destination_inflection.report.build import Replayed
from destination_inflection.report.save import place_for
from destination_inflection.storage.folder import FolderConfig
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import find_files, read_file
from destination_inflection.sync.plans import Teller
from destination_inflection.sync.tally import Report


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; no reasons in `only` means all.

    With `again`, what went through in an earlier replay is sent too.
    """

    places: Sequence[str]
    only: Collection[str] = ()
    catalog: Json = None
    into: str | None = None
    report: Path | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """Tells a person, not Airbyte, what happens."""

    say: Callable[[str], None]

    def log(self, message: str, level: Level = "INFO") -> None:
        """Prints it."""
        self.say(message if level == "INFO" else f"{level}: {message}")

    def line(self, _content: bytes) -> None:
        """No STATE is ever fed."""


def replay(config: Config, wish: Wish, say: Callable[[str], None]) -> int:
    """Sends the records again, run by run.

    Returns the exit status: 0 if all of them went through, 1 if not, or that of a signal.

    Raises:
        ConnectorError: a file can't be read, or Inflection can't be reached.
    """
    with Ending() as ending:
        try:
            went_through = _replay(config, wish, say, ending)
        except ConnectorError as error:
            if not ending.is_told:
                raise
            say(f"WARN: {error.message}")
        if not ending.is_told:
            return 0 if went_through else 1
        noted = "" if wish.again else " What was delivered is noted, and will be left out."
        say(f"Stopped early: give the same command again.{noted}")
        return ending.status


def _replay(config: Config, wish: Wish, say: Callable[[str], None], ending: Ending) -> bool:
    bucket = config.rejected if isinstance(config.rejected, S3Config) else None
    if wish.into is not None:
        config = replace(config, rejected=FolderConfig(wish.into, "the folder named with --into"))
    runs = by_run({file for place in wish.places for file in find_files(place, bucket)}, bucket)
    if not runs:
        raise ConfigError("There are no files of rejected records at the places you named.")
    sent_earlier = Earlier.SENT_AGAIN if wish.again else Earlier.LEFT_OUT
    when = datetime.now(UTC).strftime(STAMP)
    journal = Journal(runs, StoredFiles(bucket), when, sent_earlier)
    replayer = _Replayer(config, wish, bucket, journal, Voice(say), ending, len(runs) > 1)
    reports = [replayer.send(run, parts) for run, parts in runs.items() if not ending.is_told]
    settled = sum(report.settled for report in reports)
    delivered = sum(report.delivered for report in reports)
    is_whole = delivered == settled and not replayer.damaged
    return is_whole and delivered + journal.earlier > 0 and not config.dry_run


@dataclass(frozen=True, slots=True)
class _Replayer:
    """All that the runs of one replay have in common."""

    config: Config
    wish: Wish
    bucket: S3Config | None
    journal: Journal
    voice: Voice
    ending: Ending
    has_several: bool
    """Whether each run needs a report of its own."""
    damaged: list[Part] = field(default_factory=list)
    """The parts that could not be read to their end."""

    def send(self, run: str, parts: Sequence[Part]) -> Report:
        """Sends what a run has rejected and no replay has sent; returns what became of it."""
        log, journal = self.voice.log, self.journal
        catalog = self.wish.catalog or self._catalog_of(run)
        journal.turn_to(run)
        earlier, copies = journal.earlier, journal.copies

        def replayed() -> Replayed:
            return Replayed(run, journal.earlier - earlier, journal.copies - copies)

        stored, is_needed = _looked_into(self._stored(parts))
        if not is_needed and replayed().copies:
            log(f"Nothing is sent of {run}.")
            self._tell_left_out(replayed())
            return Report()
        log(f"Sending again what was rejected in {run}.")
        aims = self._aims(catalog, {part.folder for part in parts}, replayed)
        try:
            with Run(self.config, aims, self.voice, Outside(signals=self.ending)) as opened:
                source = StoredInput(stored, opened.session.sync)
                for _ in opened.session.steps(source, lambda: self.ending.is_told):
                    opened.watch.look()
                    journal.save_if_due()
                if self.ending.is_told:
                    opened.end_early()
                else:
                    opened.session.seal()
                report: Report = opened.session.sync.report
                is_complete = _is_complete(report, replayed()) and not self.damaged
                if opened.result == "succeeded" and not is_complete:
                    opened.result = "incomplete"
        finally:
            journal.save()
        self._tell_left_out(replayed())
        if not (report.settled or replayed().sent_earlier or replayed().copies):
            log("There was nothing to send.")
        if report.unreadable_lines:
            lines = plural(report.unreadable_lines, "stored line")
            log(
                f"{report.unreadable_lines} {lines} can't become records again: every replay of "
                "this run counts them and ends with 1. To leave them out, name the other reasons "
                "with --only."
            )
        has_rejects = report.rejected or report.unreadable_lines
        if has_rejects and self.config.rejected is None:
            log(
                "What is still rejected was not stored again: it is in the files it came from. "
                "Name a folder with --into to have it apart."
            )
        return report

    def _stored(self, parts: Iterable[Part]) -> Iterator[Entry | None]:
        """The entries of all parts that are to be sent. A damaged one does not keep the others."""
        for part in parts:
            try:
                yield from entries(part, self.bucket, self.wish.only, self.journal)
            except DamagedPartError as error:
                self.damaged.append(part)
                self.voice.log(error.message, "WARN")

    def _tell_left_out(self, replayed: Replayed) -> None:
        """Says which records were not sent, and why not."""
        if (earlier := replayed.sent_earlier) > 0:
            self.voice.log(
                f"{earlier} {plural(earlier, 'record')} left out: sent by an earlier replay. "
                "--again sends them too."
            )
        if (copies := replayed.copies) > 0:
            kept = plural(copies, "a copy of a record", "copies of records")
            self.voice.log(
                f"{copies} {plural(copies, 'record')} left out: {kept} that this replay has "
                "already tried."
            )

    def _aims(
        self, catalog: Json, folders: Collection[str], replayed: Callable[[], Replayed]
    ) -> Aims:
        """What to make of a run's records, told of the streams with these folders."""
        run = replayed().run
        streams = read_catalog(catalog)
        shown = [stream.key for stream in streams if folder_of(stream.key) in folders]
        log = self.voice.log
        tell = Teller(log, partial(log, level="WARN"), partial(log, level="ERROR"))
        plans = make_plans(self.config, streams, tell, shown)
        report = self.wish.report
        if report is not None and self.has_several:
            report = place_for(report, run.rpartition("/")[2])
        delivered = self._note if self._keeps_books(run) else None
        return Aims(plans, catalog, report, replays=replayed, delivered=delivered)

    def _keeps_books(self, run: str) -> bool:
        """Whether what goes through is noted; to do without is allowed by --again alone."""
        if self.config.dry_run:
            return False
        try:
            self.journal.check()
        except ConnectorError:
            if not self.wish.again:
                raise
            self.voice.log(
                f"{run} can't be written: nothing is noted, so a later replay without --again "
                "sends these records once more.",
                "WARN",
            )
            return False
        return True

    def _note(self, origin: Origin) -> None:
        if isinstance(origin, StoredOrigin) and origin.place is not None:
            self.journal.delivered(origin.place)

    def _catalog_of(self, run: str) -> Json:
        try:
            return cast(Json, json.loads(read_file(f"{run}/{CATALOG}", self.bucket)))
        except (ConfigError, RecursionError, ValueError):
            raise ConfigError(
                f"There is no {CATALOG} that can be read in {run}: name the configured catalog of "
                "the sync with --catalog."
            ) from None


def _looked_into(
    entries: Iterator[Entry | None],
) -> tuple[Iterator[Entry | None], bool]:
    """The same entries, and whether there is one among them to be sent."""
    first = next((entry for entry in entries if entry is not None), None)
    return (entries, False) if first is None else (chain((first,), entries), True)


def _is_complete(report: Report, replayed: Replayed) -> bool:
    """Whether everything went through that was chosen, now or earlier."""
    has_any = report.delivered or replayed.sent_earlier or replayed.copies
    return report.delivered == report.settled and bool(has_any)
