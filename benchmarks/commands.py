"""The programs that are measured: the connector, the bare ceiling, and the stock destination."""

import json
import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks.inputs import EVENTS, PEOPLE, Rows, catalog
from benchmarks.process import HERE, ROOT, Program

KEY: Final = "benchmark-key"
BATCH: Final = 1_000
CONTACTS_MS: Final = 100.0
"""How long the sink takes for each answer on the contacts' route."""
SETTLE_MS: Final = 300.0
"""How long its transactions take."""

Advanced = Mapping[str, int]

AS_FAST_AS_IT_GOES: Final[Advanced] = MappingProxyType({"max_requests_per_second": 100_000})
DEFAULTS: Final[Advanced] = MappingProxyType({})


def over(connections: int) -> Advanced:
    """So many connections, and no ceiling on the requests a second."""
    return {**AS_FAST_AS_IT_GOES, "connections": connections}


class Commands:
    """The programs of one checkout of this repository, whatever is installed."""

    def __init__(
        self, folder: Path, tree: Path = ROOT, trust: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Configurations are written into `folder`, which no other `Commands` has.

        `trust` is what a process has in its environment to trust the sink's certificate.
        """
        self.tree = tree
        self._folder = folder
        self._environment = {**trust, "PYTHONPATH": str(tree)}
        self._numbers = count()

    def events(self, url: str, advanced: Advanced) -> Program:
        """The connector, sending events."""
        return self.python(self.tree / "main.py", *self._write_events(url, advanced))

    def events_without_pycurl(self, url: str, advanced: Advanced) -> Program:
        """The same with the `requests` transport."""
        return self.python(HERE / "without_pycurl.py", *self._write_events(url, advanced))

    def contacts(self, url: str, advanced: Advanced) -> Program:
        """The connector, sending people to the Developer API."""
        route = {"route": "developer_api", "base_url": url}
        return self.python(self.tree / "main.py", *self._write(route, advanced, PEOPLE))

    def ceiling(self, url: str, connections: int) -> Program:
        """The bare ceiling over the checkout's own transport."""
        return self.python(self.tree / "benchmarks" / "ceiling.py", url, str(connections))

    def stock(self, url: str, batch: int) -> Program:
        """The stock destination, with the connector's own files."""
        given = self._write_events(url, DEFAULTS)
        return self.python(HERE / "stock_cdk.py", url, str(batch), *given)

    def sandbox(self, *options: Path | str) -> Program:
        """The sandbox on a free port."""
        fixed = ("--port", "0", "--api-key", KEY)
        return self.python("-P", "-m", "inflection_sandbox.run", *fixed, *options)

    def python(self, *arguments: Path | str) -> Program:
        """A Python that finds the checkout's packages first."""
        return Program([sys.executable, *map(str, arguments)], self._environment)

    def _write_events(self, url: str, advanced: Advanced) -> list[str]:
        return self._write({"route": "event_endpoint", "endpoint_url": url}, advanced, EVENTS)

    def _write(self, route: Mapping[str, str], advanced: Advanced, of: Rows) -> list[str]:
        """The arguments of `write`; no two runs share a file."""
        number = next(self._numbers)
        config = self._folder / f"config-{number}.json"
        config.write_text(
            json.dumps({"api_key": KEY, "delivery": dict(route), "advanced": dict(advanced)})
        )
        configured = self._folder / f"catalog-{number}.json"
        configured.write_text(json.dumps(catalog(of)))
        return ["write", "--config", str(config), "--catalog", str(configured)]
