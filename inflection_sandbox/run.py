"""The command `inflection-sandbox`: a local Inflection, with pages that show what arrived."""

import argparse
import socket
import sqlite3
import sys
from argparse import SUPPRESS
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from inflection_sandbox.app import make_app
from inflection_sandbox.developer_api import Keys
from inflection_sandbox.faults import FAULTS, read_faults
from inflection_sandbox.pages.setups import Address
from inflection_sandbox.workspace import Workspace

PORT: Final = 4000
API_KEY: Final = "sandbox-key"
_LOOPBACK: Final = "127.0.0.1"
_LAST_PORT: Final = 65535


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is stopped; prints its addresses once connections are taken.

    The first line ends with the address of its pages. Returns 0, or 2 if it can't start.
    """
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        faults = read_faults(
            {name: given for name, given in vars(options).items() if name in FAULTS}
        )
        workspace = Workspace(options.database)
    except ValueError as error:
        parser.error(str(error))
    except sqlite3.Error as error:
        parser.error(
            f"The database {options.database} can't be opened: {error}. "
            "Name another with --database."
        )
    with closing(workspace):
        try:
            listener = _listen(options.host, options.port)
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not a valid name"
            parser.error(
                f"Can't listen on {options.host}, port {options.port}: {why}. "
                "Name another with --port or --host."
            )
        with listener:
            address = Address(_url(options.host, listener.getsockname()[1]), options.api_key)
            print(greeting(address), flush=True)  # noqa: T201 - its one output
            keys = Keys(options.api_key, options.read_only_key)
            _serve(listener, make_app(workspace, keys, faults, address, options.host))
    return 0


def _serve(listener: socket.socket, app: ASGIApp) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="critical",  # a broken answer on purpose would be logged as an error
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,  # answers that are held back on purpose stay out
        )
    )
    with suppress(KeyboardInterrupt):  # Ctrl-C: uvicorn has ended, and raises it once more
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=1024)


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_LAST_PORT)) or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text} must be a number from 0 to {_LAST_PORT}.")
    return int(text)


def _url(host: str, port: int) -> str:
    """The address to open: a host that stands for all addresses is reached by loopback."""
    name = {"0.0.0.0": _LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def greeting(address: Address) -> str:
    """What is printed at the start: the addresses and the key, to paste."""
    lines = (
        f"Inflection sandbox at {address.url}",
        "  Open this address in a browser to see what arrives.",
        f"  API key              {address.api_key}",
        f"  Event endpoint URL   {address.url}/v1/events/{{type}}",
        f"  Developer API URL    {address.url}",
        "Stop it with Ctrl-C.",
    )
    return "\n".join(lines)


def make_parser() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="inflection-sandbox", description=__doc__)
    parser.add_argument("--port", type=_port, default=PORT, help=f"Default: {PORT}. 0: a free one.")
    parser.add_argument(
        "--host",
        default=_LOOPBACK,
        help=f"The name or address to listen on. Default: {_LOOPBACK}, for this machine only. "
        "0.0.0.0 lets containers and other machines in. Pages can be opened by a loopback name "
        "and by this one.",
    )
    parser.add_argument(
        "--api-key", default=API_KEY, help=f"The key that may do everything. Default: {API_KEY}."
    )
    parser.add_argument(
        "--read-only-key", default=None, help="A second key, which may only GET from the API."
    )
    parser.add_argument(
        "--database", type=Path, default=None, help="Keep everything in this SQLite file."
    )
    for name, fault in FAULTS.items():
        option, about = f"--{name.replace('_', '-')}", fault.metadata["about"]
        if isinstance(fault.default, bool):
            parser.add_argument(option, action="store_true", default=SUPPRESS, help=about)
            continue
        parser.add_argument(
            option,
            action="append" if isinstance(fault.default, tuple) else "store",
            default=SUPPRESS,
            metavar=fault.metadata["example"] or None,
            help=about,
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
