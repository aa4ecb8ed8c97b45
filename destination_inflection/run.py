"""The command line: `destination-inflection spec | init | preview | check | write | send | replay`.

Exit status: 0 when the command did what it promises (`check` also when it answers FAILED, unless
`--exit-code` asks for 1), 1 when it did not, 2 for a command line that can't be understood or a
question that can't be asked, 130 after Ctrl-C (SIGINT), 141 when nobody reads the output any more,
143 after SIGTERM. `write` says why in one TRACE; `init`, `preview`, `send` and `replay` do so on
standard error.
"""

import argparse
import gc
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.writer import LogHandler, MessageWriter, told
from destination_inflection.commands.arguments import make_parser
from destination_inflection.commands.check import check
from destination_inflection.commands.files import catalog_at, config_at, json_at
from destination_inflection.commands.init import SANDBOX, init
from destination_inflection.commands.plans import plans_of, warnings_about
from destination_inflection.commands.preview import preview, print_json, print_text
from destination_inflection.commands.replay import Wish, replay
from destination_inflection.commands.send import (
    End,
    choose,
    question,
    send,
    stream_named,
    where_to_look,
)
from destination_inflection.commands.terminal import ask
from destination_inflection.commands.write import write
from destination_inflection.config.form import Config, secrets_of
from destination_inflection.config.schema import load_spec
from destination_inflection.errors import ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.plurals import plural

_INTERRUPTED: Final = 130  # 128 + SIGINT
_NOT_UNDERSTOOD: Final = 2  # as argparse ends
_NOBODY_READS: Final = 141  # 128 + SIGPIPE, as a shell reports it
_DEFECT_OF_CHECK: Final = (
    "The check failed because of a bug in the connector: please report the trace in the log."
)
_FOR_PEOPLE: Final = ("init", "preview", "replay", "send")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    options = make_parser().parse_args(arguments)
    writer = MessageWriter(sys.stdout.buffer)
    logging.root.handlers = [LogHandler(writer)]
    try:
        return _run(options, writer)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The interpreter would try once more to write what is left, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOBODY_READS
    except Exception as error:  # noqa: BLE001 - the one place where every command's failures end
        return _failed(options, error, writer)


def _failed(options: argparse.Namespace, error: Exception, writer: MessageWriter) -> int:
    """Says why a command failed; of a defect only its frames, for its text may quote a record."""
    if options.command == "check":
        # Airbyte shows a status, but not a crash of check.
        problem = _DEFECT_OF_CHECK
        if isinstance(error, ConnectorError):
            problem = error.message
        else:
            writer.trace(error)
        writer.connection_status(problem)
        return _end_of_check(options, problem)
    if options.command in _FOR_PEOPLE:
        _tell(writer, told(error))
    else:
        writer.trace(error)
    return 1


def _run(options: argparse.Namespace, writer: MessageWriter) -> int:
    match options.command:
        case "spec":
            writer.message({"type": "SPEC", "spec": load_spec()})
            return 0
        case "check":
            return _check(options, writer)
        case "init":
            return _init(options, writer)
        case "preview":
            return _preview(options, writer)
        case "send":
            return _send(options, writer)
        case "replay":
            _prepare_for_many_records()
            return _replay(options, writer)
    _prepare_for_many_records()
    config = _config(options, writer)
    catalog = catalog_at(options.catalog)
    return write(config, catalog, sys.stdin.fileno(), writer, options.report)


def _check(options: argparse.Namespace, writer: MessageWriter) -> int:
    checked = check(_config(options, writer))
    for note in checked.notes:
        writer.log(note)
    for warning in checked.warnings:
        writer.log(warning, "WARN")
    writer.connection_status(checked.problem)
    return _end_of_check(options, checked.problem)


def _end_of_check(options: argparse.Namespace, problem: str | None) -> int:
    """Airbyte reads the status from the answer; a script may want it as the exit status."""
    return 1 if options.exit_code and problem is not None else 0


def _config(options: argparse.Namespace, writer: MessageWriter) -> Config:
    config = config_at(options.config, writer)
    for warning in config.warnings:
        writer.log(warning, "WARN")
    return config


def _prepare_for_many_records() -> None:
    # Records make no cycles of references, and those that wait would be looked through again and
    # again: a third of the time of a sync of contacts went into that.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _init(options: argparse.Namespace, writer: MessageWriter) -> int:
    given: Json = SANDBOX
    if options.config:
        given = json_at(options.config, "configuration")
        writer.hide(secrets_of(given))
    tell = partial(_tell, writer)
    init(catalog_at(options.catalog), given, options.into, tell)
    return 0


def _tell(writer: MessageWriter, text: str) -> None:
    """Says something to the person who runs a command."""
    sys.stderr.write(f"{writer.masked(text)}\n")


def _preview(options: argparse.Namespace, writer: MessageWriter) -> int:
    config = config_at(options.config, writer)
    streams = read_catalog(catalog_at(options.catalog))
    lines = _input_lines()
    plans = plans_of(config, streams)
    shown = preview(plans, lines, options.limit, warnings_about(config, streams, plans))
    print_preview = print_json if options.json else print_text
    print_preview(shown, sys.stdout)
    sys.stdout.flush()
    return 0 if shown.maps_all and not config.warnings else 1


def _send(options: argparse.Namespace, writer: MessageWriter) -> int:
    config = config_at(options.config, writer)
    for warning in config.warnings:
        _tell(writer, warning)
    plans = plans_of(config, read_catalog(catalog_at(options.catalog)))
    key, plan = stream_named(options.stream, plans)
    chosen = choose(_input_lines(), key, plan, options.limit)
    if chosen.passed_over:
        passed = f"{chosen.passed_over} {plural(chosen.passed_over, 'record')}"
        _tell(writer, f"Passed over {passed} from which nothing would be sent.")
    if chosen.records < options.limit:
        _tell(writer, f"Standard input has only {chosen.records} of {options.limit} records.")
    if not options.yes:
        agreed = ask(question(config, key, chosen))
        if agreed is None:
            _tell(writer, "There is no terminal to ask on: pass --yes to send without a question.")
            return _NOT_UNDERSTOOD
        if not agreed:
            _tell(writer, "Nothing was sent.")
            return 1
    end = send(config, chosen, lambda text: print(writer.masked(text), flush=True))  # noqa: T201
    if end is not End.NOTHING:
        _tell(writer, where_to_look(config))
    return 0 if end is End.DELIVERED else 1


def _input_lines() -> Iterator[bytes]:
    """The lines of standard input; nothing if that is a terminal, where nobody types messages."""
    is_given = sys.stdin is not None and not sys.stdin.isatty()
    return iter(sys.stdin.buffer) if is_given else iter(())


def _replay(options: argparse.Namespace, writer: MessageWriter) -> int:
    config = config_at(options.config, writer)
    for warning in config.warnings:
        _tell(writer, warning)
    catalog = catalog_at(options.catalog) if options.catalog else None
    wish = Wish(options.places, options.only, catalog, options.into, options.report, options.again)
    return replay(config, wish, lambda text: print(writer.masked(text), flush=True))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
