"""Starts a sandbox next to a program and reads back what it holds."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import requests

_TIMEOUT_SECONDS: Final = 30


class Sandbox:
    """A running sandbox at `url`, for instance `http://127.0.0.1:4000`.

    Events go to `endpoint_url`; `api_url` is the Developer API's base, without its `/v1`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = url
        self.endpoint_url = f"{url}/v1/events/{{type}}"

    def read(self, listing: str) -> list[dict[str, Any]]:
        """`people`, `orgs`, `activity`, `calls` or `lists`."""
        found: list[dict[str, Any]] = self._get(listing)
        return found

    def stats(self) -> dict[str, Any]:
        """How many there are of everything, and the answers given."""
        found: dict[str, Any] = self._get("stats")
        return found

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON of two shapes
        response = requests.get(f"{self.url}/_sandbox/{path}", timeout=_TIMEOUT_SECONDS)
        response.raise_for_status()
        return response.json()


@contextmanager
def running_sandbox(api_key: str, options: Sequence[str] = ()) -> Iterator[Sandbox]:
    """Runs a sandbox on a free loopback port as a process of its own, and ends it."""
    fixed = ("--port", "0", "--api-key", api_key)
    command = [sys.executable, "-m", "inflection_sandbox.run", *fixed, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            address = process.stdout.readline().rpartition(" ")[2].strip()
            if not address:
                raise RuntimeError("The sandbox did not start; what it printed says why.")
            yield Sandbox(address)
        finally:
            process.terminate()
            process.wait(timeout=_TIMEOUT_SECONDS)
