"""`python -m simulation.pacing`: how well a sender keeps to limits, and through faults.

Each table shows the worst of its seeds, and of 16 and 64 connections.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from multiprocessing import Pool
from types import MappingProxyType
from typing import Final, TypeVar

from simulation.pacing.cells import CONNECTIONS, LIMITS, SHAPES, Cell, measure
from simulation.pacing.changes import FALLS, RISES, Change, follow
from simulation.pacing.faults import outage, slowed, storm, stray

_SHAPES_THAT_CHANGE: Final = ("bucket", "1 s window")
_NEVER: Final = 999

A = TypeVar("A")
B = TypeVar("B")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m simulation.pacing", description=__doc__)
    parser.add_argument("tables", nargs="*", default=list(_TABLES), help=", ".join(_TABLES))
    parser.add_argument("--seeds", default="11,12,13", help="as in 11,12,13")
    parser.add_argument("--seconds", type=int, default=600, help="of each limit")
    parser.add_argument("--storms", type=int, default=300, help="how many of them")
    options = parser.parse_args(arguments)
    seeds = [int(seed) for seed in options.seeds.split(",")]
    tables = _TABLES
    for name in options.tables:
        tables[name](seeds, options)


def _limits(seeds: Sequence[int], options: argparse.Namespace) -> None:
    print("limit  shape        delivered  refused  worst block  attempts", flush=True)
    for limit in LIMITS:
        for shape in SHAPES:
            cells = [Cell(limit, shape, many, seed) for many in CONNECTIONS for seed in seeds]
            shares = _each(partial(measure, seconds=options.seconds), cells)
            print(
                f"{limit:5}  {shape:11}  {min(s.delivered for s in shares):9.3f}  "
                f"{max(s.refused for s in shares):7.1%}  {min(s.worst for s in shares):11.2f}  "
                f"{max(s.attempts for s in shares):8}",
                flush=True,
            )


def _changes(seeds: Sequence[int], _options: argparse.Namespace) -> None:
    print("change          shape        within  delivered  refused  attempts", flush=True)
    for shape in _SHAPES_THAT_CHANGE:
        for before, after in (*RISES, *FALLS):
            changes = [
                Change(shape, before, after, many, seed) for many in CONNECTIONS for seed in seeds
            ]
            found = _each(follow, changes)
            within = max(f.within or _NEVER for f in found)
            print(
                f"{before:5g} to {after:5g}  {shape:11}  {within:4} s  "
                f"{min(f.delivered for f in found):9.3f}  {max(f.refused for f in found):7.1%}  "
                f"{max(f.attempts for f in found):8}",
                flush=True,
            )


def _faults(seeds: Sequence[int], _options: argparse.Namespace) -> None:
    for many in CONNECTIONS:
        costs = _each(partial(stray, many), seeds)
        print(
            f"10 % 429 and 2 % 500, {many} connections: {min(c.delivered for c in costs):.3f} of "
            f"what can succeed, {min(c.with_the_last for c in costs):.3f} with the last ten calls",
            flush=True,
        )
        ratios = sorted(_each(partial(slowed, many), seeds))
        print(
            f"  where answers come at once: {ratios[len(ratios) // 2]:.2f} times as long as "
            f"without faults in the median, {ratios[-1]:.2f} at most",
            flush=True,
        )
        outages = _each(partial(outage, many), seeds)
        print(
            f"  503 for 120 s: at most {max(o.requests for o in outages)} requests, "
            f"{max(o.most_in_a_second for o in outages)} in a second, back within "
            f"{max(o.back_within or _NEVER for o in outages)} s",
            flush=True,
        )


def _storms(_seeds: Sequence[int], options: argparse.Namespace) -> None:
    storms = _each(storm, range(options.storms))
    ended, gave_up = sum(s.ended for s in storms), sum(s.gave_up for s in storms)
    hours = sum(s.seconds for s in storms) / 3600
    print(f"{options.storms} storms, {hours:.1f} hours: {ended:,} calls, {gave_up} gave up")


def _each(play: Callable[[A], B], setups: Iterable[A]) -> list[B]:
    """Plays on both processors of a usual machine."""
    with Pool(2) as pool:
        return pool.map(play, setups, chunksize=1)


_TABLES: Final[Mapping[str, Callable[[Sequence[int], argparse.Namespace], None]]] = (
    MappingProxyType({"limits": _limits, "changes": _changes, "faults": _faults, "storms": _storms})
)

if __name__ == "__main__":
    main()
