"""The command `inflection-sandbox`: serves on a loopback port until it is stopped."""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from inflection_sandbox.app import make_app
from inflection_sandbox.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves; prints one line with the address once connections are taken."""
    options = _parser().parse_args(arguments)
    workspace = Workspace(options.database)
    with socket.create_server(("127.0.0.1", options.port), backlog=1024) as listener:
        port = listener.getsockname()[1]
        print(f"Sandbox at http://127.0.0.1:{port}", flush=True)  # noqa: T201 - its one output
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(workspace, options.api_key), log_level="warning", access_log=False
            )
        )
        server.run(sockets=[listener])
    workspace.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="inflection-sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--api-key", required=True, help="the only key the sandbox accepts")
    parser.add_argument(
        "--database", type=Path, default=None, help="keep everything in this SQLite file"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
