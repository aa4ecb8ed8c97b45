"""What the image weighs and how long `spec` and `check` take in a container, as medians.

    python -m container.measure [IMAGE]

Prints figures and judges none. `check` talks to a sandbox of its own on this machine.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from container.build import BASE_LABEL, IMAGE
from container.engine import Engine, EngineError, find, say
from inflection_sandbox.client import running_sandbox

_RUNS: Final = 5
_KEY: Final = "measuring-key"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="container.measure", description=__doc__)
    parser.add_argument("image", nargs="?", default=IMAGE, help=f"its name (default {IMAGE})")
    image = parser.parse_args(arguments).image
    try:
        engine = find()
        base = engine.inspect(image, f'{{{{index .Config.Labels "{BASE_LABEL}"}}}}')
        megabytes = int(engine.inspect(image, "{{.Size}}")) / 1_000_000
        say(f"{image} on {base}: {megabytes:,.0f} MB")
        with TemporaryDirectory() as folder, running_sandbox(_KEY) as sandbox:
            config = Path(folder) / "config.json"
            delivery = {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url}
            config.write_text(json.dumps({"api_key": _KEY, "delivery": delivery}), "utf-8")
            Path(folder).chmod(0o755)
            run = ("run", "--rm", "--network", "host", "--volume", f"{folder}:/config:ro", image)
            _show("spec", engine, (*run, "spec"))
            _show("check", engine, (*run, "check", "--config", "/config/config.json"))
    except EngineError as error:
        say(f"Nothing was measured. {error}")
        return 1
    return 0


def _show(name: str, engine: Engine, arguments: Sequence[str]) -> None:
    seconds: list[float] = []
    for _ in range(_RUNS):
        started = monotonic()
        answer = engine.ask(*arguments)
        seconds.append(monotonic() - started)
        if answer.returncode != 0 or '"FAILED"' in answer.stdout:
            raise EngineError(f"`{name}` failed: {(answer.stderr or answer.stdout)[-400:]}")
    listed = ", ".join(f"{second:.2f}" for second in seconds)
    say(f"{name}: {statistics.median(seconds):.2f} s, the container's start included ({listed})")


if __name__ == "__main__":
    sys.exit(main())
