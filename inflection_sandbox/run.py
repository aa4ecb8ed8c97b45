"""The command `inflection-sandbox`: serves on a loopback port until it is stopped."""

import argparse
import socket
import sys
from argparse import SUPPRESS
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from inflection_sandbox.app import make_app
from inflection_sandbox.developer_api import Keys
from inflection_sandbox.faults import FAULTS, read_faults
from inflection_sandbox.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves; prints one line with the address once connections are taken."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        faults = read_faults(
            {name: given for name, given in vars(options).items() if name in FAULTS}
        )
    except ValueError as error:
        parser.error(str(error))
    workspace = Workspace(options.database)
    keys = Keys(options.api_key, options.read_only_key)
    with socket.create_server(("127.0.0.1", options.port), backlog=1024) as listener:
        port = listener.getsockname()[1]
        print(f"Sandbox at http://127.0.0.1:{port}", flush=True)  # noqa: T201 - its one output
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(workspace, keys, faults),
                log_level="critical",  # a broken answer on purpose would be logged as an error
                access_log=False,
                timeout_graceful_shutdown=1,  # answers that are held back on purpose stay out
            )
        )
        server.run(sockets=[listener])
    workspace.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inflection-sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one.")
    parser.add_argument("--api-key", required=True, help="The key that may do everything.")
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
