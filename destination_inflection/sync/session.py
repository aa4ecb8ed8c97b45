"""One run of a command that delivers: its sync, its rejects, its summary and its report."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final, Protocol, cast

import orjson

from destination_inflection.airbyte.messages import State, parse
from destination_inflection.airbyte.writer import Level
from destination_inflection.config.form import Config
from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.delivery.routes import Route, delivering
from destination_inflection.errors import DEFECT_MESSAGE, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.masking import Mask
from destination_inflection.rejects.parts import OnlyLogged, Parts
from destination_inflection.report.build import RunFacts, as_document, estimate
from destination_inflection.report.document import Result
from destination_inflection.storage.store import FolderConfig, FolderStore, Store, open_store
from destination_inflection.streams import StreamKey
from destination_inflection.sync.sync import Outlets, Plans, Sync
from destination_inflection.sync.tally import Timeline

TICK_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 10.0
_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"


class Log(Protocol):
    """Where the run tells what happens."""

    def log(self, message: str, level: Level = "INFO") -> None:
        """Tells something."""
        ...

    def line(self, text: str) -> None:
        """Takes a STATE on its way back."""
        ...


@dataclass(slots=True)
class Run:
    """What a command works with, and how it ended."""

    sync: Sync
    delivery: Route
    timeline: Timeline
    started: float
    result: Result

    def feed(self, line: bytes) -> None:
        """Takes one line of input. A dry run lets no state through.

        Raises:
            ConfigError: it is the first record of a stream that can't be mapped.
        """
        if self.result == "dry_run" and b"STATE" in line and isinstance(parse(line), State):
            self.sync.report.states_read += 1
        else:
            self.sync.feed(line)

    def step(self) -> None:
        """Books what delivery has done.

        Raises:
            ConnectorError: the sync can't go on.
        """
        if self.delivery.has_room and not self.sync.has_room:
            # Reading stops for the states that are held: what they wait for must not wait.
            self.delivery.flush()
        self.sync.settle()
        self.timeline.note(monotonic() - self.started, self.sync.report)

    def drain(self) -> None:
        """Gives requests in flight a little time; books what they bring, and stores the rejects.

        The run is ending already: what goes wrong now is not told, and holds its states back.
        """
        self.delivery.shut_down()
        deadline = monotonic() + _GRACE_SECONDS
        while True:
            with suppress(ConnectorError):
                self.step()
            left = deadline - monotonic()
            if self.sync.is_idle or left <= 0:
                break
            self.delivery.wait(min(left, TICK_SECONDS))
        with suppress(ConnectorError):
            self.sync.seal()

    def pump(self, lines: Iterable[bytes]) -> Iterator[None]:
        """Moves lines that are at hand through; stops after each step, for who wants to look.

        Raises:
            ConnectorError: the sync can't go on.
        """
        for line in lines:
            while not self.sync.has_room:
                self.delivery.wait(TICK_SECONDS)
                self.step()
            self.feed(line)
            self.step()
            yield
        self.delivery.flush()
        while not self.sync.is_idle:
            self.delivery.wait(TICK_SECONDS)
            self.step()
            yield


@dataclass(frozen=True, slots=True)
class Aims:
    """What a run is about: its plans and its catalog, and where a report is wanted."""

    plans: Plans
    catalog: Json
    report: Path | None = None
    overwriting: Collection[StreamKey] = ()
    max_rejected_percent: float = 100.0


@contextmanager
def running(config: Config, aims: Aims, log: Log) -> Iterator[Run]:
    """A run; when it is left, its summary is logged and its report is stored.

    Raises:
        ConnectorError: rejected records can't be stored where they should be.
    """
    began, started = datetime.now(UTC), monotonic()
    stamp = began.strftime(_STAMP)
    store: Store | None = None
    if config.rejected is not None and not config.dry_run:
        store = open_store(config.rejected)
        store.check()
    parts = Parts(store.save, stamp, aims.catalog) if store is not None else None

    mask = Mask(config.secrets)

    def warn(text: str) -> None:
        log.log(text, "WARN")

    with delivering(config, warn) as delivery:
        outlets = Outlets(
            log.line,
            warn,
            OnlyLogged() if parts is None else parts,
            mask,
        )
        sync = Sync(
            aims.plans,
            delivery,
            outlets,
            max_rejected_percent=aims.max_rejected_percent,
            overwriting=frozenset(aims.overwriting),
        )
        first_result: Result = "dry_run" if config.dry_run else "succeeded"
        run = Run(sync, delivery, Timeline(), started, first_result)
        problem: str | None = None
        try:
            yield run
        except Exception as error:
            run.result = "failed"
            problem = error.message if isinstance(error, ConnectorError) else DEFECT_MESSAGE
            run.drain()
            raise
        except BaseException:
            # Whoever read the states stopped reading, or pressed Ctrl-C.
            run.result = "terminated"
            run.drain()
            raise
        finally:
            facts = RunFacts(
                run.result,
                problem,
                began,
                monotonic() - started,
                config.delivery,
                aims.plans,
                [] if parts is None else parts.stored,
                estimate(delivery.requests, config.max_requests_per_second)
                if isinstance(delivery, DryRun)
                else None,
            )
            _tell(run, facts, log)
            books = as_document(sync.report, delivery.traffic, run.timeline, facts)
            document = orjson.dumps(mask.document(cast(Json, books)), option=orjson.OPT_INDENT_2)
            if store is not None:
                _save(store, f"{stamp}/report", document, log)
            if aims.report is not None:
                beside = FolderStore(FolderConfig(str(aims.report.resolve().parent)))
                name = aims.report.name.removesuffix(".json").removesuffix(".html")
                _save(beside, name, document, log)


def _tell(run: Run, facts: RunFacts, log: Log) -> None:
    for line in run.sync.report.warnings():
        log.log(line, "WARN")
    for line in run.sync.report.summary(facts.seconds, run.delivery.traffic):
        log.log(line)
    for part in facts.stored:
        log.log(f"Rejected records: {part.records} stored in {part.location}.")
    if facts.estimate is not None:
        log.log(
            "Dry run: nothing was sent and no state was released. A real run would send "
            f"{facts.estimate['requests']} requests, which take at least "
            f"{facts.estimate['minutes']:.1f} minutes at "
            f"{facts.estimate['requests_per_second']:g} a second."
        )


def _save(store: Store, name: str, document: bytes, log: Log) -> None:
    """Stores the report twice; a report that can't be stored does not change how the run ended."""
    from destination_inflection.report.page import render  # noqa: PLC0415 - slow to load

    try:
        store.save(f"{name}.json", document)
        location = store.save(f"{name}.html", render(orjson.loads(document)).encode())
        log.log(f"Report: {location}")
    except ConnectorError as error:
        log.log(f"The report could not be stored. {error.message}", "WARN")
