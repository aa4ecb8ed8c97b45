"""A finished run, told and stored: the log's last lines, `report.json` and the page."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from destination_inflection.delivery.traffic import Traffic
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.plurals import plural
from destination_inflection.rejects.parts import StoredRun
from destination_inflection.report.bottleneck_words import sentences
from destination_inflection.report.build import RunFacts, bounded_by, streams_of
from destination_inflection.report.document import Estimate
from destination_inflection.report.words import (
    are_read_again,
    at_least,
    least_time,
    number,
    rejected_whole,
    replay_command,
    stored_counts,
)
from destination_inflection.storage.folder import FolderConfig, FolderStore, can_be_path
from destination_inflection.storage.store import Store
from destination_inflection.sync.tally import Kind, LastLine, Report

_NAME: Final = "report"
"""Without its ending, in a folder."""

_MORE: Final = MappingProxyType({False: "", True: "more than "})


def last_lines(report: Report, traffic: Traffic, facts: RunFacts) -> Iterator[LastLine]:
    """What the log says at the end of a run, after its warnings."""
    yield from report.summary(facts.seconds, traffic, _kind(facts))
    if bottlenecks := bounded_by(report, traffic, facts):
        yield LastLine(sentences(bottlenecks, "The run was bound by"))
    if facts.stored is not None:
        yield LastLine(_stored(report, facts, facts.stored))
    if facts.estimate is not None:
        yield LastLine(
            "Dry run: nothing was sent and no state was released. A real run would send "
            f"{_estimated(facts.estimate)}."
        )
        for speed in facts.estimate["by_answer_time"]:
            yield LastLine(
                f"With {_parallel(facts.estimate['connections'])}, if an answer takes "
                f"{speed['answer_ms']:g} ms: {_rate(speed['requests_per_second'])}, "
                f"{at_least(3600 * speed['hours'])}."
            )
    if whole := rejected_whole(streams_of(report), facts.result):
        yield LastLine(whole, "WARN")


def _parallel(connections: int) -> str:
    return f"{connections} parallel {plural(connections, 'request')}"


def _rate(requests: float) -> str:
    shown = number(requests)
    return f"{shown} {'request' if shown == '1' else 'requests'} a second"


def _estimated(estimate: Estimate) -> str:
    requests, emails = estimate["requests"], estimate["emails"]
    told = f"{_MORE[estimate['more_requests']]}{requests} {plural(requests, 'request')}"
    if emails is not None:
        different = "one email" if emails == 1 else f"{emails} different emails"
        told += f" for {_MORE[estimate['more_emails']]}{different}"
    return f"{told}: {least_time(estimate)} at {estimate['requests_per_second']:g} a second"


def not_stored(count: int, facts: RunFacts) -> str:
    """The warning that so many rejects were taken and could not be stored."""
    rejects = f"{count} rejected {plural(count, 'record or line', 'records or lines')}"
    if facts.replayed is not None:
        return f"{rejects} could not be stored again: they are still in {facts.replayed.run}."
    return (
        f"{rejects} could not be stored: no state that covers them was released, so the next sync "
        "reads them again."
    )


def _kind(facts: RunFacts) -> Kind:
    if facts.result == "dry_run":
        return Kind.DRY_RUN
    return Kind.SYNC if facts.replayed is None else Kind.REPLAY


def _stored(report: Report, facts: RunFacts, stored: StoredRun) -> str:
    """What is stored, and what to do about it."""
    told = (
        f"Stored: {stored_counts(stored.records, stored.unreadable_lines)}, in {stored.location}."
    )
    command = replay_command(stored.replay)
    is_sync = facts.replayed is None
    if is_sync and are_read_again(facts.result, report.states_read, report.states_released):
        return (
            f"{told} The next sync reads those again whose states were not released, so correct "
            "the cause and run the sync again first. Replay only what the source can't send again: "
            f"{command}"
        )
    return f"{told} Once the cause is corrected, send them again: {command}"


def save_in_store(store: Store, name: str, document: bytes) -> str | ConnectorError:
    """Stores a report as `name.json` and `name.html`; returns where the page is, or why not."""
    from destination_inflection.report.page import render  # noqa: PLC0415 - slow to load

    try:
        store.save(f"{name}.json", document)
        return store.save(f"{name}.html", render(orjson.loads(document)).encode())
    except ConnectorError as error:
        return error


def place_for(place: Path, run: str) -> Path:
    """Where the report on a run goes if `--report` names a place for those on several."""
    if place.is_dir():
        return place / f"{_NAME}-{run}.html"
    return place.with_name(f"{place.stem}-{run}.html")


def save_at(place: Path, document: bytes) -> str | ConnectorError:
    """Stores a report where `--report` says, in both forms; returns where, or why not.

    In a folder that is there they are `report.html` and `report.json`.
    """
    place = place.absolute()
    with suppress(ValueError):  # an unpaired surrogate, or a NUL
        place = place / _NAME if place.is_dir() else place
    if not can_be_path(str(place)):
        return ConfigError("The path after --report holds a NUL or is not UTF-8: enter it again.")
    folder = FolderStore(FolderConfig(str(place.parent)))
    name = place.name.removesuffix(".json").removesuffix(".html")
    saved = save_in_store(folder, name, document)
    if not isinstance(saved, ConnectorError):
        return saved
    return ConfigError(
        f"{place} can't be written: check the path named with --report, and that this user may "
        "write there."
    )
