"""The command `write`: one sync, from a file descriptor to states on standard output.

The CDK's reader and writer are not used: they drop `state.id`, log input they can't read, stop at
one bad byte, and leave states in a buffer.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.intake import LinesFromDescriptor
from destination_inflection.airbyte.messages import State
from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.commands.plans import make_plans
from destination_inflection.commands.run import Aims, Run
from destination_inflection.config.form import Config
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.sync.plans import Teller
from destination_inflection.sync.session import Session
from destination_inflection.sync.terms import Terms

TERMINATED: Final = 143  # 128 + SIGTERM; Airbyte's platform takes it for an orderly end
_PROGRESS_SECONDS: Final = 30.0
_DATA_CHANNEL: Final = {"DATA_CHANNEL_MEDIUM": "STDIO", "DATA_CHANNEL_FORMAT": "JSONL"}
"""How Airbyte's platform says where records come from, and the one way we read them."""


def write(
    config: Config, catalog: Json, input_fd: int, writer: MessageWriter, report: Path | None
) -> int:
    """Runs a sync from a file descriptor; returns the exit status, 0 or `TERMINATED`.

    Raises:
        ConnectorError: the sync failed; the states that were due have been released.
    """
    _check_data_channel(os.environ)
    streams = read_catalog(catalog)
    plans = make_plans(config, streams, Teller(writer.log, partial(writer.log, level="WARN")))
    if config.dry_run:
        writer.log("Dry run: nothing will be sent, and no state will be released.", "WARN")
    else:
        transport = best_transport(config.connections)
        writer.log(f"Sending over {config.connections} connections with {transport.name}.")
    overwriting = frozenset(stream.key for stream in streams if stream.overwrites)
    terms = Terms(config.max_rejected_percent, overwriting)
    with Run(config, Aims(plans, catalog, report, terms), writer) as run, _sigterm_noted() as stop:
        _run_through(run.session, input_fd, writer, stop)
        if stop:
            writer.log("SIGTERM received: finishing the requests in flight.", "WARN")
            run.result = "terminated"
            run.session.drain()
            return TERMINATED
        run.session.finish()
    return 0


def _check_data_channel(environment: Mapping[str, str]) -> None:
    """Refuses a way to hand over records that would leave standard input empty or unreadable."""
    for name, ours in _DATA_CHANNEL.items():
        if (environment.get(name, "").strip() or ours).upper() != ours:
            raise ConfigError(
                f"The platform sets {name} to something other than {ours}, but this connector "
                f"reads JSON lines from standard input: set {name} to {ours} for it."
            )


def _run_through(
    session: Session[State], input_fd: int, writer: MessageWriter, stop: Sequence[int]
) -> None:
    """Moves the whole input through, or as much as there is time for, and tells how far it is."""
    shown = 0.0
    source = LinesFromDescriptor(input_fd, session.sync)
    for _ in session.steps(source, lambda: bool(stop)):
        seconds = session.seconds
        if seconds - shown >= _PROGRESS_SECONDS:
            shown = seconds
            writer.log(session.sync.report.progress(seconds, session.delivery.traffic))


@contextmanager
def _sigterm_noted() -> Iterator[list[int]]:
    """While it lasts, SIGTERM ends nothing; it is put on the list."""
    noted: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        noted.append(number)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGTERM, before)
