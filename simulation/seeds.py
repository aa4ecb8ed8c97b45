"""Plays many worlds, on all processors, and looks for the shortest form of one that fails."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from simulation.simulate import Result, simulate
from simulation.violation import Broken, Rule

_A_BATCH: Final = 4
"""Seeds that a process gets at a time."""


def play_all(seeds: Sequence[int]) -> Iterator[Result]:
    """The results in the order of the seeds."""
    with ProcessPoolExecutor() as workers:
        yield from workers.map(simulate, seeds, chunksize=_A_BATCH)


def fewest_faults(result: Result, plays: Callable[[int, float], Result] = simulate) -> int:
    """How many of a failing world's faults, from the first on, are enough to make it fail so."""

    def fails(most: int) -> bool:
        found = plays(result.seed, most).violation
        return found is not None and _rule(found) is _rule(result.violation)

    most, fewer = 0, -1
    while most < result.faults and not fails(most):
        most, fewer = max(2 * most, 1), most
    most = min(most, result.faults)
    while most - fewer > 1:
        middle = (most + fewer) // 2
        most, fewer = (middle, fewer) if fails(middle) else (most, middle)
    return most


def differing(seeds: Iterable[int]) -> list[int]:
    """The seeds whose traces are not the same, byte for byte, in two processes.

    The processes hash texts differently, so that no order may come from that.
    """
    listed = ",".join(map(str, seeds))
    command = [sys.executable, "-m", "simulation", "--digests", "--seeds", listed]
    found = [
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": number},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout.split()
        for number in ("1", "2")
    ]
    pairs = zip(listed.split(","), *found, strict=True)
    return [int(seed) for seed, one, other in pairs if one != other]


def read_seeds(text: str) -> Sequence[int]:
    """`7`, `0:100` (without the last), or `3,5,9`.

    Raises:
        ValueError: it is written in another way.
    """
    first, colon, end = text.partition(":")
    if colon:
        return range(int(first), int(end))
    return [int(each) for each in text.split(",")]


def _rule(violation: Broken | None) -> Rule | None:
    return None if violation is None else violation.rule
