"""A finished run, told and stored: the log's last lines, `report.json` and the page."""

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from destination_inflection.delivery.traffic import Traffic
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.plurals import plural
from destination_inflection.report.build import RunFacts
from destination_inflection.report.document import Estimate
from destination_inflection.report.words import duration, replay_command
from destination_inflection.storage.folder import FolderConfig, FolderStore, can_be_path
from destination_inflection.storage.store import Store
from destination_inflection.sync.tally import Report

_MORE: Final = MappingProxyType({False: "", True: "more than "})


def last_lines(report: Report, traffic: Traffic, facts: RunFacts) -> Iterator[str]:
    """What the log says at the end of a run, after its warnings."""
    yield from report.summary(facts.seconds, traffic)
    if facts.stored is not None:
        yield (
            f"Rejected records: {facts.stored.records} stored in {facts.stored.location}. Once the "
            f"cause is corrected, send them again: {replay_command(facts.stored.replay)}"
        )
    if facts.estimate is not None:
        yield (
            "Dry run: nothing was sent and no state was released. A real run would send "
            f"{_estimated(facts.estimate)}."
        )


def _estimated(estimate: Estimate) -> str:
    requests, emails, seconds = estimate["requests"], estimate["emails"], estimate["minutes"] * 60
    told = f"{_MORE[estimate['more_requests']]}{requests} {plural(requests, 'request')}"
    if emails is not None:
        different = "one email" if emails == 1 else f"{emails} different emails"
        told += f" for {_MORE[estimate['more_emails']]}{different}"
    at_least = f"at least {duration(seconds)}" if seconds >= 1 else "less than a second"
    return f"{told}: {at_least} at {estimate['requests_per_second']:g} a second"


def save_in_store(store: Store, name: str, document: bytes) -> str | ConnectorError:
    """Stores a report as `name.json` and `name.html`; returns where the page is, or why not."""
    from destination_inflection.report.page import render  # noqa: PLC0415 - slow to load

    try:
        store.save(f"{name}.json", document)
        return store.save(f"{name}.html", render(orjson.loads(document)).encode())
    except ConnectorError as error:
        return error


def save_at(place: Path, document: bytes) -> str | ConnectorError:
    """Stores a report where `--report` says, in both forms; returns where, or why not."""
    place = place.absolute()
    if not can_be_path(str(place)):
        return ConfigError("The path after --report holds a NUL or is not UTF-8: enter it again.")
    folder = FolderStore(FolderConfig(str(place.parent)))
    name = place.name.removesuffix(".json").removesuffix(".html")
    saved = save_in_store(folder, name, document)
    if not isinstance(saved, ConnectorError):
        return saved
    return ConfigError(
        f"{place.parent} can't be written: check that the folder named with --report is there and "
        "that this user may write to it."
    )
