"""Plants faults into copies of the connector, one at a time: does the simulator notice them?

Only what ends the simulator counts: an invariant that is broken, or an exception. What never ends
is not noticed, and neither is a rare state that is not reached any more.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from grading.copies import copy_commit
from grading.parts import PACKAGE
from grading.planted_faults.planted import Planted

_COMMAND: Final = ("-m", "simulation", "--first")
_LONGEST_SECONDS: Final = 1_800
"""The simulator takes two minutes when nothing else runs. Its clock may not stand still, so what is
still running then runs idle in one place."""
_MOST_SHOWN: Final = 120
"""Characters of what was said."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a planted fault."""

    planted: Planted
    noticed: str | None
    """By which invariant and seed; None if nothing noticed it."""


def try_all(faults: Sequence[Planted], workers: int) -> Iterator[Tried]:
    """Tries them, so many at a time; returns what came of each in the order of the faults.

    Raises:
        CalledProcessError: git or tar failed; it has said so.
        ValueError: a fault does not fit its module any more.
    """
    with TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as threads:
        yield from threads.map(partial(_try, Path(folder)), range(len(faults)), faults)


def _try(folder: Path, number: int, planted: Planted) -> Tried:
    copy = folder / f"{number:03}"
    copy_commit(copy)
    module = copy / PACKAGE / planted.module
    module.write_text(planted.patched(module.read_text()))
    command = [sys.executable, *_COMMAND]
    try:
        ended = subprocess.run(
            command,
            cwd=copy,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Tried(planted, None)
    # A signal ended it if it is below zero, as where memory ran out.
    return Tried(planted, said_last(ended.stdout) if ended.returncode > 0 else None)


def said_last(output: str) -> str:
    """The last line that begins with `Seed`, or else the last line, shortened."""
    lines = output.strip().splitlines() or ["it said nothing"]
    of_seed = [line for line in lines if line.startswith("Seed ")]
    return (of_seed or lines)[-1][:_MOST_SHOWN]
