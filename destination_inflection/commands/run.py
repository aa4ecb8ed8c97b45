"""One run of a command that delivers: a session, and what is opened before and told after it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, cast

import orjson

from destination_inflection.airbyte.intake import StateLines
from destination_inflection.airbyte.messages import State
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.outside import Outside
from destination_inflection.commands.watch import Watch
from destination_inflection.config.form import Config
from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.delivery.routes import Access
from destination_inflection.delivery.settings import RetryPolicy, Settings
from destination_inflection.errors import DEFECT_MESSAGE, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.masking import Mask
from destination_inflection.rejects.entry import Origin
from destination_inflection.rejects.parts import OnlyLogged, Parts, StoredRun
from destination_inflection.report.bottleneck import Limits
from destination_inflection.report.build import Replayed, RunFacts, as_document, estimate
from destination_inflection.report.document import Result
from destination_inflection.report.save import last_lines, not_stored, save_at, save_in_store
from destination_inflection.sync.plans import Plans, kinds_in
from destination_inflection.sync.records import Sent
from destination_inflection.sync.session import Session
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.terms import DEFAULT_TERMS, Outlets, Terms

STAMP: Final = "%Y%m%dT%H%M%S.%fZ"


class Front(Protocol):
    """Where a run tells what happens, and where its states go back."""

    def log(self, message: str, level: Level = "INFO") -> None:
        """Tells something."""
        ...

    def line(self, content: bytes) -> None:
        """Takes a STATE on its way back."""
        ...


@dataclass(frozen=True, slots=True)
class Aims:
    """What a run is about: its plans, its catalog, its terms, and where a report is wanted.

    In a replay, `replays` says of what and how far it is, and `delivered` is told of what went
    through.
    """

    plans: Plans
    catalog: Json
    report: Path | None = None
    terms: Terms = DEFAULT_TERMS
    replays: Callable[[], Replayed] | None = None
    delivered: Callable[[Origin], None] | None = None


class Run:
    """Opened when it is made; ended, told and reported when the `with` block is left."""

    def __init__(
        self, config: Config, aims: Aims, front: Front, outside: Outside | None = None
    ) -> None:
        """Opens the store of rejects and the delivery.

        Raises:
            ConnectorError: rejected records can't be stored where they should be.
        """
        self._config, self._aims, self._front = config, aims, front
        outside = outside or Outside()
        self._ending = outside.signals
        self._mask = Mask(config.secrets)
        self._began = outside.clock.now()
        self._stamp = self._began.strftime(STAMP)
        self._store = None
        self._parts: Parts | None = None
        if config.rejected is not None and not config.dry_run:
            self._store = self._ending.guarded(outside.open_store(config.rejected))
            self._store.check()
            self._parts = Parts(
                self._store.save,
                self._stamp,
                aims.catalog,
                outside.clock.monotonic,
                outside.bounds.rejects,
            )
        self._dry_run: DryRun[Sent[State]] | None = DryRun() if config.dry_run else None
        delivery = self._dry_run or outside.open_route(
            Access(config.delivery, config.api_key),
            _settings(config, aims.plans, outside.bounds.delivery),
            self._warn,
        )
        rejects = self._parts or OnlyLogged()
        outlets = Outlets(self._warn, rejects, self._mask, aims.delivered)
        sync: Sync[State] = Sync(aims.plans, delivery, outlets, aims.terms)
        states = None if config.dry_run else StateLines(front.line, sync).release
        self.session = Session(sync, delivery, states, outside.clock.monotonic)
        self._limits = Limits(config.connections, config.max_requests_per_second)
        self.watch = Watch(self.session, None if config.dry_run else self._limits, front.log)
        """To be asked to look after each step."""
        self.result: Result = "dry_run" if config.dry_run else "succeeded"
        """How it ended."""

    def __enter__(self) -> Self:
        """Begins."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Saves what can be saved, tells how it went, and stores the report."""
        problem: str | None = None
        is_told = isinstance(error, Exception) and self._ending.is_told
        if is_told or isinstance(error, BrokenPipeError) or not isinstance(error, Exception | None):
            # There was a signal, or whoever read the states stopped reading.
            self.result = "terminated"
        elif error is not None:
            self.result = "failed"
            problem = error.message if isinstance(error, ConnectorError) else DEFECT_MESSAGE
        try:
            if error is not None:
                self.session.drain(self._ending.grace)
        finally:
            self._tell(problem)
            self.session.delivery.close()

    def end_early(self) -> None:
        """Finishes what is in flight, because there was a signal."""
        self._warn(f"{self._ending.name} received: finishing the requests in flight.")
        self.result = "terminated"
        self.session.drain(self._ending.grace)

    def _tell(self, problem: str | None) -> None:
        session, report = self.session, self.session.sync.report
        facts = RunFacts(
            self.result,
            problem,
            self._began,
            round(session.seconds, 3),
            self._config.delivery,
            self._aims.plans,
            self._stored(),
            None if self._dry_run is None else estimate(self._dry_run.needs, self._limits),
            None if self._aims.replays is None else self._aims.replays(),
            self._limits if self._dry_run is None else None,
        )
        books = as_document(report, session.delivery.traffic, session.timeline, facts)
        document = orjson.dumps(self._mask.document(cast(Json, books)), option=orjson.OPT_INDENT_2)
        # Stored first, told second: perhaps nobody reads what is told.
        saved: list[str | ConnectorError] = []
        if self._store is not None:
            saved.append(save_in_store(self._store, f"{self._stamp}/report", document))
        if self._aims.report is not None:
            saved.append(save_at(self._aims.report, document))
        for line in report.warnings():
            self._warn(line)
        if self._parts is not None and self._parts.not_stored:
            self._warn(not_stored(self._parts.not_stored, facts))
        for text, level in last_lines(report, session.delivery.traffic, facts):
            self._front.log(text, level)
        for place in saved:
            if isinstance(place, ConnectorError):
                # It does not change how the run ended.
                self._warn(f"The report could not be stored. {place.message}")
            else:
                self._front.log(f"Report: {place}")

    def _stored(self) -> StoredRun | None:
        """What was stored of the rejects; those of a replay are copies of what it replays."""
        parts, replays = self._parts, self._aims.replays
        if parts is None or parts.location is None:
            return None
        if not (parts.records or parts.unreadable_lines):
            return None
        again = parts.location if replays is None else replays().run
        return StoredRun(parts.location, parts.records, again, parts.unreadable_lines)

    def _warn(self, text: str) -> None:
        self._front.log(text, "WARN")


def _settings(config: Config, plans: Plans, bounds: Bounds) -> Settings:
    return Settings(
        connections=config.connections,
        requests_per_second=config.max_requests_per_second,
        retry=RetryPolicy(request_timeout=config.request_timeout_seconds),
        bounds=bounds,
        kinds=kinds_in(plans),
    )
