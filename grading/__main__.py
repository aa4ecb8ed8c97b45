"""`python -m grading mutants PART` and `python -m grading planted`: what do the tests notice?

Exit status: 0 when it ran to its end, whatever the grade of mutants is; 1 when a planted fault was
not noticed; 2 for a command line that can't be understood.
"""

import argparse
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from grading.interval import wilson
from grading.parts import PARTS
from grading.planted import try_all
from grading.planted_faults import PLANTED

if TYPE_CHECKING:
    from grading.mutants import Graded


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line says."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _mutants(options: Namespace) -> int:
    from grading.mutants import Outcome, grade  # noqa: PLC0415 - needs cosmic-ray, for this alone

    graded = grade(PARTS[options.part], options.folder.absolute(), options.workers)
    by_outcome = Counter(each.outcome for each in graded)
    for each in graded:
        if each.outcome is not Outcome.KILLED:
            _show(each)
    killed = by_outcome[Outcome.KILLED]
    sure = wilson(killed, len(graded))
    _say(
        f"{options.part}: {killed} of {len(graded)} mutants noticed, "
        f"{killed / len(graded):.1%} (95 %: {sure.low:.1%} to {sure.high:.1%}); "
        f"{by_outcome[Outcome.ENDLESS]} did not end, and do not count as noticed"
    )
    return 0


def _planted(options: Namespace) -> int:
    faults = [each for each in PLANTED if options.only in each.name]
    if not faults:
        _say(f"No planted fault has {options.only!r} in its name.")
        return 2
    noticed = 0
    for tried in try_all(faults, options.workers):
        noticed += tried.noticed is not None
        _say(f"{tried.planted.name}: {tried.noticed or 'NOT NOTICED'}")
    _say(f"{noticed} of {len(faults)} planted faults noticed")
    return int(noticed < len(faults))


def _show(survivor: "Graded") -> None:
    _say(f"{survivor.outcome.value}: {survivor.module}:{survivor.line} {survivor.where}")
    changed = (line for line in survivor.diff.splitlines() if line[:1] in ("-", "+"))
    for line in changed:
        if line[:3] not in ("---", "+++"):
            _say(f"  {line}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(required=True)
    mutants = commands.add_parser("mutants", help="run a sample of mutants of a part")
    mutants.add_argument("part", choices=PARTS)
    mutants.add_argument("--folder", type=Path, required=True, help="what ran is kept here")
    mutants.add_argument("--workers", type=int, default=1)
    mutants.set_defaults(run=_mutants)
    planted = commands.add_parser("planted", help="plant faults, one at a time")
    planted.add_argument("--only", default="", metavar="NAME", help="a name, or a part of some")
    planted.add_argument("--workers", type=int, default=1)
    planted.set_defaults(run=_planted)
    return parser


if __name__ == "__main__":
    sys.exit(main())
