"""`make image`: builds the connector's image and says plainly which base it stands on.

    python -m container.build [IMAGE]

The label `org.opencontainers.image.base.name` says the same in the image itself.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from container import base
from container.engine import EngineError, find, say

IMAGE = "destination-inflection:dev"
BASE_LABEL = "org.opencontainers.image.base.name"


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds; returns the exit status."""
    image = _parser().parse_args(arguments).image
    try:
        engine = find()
        ground = base.obtain(engine)
        engine.do(
            "build",
            *engine.build_options,
            *("--build-arg", f"BASE_IMAGE={ground.image}"),
            *("--label", f"{BASE_LABEL}={ground.image}"),
            *("--tag", image),
            str(Path(__file__).resolve().parents[1]),
        )
    except EngineError as error:
        say(f"The image was not built. {error}")
        return 1
    say(f"Built {image} with {engine.program} on {ground.note}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="container.build", description=__doc__)
    parser.add_argument("image", nargs="?", default=IMAGE, help=f"its name (default {IMAGE})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
