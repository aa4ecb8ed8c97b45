"""Runs one sync by PyAirbyte: a real source, the installed destination, a state that is kept.

    drive.py --source EXECUTABLE --destination EXECUTABLE --config FILE --state FILE

Runs under PyAirbyte's own Python. It ends with 0 only if the destination's check and write passed.
"""

import argparse
import json
from pathlib import Path

import airbyte as ab  # type: ignore[import-not-found]
from airbyte.caches import DuckDBCache  # type: ignore[import-not-found]

_SOURCE_CONFIG = {"count": 300, "seed": 1, "parallelism": 1, "always_updated": False}
_STREAMS = ["users", "purchases"]


def main() -> None:
    """Checks the destination, then writes; raises what PyAirbyte raises."""
    parser = argparse.ArgumentParser()
    for option in ("--source", "--destination", "--config", "--state"):
        parser.add_argument(option, type=Path, required=True)
    given = parser.parse_args()
    source = ab.get_source(
        "source-faker",
        config=_SOURCE_CONFIG,
        local_executable=given.source,
        streams=_STREAMS,
    )
    destination = ab.get_destination(
        "destination-inflection",
        config=json.loads(given.config.read_text("utf-8")),
        local_executable=given.destination,
    )
    destination.check()
    destination.write(
        source,
        cache=False,
        state_cache=DuckDBCache(db_path=given.state),
        write_strategy="append",
    )


if __name__ == "__main__":
    main()
