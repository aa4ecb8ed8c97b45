"""How large the image is, by layer and by package, and how long `spec` and `check` take in it.

    python -m container.measure [IMAGE]

Prints figures (sizes in MB of 1,000,000 bytes, times as medians) and judges none. `check` talks to
a sandbox of its own on this machine.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from container.build import BASE_LABEL, IMAGE
from container.engine import Engine, EngineError, find, say
from inflection_sandbox.client import running_sandbox

_RUNS: Final = 5
_LISTED: Final = 12
# Run by the image's own Python; a wheel's libraries count as the package's.
_READ_SIZES: Final = """
import collections, json, pathlib, sysconfig
folder = pathlib.Path(sysconfig.get_path("purelib"))
sizes = collections.Counter()
for path in folder.rglob("*"):
    if path.is_file():
        sizes[path.relative_to(folder).parts[0].removesuffix(".libs")] += path.stat().st_size
print(json.dumps(sizes))
"""
_KEY: Final = "measuring-key"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="container.measure", description=__doc__)
    parser.add_argument("image", nargs="?", default=IMAGE, help=f"its name (default {IMAGE})")
    image = parser.parse_args(arguments).image
    try:
        engine = find()
        base = engine.label(image, BASE_LABEL)
        megabytes = int(engine.inspect(image, "{{.Size}}")) / 1_000_000
        say(f"{image} on {base}: {megabytes:,.0f} MB")
        for layer in layers(engine, image):
            say(f"  {layer}")
        sizes = package_sizes(engine, image)
        largest = sorted(sizes.items(), key=lambda item: -item[1])
        say(f"Its packages: {sum(sizes.values()) / 1e6:,.0f} MB, of which")
        for name, size in largest[:_LISTED]:
            say(f"  {name} {size / 1e6:,.0f} MB")
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


def layers(engine: Engine, image: str) -> list[str]:
    """The layers that are not empty, newest first: each with its size and what made it."""
    answer = engine.ask("history", "--format", "{{.Size}}: {{.CreatedBy}}", image)
    if answer.returncode != 0:
        raise EngineError(f"The layers of {image} can't be listed: {answer.stderr.strip()[-400:]}")
    lines = (line[:100] for line in answer.stdout.splitlines())
    return [line for line in lines if not line.startswith(("0 B:", "0B:"))]


def package_sizes(engine: Engine, image: str) -> Mapping[str, int]:
    """The bytes of each package in an image, by the name that is imported."""
    answer = engine.ask(
        *("run", "--rm", "--network", "none", "--entrypoint", "python", image, "-c", _READ_SIZES)
    )
    if answer.returncode != 0:
        raise EngineError(
            f"The sizes of the packages can't be read: {answer.stderr.strip()[-400:]}"
        )
    sizes: Mapping[str, int] = json.loads(answer.stdout)
    return sizes


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
