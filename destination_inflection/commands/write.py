"""The command `write`: one sync, from a file descriptor to states on standard output.

The CDK's reader and writer are not used: they drop `state.id`, log input they can't read, stop at
one bad byte, and leave states in a buffer.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.intake import LinesFromDescriptor
from destination_inflection.airbyte.writer import Level, MessageWriter
from destination_inflection.commands.ending import Ending
from destination_inflection.commands.outside import Outside
from destination_inflection.commands.plans import make_plans
from destination_inflection.commands.run import Aims, Run
from destination_inflection.config.form import Config
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.plurals import plural
from destination_inflection.sync.plans import Teller
from destination_inflection.sync.terms import Terms

_DATA_CHANNEL: Final = {"DATA_CHANNEL_MEDIUM": "STDIO", "DATA_CHANNEL_FORMAT": "JSONL"}
"""How Airbyte's platform says where records come from, and the one way we read them."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says."""

    config: Config
    catalog: Json
    input_fd: int
    report: Path | None = None


def write(
    config: Config, catalog: Json, input_fd: int, writer: MessageWriter, report: Path | None
) -> int:
    """Runs a sync from a file descriptor; returns the exit status, 0 or that of a signal.

    Raises:
        ConnectorError: the sync failed; the states that were due have been released.
    """
    with Ending() as ending:
        given = Given(config, catalog, input_fd, report)
        return write_in(Outside(signals=ending), given, writer, os.environ)


def write_in(
    outside: Outside, given: Given, writer: MessageWriter, environment: Mapping[str, str]
) -> int:
    """Runs a sync with all that it touches given; returns the exit status, 0 or that of a signal.

    Raises:
        ConnectorError: the sync failed; the states that were due have been released.
    """
    config, signals = given.config, outside.signals
    try:
        _check_data_channel(environment)
        streams = read_catalog(given.catalog)
        warn, fail = (partial(writer.log, level=level) for level in ("WARN", "ERROR"))
        tell = Teller(writer.log, warn, fail)
        plans = make_plans(config, streams, tell)
        writer.log(*_way(config))
        overwriting = frozenset(stream.key for stream in streams if stream.overwrites)
        terms = Terms(
            config.max_rejected_percent, overwriting, outside.bounds.sync, outside.clock.monotonic
        )
        with Run(config, Aims(plans, given.catalog, given.report, terms), writer, outside) as run:
            _run_through(run, given.input_fd, outside)
    except ConnectorError as error:
        if not signals.is_told:
            raise
        writer.log(error.message, "WARN")
    return signals.status


def _way(config: Config) -> tuple[str, Level]:
    """How calls go out, for the log."""
    if config.dry_run:
        return "Dry run: nothing will be sent, and no state will be released.", "WARN"
    transport = best_transport(config.connections)
    connections = f"{config.connections} {plural(config.connections, 'connection')}"
    return f"Sending over {connections} with {transport.name}.", "INFO"


def _check_data_channel(environment: Mapping[str, str]) -> None:
    """Refuses a way to hand over records that would leave standard input empty or unreadable."""
    for name, ours in _DATA_CHANNEL.items():
        if (environment.get(name, "").strip() or ours).upper() != ours:
            raise ConfigError(
                f"The platform sets {name} to something other than {ours}, but this connector "
                f"reads JSON lines from standard input: set {name} to {ours} for it."
            )


def _run_through(run: Run, input_fd: int, outside: Outside) -> None:
    """Moves the whole input through, or as much as there is time for, and tells how far it is."""
    session, signals = run.session, outside.signals
    source = LinesFromDescriptor(input_fd, session.sync, outside.bounds.lines, outside.read)
    for _ in session.steps(source, lambda: signals.is_told):
        run.watch.look()
    if signals.is_told:
        run.end_early()
    else:
        session.finish()
