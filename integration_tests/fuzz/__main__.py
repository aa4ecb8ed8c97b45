"""`python -m integration_tests.fuzz [--minutes 10] [TARGET ...]`: fuzzes each target for so long.

Exit status: 0 when nothing was found, 1 otherwise; then the smallest input that fails is printed.
"""

import argparse
import sys
import time
import traceback
from random import SystemRandom
from typing import Final

from hypothesis import HealthCheck, given, seed, settings

from integration_tests.fuzz.targets import TARGETS, Target

_A_ROUND: Final = 1_000
_A_MINUTE: Final = 60.0


def main() -> int:
    """Fuzzes what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m integration_tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target")
    parser.add_argument("--seed", type=int, help="of the first round; without it, a new one")
    options = parser.parse_args()
    if unknown := [name for name in options.targets if name not in TARGETS]:
        parser.error(f"not a target: {', '.join(unknown)}; they are {', '.join(TARGETS)}")
    first = SystemRandom().randrange(2**32) if options.seed is None else options.seed
    found = 0
    for name in options.targets or TARGETS:
        until = time.monotonic() + options.minutes * _A_MINUTE
        number = first
        while time.monotonic() < until:
            try:
                _round(TARGETS[name], number)
            except Exception:  # noqa: BLE001 - whatever a target raises is what is looked for
                found += 1
                sys.stdout.write(f"{name}, seed {number}:\n{traceback.format_exc()}\n")
                break
            number += 1
        examples = (number - first) * _A_ROUND
        sys.stdout.write(f"{name}: {examples:,} examples without a fault, from seed {first}\n")
        sys.stdout.flush()
    return int(found > 0)


def _round(target: Target, number: int) -> None:
    bounded = settings(
        max_examples=_A_ROUND,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    bounded(seed(number)(given(target.made_up)(target.check)))()


if __name__ == "__main__":
    sys.exit(main())
