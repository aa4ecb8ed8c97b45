"""The command `inflection-sandbox`: serves on a loopback port until it is stopped."""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from inflection_sandbox.app import make_app
from inflection_sandbox.developer_api import Keys
from inflection_sandbox.faults import Faults, read_probabilities
from inflection_sandbox.workspace import Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves; prints one line with the address once connections are taken."""
    options = _parser().parse_args(arguments)
    workspace = Workspace(options.database)
    faults = Faults(
        options.fail,
        options.latency_ms,
        options.retry_after,
        options.refuse,
        options.limit,
        options.seed,
        options.fail_contact,
        options.settle_ms,
        options.batch_bytes,
        options.known_properties,
        options.lookup_lag,
        options.queue_ms,
    )
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
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--api-key", required=True, help="the key that may do everything")
    parser.add_argument(
        "--read-only-key", default=None, help="a second key, which may only GET from the API"
    )
    parser.add_argument(
        "--database", type=Path, default=None, help="keep everything in this SQLite file"
    )
    parser.add_argument(
        "--fail",
        type=read_probabilities,
        default={},
        metavar="429:0.1,500:0.02,reset:0.01,hang:0.001",
        help="answer so with these probabilities",
    )
    parser.add_argument("--latency-ms", type=float, default=0, help="wait before each answer")
    parser.add_argument("--retry-after", default="", help="the header that goes out with a fault")
    parser.add_argument(
        "--refuse",
        action="append",
        default=[],
        metavar="email=poison@*",
        help="answer 400 to messages with such a field, trait or property, and to whole batches",
    )
    parser.add_argument(
        "--fail-contact",
        action="append",
        default=[],
        metavar="email=poison@*",
        help="let contacts with such an email or property end as FAILED",
    )
    parser.add_argument(
        "--settle-ms", type=float, default=0, help="how long a transaction stays PENDING"
    )
    parser.add_argument(
        "--queue-ms",
        type=float,
        default=0,
        help="let transactions settle one after the other, this long apart",
    )
    parser.add_argument(
        "--batch-bytes", type=int, default=0, help="answer 413 to a batch larger than this"
    )
    parser.add_argument(
        "--known-properties",
        type=lambda text: text.split(","),
        default=None,
        metavar="plan,seats",
        help="store all other properties of contacts silently as null",
    )
    parser.add_argument(
        "--lookup-lag",
        type=float,
        default=0,
        metavar="SECONDS",
        help="how long after its transaction a new contact is not found by email",
    )
    parser.add_argument("--limit", type=float, default=0, help="requests a second, then 429")
    parser.add_argument("--seed", type=int, default=0, help="for the faults' chance")
    return parser


if __name__ == "__main__":
    sys.exit(main())
