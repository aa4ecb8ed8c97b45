"""`make faults`: plays all cells, two at a time, and writes the table into `docs/reliability.md`.

Words on the command line choose the faults whose names contain one of them; then nothing is
written. Exit status: 1 if a cell failed.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_tests.fault_matrix.cell import Cell, Played, play
from integration_tests.fault_matrix.faults import FAULTS
from integration_tests.fault_matrix.page import COLUMNS, as_table, write


def main(words: Sequence[str]) -> int:
    """Plays the cells."""
    chosen = [each for each in FAULTS if not words or any(word in each.name for word in words)]
    cells = [Cell(fault, *column) for fault in chosen for column in COLUMNS]
    played = []
    with ThreadPoolExecutor(2) as two:
        for ended in as_completed([two.submit(_play, cell) for cell in cells]):
            played.append(ended.result())
            _tell(played[-1], len(played), len(cells))
    if not words:
        write(as_table(played))
    failed = sum(bool(each.problems) for each in played)
    sys.stdout.write(f"{len(played)} cells, {failed} failed\n")
    return int(failed > 0)


def _play(cell: Cell) -> Played:
    with TemporaryDirectory() as place:
        return play(cell, Path(place))


def _tell(played: Played, number: int, of: int) -> None:
    cell = played.cell
    said = "\n  ".join(["failed", *played.problems]) if played.problems else "ok"
    name = f"{cell.fault.name}, {cell.route.value}, {cell.transport}"
    sys.stdout.write(f"{number:>3} of {of}  {played.seconds:5.1f} s  {name}: {said}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
