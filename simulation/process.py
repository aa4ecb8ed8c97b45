"""One process: the command `write`, run in a world, until it ends or is killed."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import BinaryIO, cast

from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.commands.outside import Outside, Route
from destination_inflection.commands.write import Given, write_in
from destination_inflection.config.form import Config
from destination_inflection.delivery.routes import Access, route_over
from destination_inflection.delivery.settings import Clock, Settings
from destination_inflection.errors import ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.report import page
from destination_inflection.storage.store import Store
from simulation.life import Life
from simulation.network import Network
from simulation.pipes import InputPipe, OutputPipe
from simulation.scenario import Scenario
from simulation.violation import Killed, Rule, Violation
from simulation.watched import Watched, Watcher


class Ending(Enum):
    """How a process ended."""

    GREEN = "green"
    FAILED = "failed"
    TERMINATED = "terminated"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a process; `problem` is what it said, if it failed."""

    how: Ending
    problem: str = ""
    failure_type: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a process touches of its world."""

    life: Life
    network: Network
    store: Store
    source: InputPipe
    platform: OutputPipe
    watcher: Watcher
    rng: Random


def run_process(config: Config, catalog: Json, scenario: Scenario, around: Surroundings) -> Ended:
    """Runs it.

    Raises:
        Violation: an invariant is broken, or the connector has a defect.
    """
    timeline = around.life.timeline
    clock = Clock(timeline.monotonic, timeline.today, around.rng.random)
    writer = MessageWriter(cast(BinaryIO, around.platform), lambda: timeline.today().timestamp())
    writer.hide(config.secrets)

    def open_route(access: Access, settings: Settings, log: Callable[[str], None]) -> Route:
        inner: Route = route_over(around.network, access, settings, log, clock)
        return Watched(inner, around.watcher)

    outside = Outside(
        clock,
        around.source.read,
        open_route,
        lambda _config: around.store,
        around.life,
        scenario.bounds,
    )
    # The page takes longer than all the rest, and nothing of the write path is in it.
    kept, page.render = page.render, lambda document: ""  # noqa: ARG005 - it keeps its form
    try:
        status = write_in(outside, Given(config, catalog, 0), writer, {})
    except Killed:
        return Ended(Ending.KILLED)
    except ConnectorError as error:
        _trace(writer, error)
        return Ended(Ending.FAILED, error.message, error.failure_type)
    except Exception as error:
        first = traceback.format_exception(error)
        raise Violation(Rule.DEFECT, "".join(first[-8:])) from error
    finally:
        page.render = kept
        around.life.end()
    return Ended(Ending.TERMINATED if status else Ending.GREEN)


def _trace(writer: MessageWriter, error: ConnectorError) -> None:
    """As the command line does; nobody may be there to read it."""
    try:
        writer.trace(error)
    except Killed:
        return
