"""`python -m grading mutants PART`: grades tests by what they notice.

Exit status: 0 when it ran to its end, whatever the grade is; 2 for a command line that can't be
understood.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from grading.interval import wilson
from grading.mutants import Graded, grade
from grading.parts import PARTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line says."""
    options = _parser().parse_args(arguments)
    graded = grade(PARTS[options.part], options.folder.absolute(), options.workers)
    for each in graded:
        if each.survived:
            _show(each)
    killed = sum(not each.survived for each in graded)
    timed_out = sum(each.timed_out for each in graded)
    sure = wilson(killed, len(graded))
    sys.stdout.write(
        f"{options.part}: {killed} of {len(graded)} mutants noticed, "
        f"{killed / len(graded):.1%} (95 %: {sure.low:.1%} to {sure.high:.1%}), "
        f"{timed_out} of them because they did not end\n"
    )
    return 0


def _show(survivor: Graded) -> None:
    sys.stdout.write(f"Survived: {survivor.module}:{survivor.line} {survivor.where}\n")
    changed = (line for line in survivor.diff.splitlines() if line[:1] in ("-", "+"))
    for line in changed:
        if line[:3] not in ("---", "+++"):
            sys.stdout.write(f"  {line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m grading", description=__doc__)
    commands = parser.add_subparsers(required=True)
    mutants = commands.add_parser("mutants", help="run a sample of mutants of a part")
    mutants.add_argument("part", choices=PARTS)
    mutants.add_argument("--folder", type=Path, required=True, help="what ran is kept here")
    mutants.add_argument("--workers", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
