"""The command `write`: one sync, from a file descriptor to states on standard output.

The CDK's reader and writer are not used: they drop `state.id`, log input they can't read, stop at
one bad byte, and leave states in a buffer.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Final

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.reader import LineReader
from destination_inflection.airbyte.writer import MessageWriter
from destination_inflection.config.form import Config
from destination_inflection.delivery.routes import make_plans
from destination_inflection.delivery.transport.choice import best_transport
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import Json
from destination_inflection.mapping.rules import idle_rules
from destination_inflection.sync.session import TICK_SECONDS, Aims, Run, running

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
    plans = make_plans(config, streams, writer.log)
    for rule in idle_rules(config.rules, [stream.key for stream in streams]):
        writer.log(f'The rule for "{rule.stream}" fits no stream of this sync.', "WARN")
    if config.dry_run:
        writer.log("Dry run: nothing will be sent, and no state will be released.", "WARN")
    else:
        writer.log(f"Sending over {config.connections} connections with {best_transport().name}.")
    overwriting = [stream.key for stream in streams if stream.overwrites]
    aims = Aims(plans, catalog, report, overwriting, config.max_rejected_percent)
    with running(config, aims, writer) as run:
        with _sigterm_noted() as terminated:
            _pump(run, LineReader(input_fd), writer, terminated)
            if terminated:
                writer.log("SIGTERM received: finishing the requests in flight.", "WARN")
                run.result = "terminated"
                run.drain()
        if not terminated:
            run.sync.finish()
    return TERMINATED if terminated else 0


def _check_data_channel(environment: Mapping[str, str]) -> None:
    """Refuses a way to hand over records that would leave standard input empty or unreadable."""
    for name, ours in _DATA_CHANNEL.items():
        if environment.get(name, ours).strip().upper() != ours:
            raise ConfigError(
                f"The platform sets {name} to something other than {ours}, but this connector "
                f"reads JSON lines from standard input: set {name} to {ours} for it."
            )


def _pump(run: Run, reader: LineReader, writer: MessageWriter, terminated: Sequence[int]) -> None:
    """Moves the whole input through, or as much as there is time for."""
    sync, delivery = run.sync, run.delivery
    shown = run.started
    while not (reader.at_end and sync.is_idle) and not terminated:
        wants_input = sync.has_room and not reader.at_end
        if delivery.wait(TICK_SECONDS, [reader.fd] if wants_input else []):
            for line in reader.read():
                run.feed(line)
        if reader.at_end:
            delivery.flush()
        run.step()
        now = monotonic()
        if now - shown >= _PROGRESS_SECONDS:
            shown = now
            writer.log(sync.report.progress(now - run.started, delivery.traffic))


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
