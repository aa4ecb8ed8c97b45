"""The benchmark: this connector against its peers and against the bare ceiling, side by side.

`make bench` runs it. Every figure is that of a whole process, from its start to its end; ratios are
of figures taken one after the other in one run. Writes RESULTS.md, results.json and results.png.
With `--only PART` it prints the figures of one part, and writes nothing.
"""

import argparse
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks import parts
from benchmarks.peers import PEERS
from benchmarks.process import HERE, ROOT
from benchmarks.report import Machine, page

PARTS: Final[dict[str, Callable[[parts.Bench, int], None]]] = {
    "speed": parts.at_full_speed,
    "tls": parts.over_tls,
    "slow": parts.at_a_slow_server,
    "defaults": parts.at_default_settings,
    "weather": parts.in_bad_weather,
    "memory": parts.memory,
    "contacts": parts.contacts,
}


def main() -> None:
    """Runs everything, or one part."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument(
        "--peers-python",
        type=Path,
        default=ROOT / ".bench" / "bin" / "python",
        help="has the other tools and matplotlib; by default the one that `make bench` makes",
    )
    parser.add_argument("--only", choices=PARTS, help="that part alone, printed")
    parser.add_argument("--only-ours", action="store_true", help="leave out the other tools")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peers = () if options.only_ours else PEERS
        bench = parts.Bench(Path(folder), options.peers_python, peers)
        for name, part in PARTS.items():
            if options.only in {None, name}:
                part(bench, options.records)
    if options.only is None:
        write_results(bench, options.records, options.peers_python)


def write_results(bench: parts.Bench, records: int, peers_python: Path) -> None:
    """Writes the three files."""
    machine = Machine(
        f"{platform.system()} {platform.machine()}",
        len(os.sched_getaffinity(0)),
        platform.python_version(),
        {name: version(name) for name in ("airbyte-cdk", "requests", "orjson", "pycurl")},
    )
    results = {name: figure.as_json() for name, figure in bench.figures.items()}
    document = {"machine": asdict(machine), "records": records, "results": results}
    (HERE / "results.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    (HERE / "RESULTS.md").write_text(page(machine, records, bench.figures), "utf-8")
    plot = [str(peers_python), str(HERE / "plot.py"), str(HERE / "results.json")]
    subprocess.run([*plot, str(HERE / "results.png")], check=True)


if __name__ == "__main__":
    main()
