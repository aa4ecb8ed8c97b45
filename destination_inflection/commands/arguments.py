"""The command line: what can be asked for, and with which options."""

import argparse
from pathlib import Path

from destination_inflection.commands.help import EXAMPLES, EXITS
from destination_inflection.mapping.reasons import Reason
from destination_inflection.version import VERSION


def make_parser() -> argparse.ArgumentParser:
    """The parser of the console script."""
    parser = argparse.ArgumentParser(
        prog="destination-inflection",
        description="Delivers the records of an Airbyte source to Inflection.io.",
        epilog=f"{EXAMPLES['']}\n{EXITS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True)

    def add(name: str, does: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=does,
            description=f"{does[0].upper()}{does[1:]}.",
            epilog=EXAMPLES.get(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    add("spec", "print the connection form")
    preview_command = add(
        "preview", "show, offline, what the messages on standard input would become"
    )
    preview_command.add_argument(
        "--limit", type=int, default=3, help="how many records of each stream to show (default 3)"
    )
    preview_command.add_argument("--json", action="store_true", help="print JSON, for machines")
    init_command = add(
        "init", "write a configuration and a configured catalog for the streams of a source"
    )
    init_command.add_argument(
        "--catalog",
        type=Path,
        required=True,
        help="what the source's discover printed, or a configured catalog",
    )
    init_command.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="the folder to write both files to"
    )
    init_command.add_argument(
        "--config",
        type=Path,
        help="a configuration with your route, key and rules (default: the local sandbox's)",
    )
    send_command = add("send", "send a few records of one stream, and show each request and answer")
    send_command.add_argument("--stream", required=True, help="the stream, as the catalog names it")
    send_command.add_argument(
        "--limit", type=_above_zero, default=1, help="how many records to send (default 1)"
    )
    send_command.add_argument("--yes", action="store_true", help="do not ask before sending")
    check_command = add("check", "try a configuration without sending any record")
    check_command.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if the answer is FAILED"
    )
    write_command = add("write", "deliver the messages on standard input")
    replay_command = add("replay", "send rejected records again that a sync has stored")
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
        "--catalog", type=Path, help="the configured catalog, if there is none next to the files"
    )
    replay_command.add_argument(
        "--into",
        metavar="FOLDER",
        help="store what is still rejected here, instead of where the configuration says",
    )
    replay_command.add_argument(
        "--again", action="store_true", help="also send what an earlier replay delivered"
    )
    for command in (write_command, replay_command):
        command.add_argument(
            "--report",
            type=Path,
            metavar="FILE",
            help="write the report here, as FILE.html and FILE.json, or into this folder",
        )
    for command in (check_command, write_command, preview_command, replay_command, send_command):
        command.add_argument("--config", type=Path, required=True, help="the configuration (JSON)")
    for command in (write_command, preview_command, send_command):
        command.add_argument(
            "--catalog", type=Path, required=True, help="the configured catalog (JSON)"
        )
    return parser


def _above_zero(text: str) -> int:
    """A whole number of at least 1. Raises ArgumentTypeError."""
    if text.isascii() and text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError("must be a whole number of at least 1")
