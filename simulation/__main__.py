"""`python -m simulation`: plays worlds, and says what is broken, and by which seed.

Exit status: 0 when nothing is, 1 when something is, 2 for a command line that can't be understood.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from simulation.expected import that_hold_now
from simulation.paces import broken_promises
from simulation.reached import REQUIRED
from simulation.scenario import make_scenario
from simulation.seeds import differing, fewest_faults, play_all, read_seeds
from simulation.simulate import Result, simulate

CI_SEEDS: Final = "85:205"
"""They reach every rare state, and take about a minute of processor time."""
_SAME_AGAIN: Final = range(8)
"""Seeds that are played twice more, in other processes."""
_MOST_SHOWN: Final = 20
_A_MINUTE: Final = 60.0


@dataclass(slots=True)
class Sums:
    """What many worlds come to."""

    worlds: int = 0
    settled: int = 0
    faults: int = 0
    kills: int = 0
    runs: int = 0
    seconds: float = 0.0
    reached: Counter[str] = field(default_factory=Counter)
    failed: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Adds a world."""
        self.worlds += 1
        self.settled += result.settled
        self.faults += result.faults
        self.kills += result.kills
        self.runs += result.runs
        self.seconds += result.seconds
        self.reached += result.reached
        if result.violation is not None:
            self.failed.append(result)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line says."""
    options = _parser().parse_args(arguments)
    try:
        seeds = read_seeds(options.seeds)
    except ValueError:
        _say(f"--seeds is not 7, 0:100 or 3,5,9: {options.seeds}")
        return 2
    if options.digests:
        for seed in seeds:
            _say(simulate(seed).digest)
        return 0
    if options.trace:
        results = [simulate(seed, options.faults, _say) for seed in seeds]
        return int(any(result.violation is not None for result in results))
    is_ci = options.seeds == CI_SEEDS
    if options.first:
        return _play_until_one_fails(seeds) or (until_a_promise_fails() if is_ci else 0)
    return _play(seeds, is_ci=is_ci)


def _play(seeds: Sequence[int], *, is_ci: bool) -> int:
    sums = Sums()
    began = time.process_time() + _of_children()
    for result in play_all(seeds):
        sums.add(result)
        if result.violation is not None and len(sums.failed) <= _MOST_SHOWN:
            _show_failed(result)
        if sys.stdout.isatty():
            sys.stdout.write(f"\r{sums.worlds} of {len(seeds)} worlds ")
            sys.stdout.flush()
    minutes = (time.process_time() + _of_children() - began) / _A_MINUTE
    _show_sums(sums, minutes)
    problems = [f"{len(sums.failed)} worlds broke an invariant"] if sums.failed else []
    if is_ci:
        missed = [state.value for state in REQUIRED if not sums.reached[state]]
        problems += [f"never reached: {name}" for name in missed]
        problems += broken_promises()
        problems += [f"seed {seed} has two traces" for seed in differing(_SAME_AGAIN)]
        problems += [f"holds now, so it is not to be expected: {each}" for each in that_hold_now()]
    for problem in problems:
        _say(problem)
    return int(bool(problems))


def _play_until_one_fails(seeds: Sequence[int]) -> int:
    """Only the invariants count here, not which states are reached. Small worlds come first."""
    for result in map(simulate, sorted(seeds, key=lambda seed: make_scenario(seed).shape.rows)):
        if result.violation is not None:
            _say(f"Seed {result.seed}: {result.violation}")
            return 1
    return 0


def until_a_promise_fails() -> int:
    """Tries what the pace promises; returns 1 if a promise does not hold."""
    for problem in broken_promises():
        _say(problem)
        return 1
    return 0


def _show_failed(result: Result) -> None:
    fewest = fewest_faults(result)
    _say(f"Seed {result.seed}: {result.violation}")
    _say(
        f"  It fails with the first {fewest} of its {result.faults} faults: "
        f"make simulate SEED={result.seed} FAULTS={fewest} TRACE=1"
    )


def _show_sums(sums: Sums, minutes: float) -> None:
    _say(f"{sums.worlds} worlds, {sums.runs} runs, {minutes:.1f} minutes of processor time")
    _say(
        f"A minute: {sums.settled / minutes:,.0f} settled records, "
        f"{sums.faults / minutes:,.0f} faults, {sums.kills / minutes:,.0f} kills, "
        f"{sums.seconds / 3600 / minutes:,.1f} hours of the worlds' own time"
    )
    _say("Reached:")
    for state in REQUIRED:
        _say(f"  {sums.reached[state]:>9,}  {state.value}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", default=CI_SEEDS, help="7, 0:100 (without the last) or 3,5,9")
    parser.add_argument("--trace", action="store_true", help="show what happens, line by line")
    parser.add_argument(
        "--first", action="store_true", help="in one process, up to the first world that fails"
    )
    parser.add_argument("--faults", type=float, default=float("inf"), help="at most so many")
    parser.add_argument("--digests", action="store_true", help="print a digest of each trace")
    return parser


def _of_children() -> float:
    """Processor time of the processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
