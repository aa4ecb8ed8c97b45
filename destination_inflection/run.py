"""The console script: `destination-inflection spec | check | write | preview | replay`.

Exit status: 0 when the command did what it promises (`check` also when it answers FAILED), 1 with
one TRACE when it did not, 2 for a command line that can't be understood, 143 after SIGTERM.
"""

import argparse
import gc
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from destination_inflection.airbyte.catalog import read_catalog
from destination_inflection.airbyte.writer import LogHandler, MessageWriter
from destination_inflection.commands.check import check
from destination_inflection.commands.plans import plans_of
from destination_inflection.commands.preview import preview, print_json, print_text
from destination_inflection.commands.replay import Wish, replay
from destination_inflection.commands.write import write
from destination_inflection.config.form import load_spec, read_config, secrets_of
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.json_types import Json
from destination_inflection.mapping.reasons import Reason


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status."""
    parsed = _parser().parse_args(arguments)
    writer = MessageWriter(sys.stdout.buffer)
    logging.root.handlers = [LogHandler(writer)]
    if parsed.command == "spec":
        writer.message({"type": "SPEC", "spec": load_spec()})
        return 0
    if parsed.command == "preview":
        return _preview(parsed, writer)
    if parsed.command == "check":
        writer.connection_status(_check(parsed.config, writer))
        return 0
    # Records make no cycles of references, and those that wait would be looked through again and
    # again: a third of the time of a sync of contacts went into that.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return (_replay if parsed.command == "replay" else _write)(parsed, writer)


def _check(config: Path, writer: MessageWriter) -> str | None:
    """Returns the problem; `check` answers every failure, even its own, as a status."""
    try:
        return check(read_config(_read_json(config, "configuration", writer)))
    except ConnectorError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 - Airbyte shows a status, but not a crash of check
        writer.trace(error)
        return "The check hit a defect of the connector: please report the trace in the log."


def _write(options: argparse.Namespace, writer: MessageWriter) -> int:
    try:
        config = read_config(_read_json(options.config, "configuration", writer))
        catalog = _read_json(options.catalog, "catalog", writer)
        return write(config, catalog, sys.stdin.fileno(), writer, options.report)
    except Exception as error:  # noqa: BLE001 - reported as the one TRACE that the protocol wants
        writer.trace(error)
        return 1


def _preview(options: argparse.Namespace, writer: MessageWriter) -> int:
    """Prints for people, not for Airbyte: what is wrong goes to standard error."""
    try:
        config = read_config(_read_json(options.config, "configuration", writer))
        streams = read_catalog(_read_json(options.catalog, "catalog", writer))
    except ConnectorError as error:
        sys.stderr.write(f"{writer.masked(error.message)}\n")
        return 1
    lines = iter(()) if sys.stdin.isatty() else iter(sys.stdin.buffer)
    shown = preview(plans_of(config, streams), lines, options.limit)
    print_preview = print_json if options.json else print_text
    print_preview(shown, sys.stdout)
    return 0 if all(stream.problem is None for stream in shown.streams) else 1


def _replay(options: argparse.Namespace, writer: MessageWriter) -> int:
    """Prints for people, not for Airbyte."""
    try:
        config = read_config(_read_json(options.config, "configuration", writer))
        catalog = _read_json(options.catalog, "catalog", writer) if options.catalog else None
        wish = Wish(options.places, options.only, catalog, options.into, options.report)
        return 0 if replay(config, wish, lambda text: print(writer.masked(text), flush=True)) else 1  # noqa: T201
    except ConnectorError as error:
        sys.stderr.write(f"{writer.masked(error.message)}\n")
        return 1


def _read_json(path: Path, what: str, writer: MessageWriter) -> Json:
    """Reads a JSON file; from then on, what it says of a key is masked in the output."""
    try:
        document = cast(Json, json.loads(path.read_bytes()))
    except OSError as error:
        raise ConfigError(
            f"The {what} file {path} can't be read ({error.strerror}): check the path and its "
            "permissions."
        ) from None
    except ValueError:
        raise ConfigError(f"The {what} file {path} is not valid JSON.") from None
    writer.hide(secrets_of(document))
    return document


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="destination-inflection",
        description="Delivers the records of an Airbyte source to Inflection.io.",
    )
    commands = parser.add_subparsers(title="commands", dest="command", required=True)
    commands.add_parser("spec", help="print the connection form")
    preview_command = commands.add_parser(
        "preview", help="show, offline, what the messages on standard input would become"
    )
    preview_command.add_argument(
        "--limit", type=int, default=3, help="how many records of each stream to show (default 3)"
    )
    preview_command.add_argument("--json", action="store_true", help="print JSON, for machines")
    check_command = commands.add_parser(
        "check", help="try a configuration without sending any record"
    )
    write_command = commands.add_parser("write", help="deliver the messages on standard input")
    replay_command = commands.add_parser(
        "replay", help="send rejected records again that a sync has stored"
    )
    replay_command.add_argument(
        "places",
        nargs="+",
        metavar="FILE_OR_PREFIX",
        help="a file, a folder, or s3://bucket/prefix",
    )
    replay_command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="REASON",
        choices=[reason.value for reason in Reason],
        help="only what was rejected for this reason (may be given several times)",
    )
    replay_command.add_argument(
        "--catalog", type=Path, help="the configured catalog, where none lies beside the files"
    )
    replay_command.add_argument(
        "--into", metavar="FOLDER", help="store what is still rejected here, not where C says"
    )
    for command in (write_command, replay_command):
        command.add_argument(
            "--report", type=Path, metavar="FILE", help="write the report here, as HTML and JSON"
        )
    for command in (check_command, write_command, preview_command, replay_command):
        command.add_argument("--config", type=Path, required=True, help="the configuration (JSON)")
    for command in (write_command, preview_command):
        command.add_argument(
            "--catalog", type=Path, required=True, help="the configured catalog (JSON)"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
