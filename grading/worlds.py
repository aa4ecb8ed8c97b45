"""Plays only the worlds that run what was changed; all others are as they were without the change.

    python -m grading.worlds note NOTES
    python -m grading.worlds play NOTES UNCHANGED

The first notes which of the simulator's worlds run which function. The second, in a copy with one
change, plays those that run the changed function, up to the first that fails: all of them if the
change is outside functions, since it may act anywhere then.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

from grading.parts import PACKAGE
from simulation.__main__ import CI_SEEDS, main, until_a_promise_fails
from simulation.paces import broken_promises
from simulation.seeds import read_seeds
from simulation.simulate import simulate

_PROMISES: Final = -1
"""Stands for what the pace promises, where the seeds of worlds stand."""


def note(notes: Path) -> None:
    """Writes, for each function that any world runs, the seeds of these worlds."""
    found: dict[str, list[int]] = {}
    for seed in read_seeds(CI_SEEDS):
        for place in sorted(_run_by(partial(simulate, seed))):
            found.setdefault(place, []).append(seed)
    for place in sorted(_run_by(lambda: list(broken_promises()))):
        found.setdefault(place, []).append(_PROMISES)
    notes.write_text(json.dumps(found), "utf-8")


def play(notes: Path, unchanged: Path) -> int:
    """Plays what the change in this folder touches; returns the simulator's exit status."""
    reached: dict[str, list[int]] = json.loads(notes.read_text("utf-8"))
    place = changed_place(unchanged, Path.cwd())
    if place is None:
        return main(["--first"])
    run = reached.get(place, [])
    seeds = ",".join(str(seed) for seed in run if seed != _PROMISES)
    status = main(["--first", "--seeds", seeds]) if seeds else 0
    return status or (until_a_promise_fails() if _PROMISES in run else 0)


def changed_place(unchanged: Path, changed: Path) -> str | None:
    """The function that differs; None if a difference is outside functions.

    Raises:
        ValueError: nothing differs.
    """
    for before in sorted((unchanged / PACKAGE).rglob("*.py")):
        name = before.relative_to(unchanged)
        texts = before.read_text("utf-8"), (changed / name).read_text("utf-8")
        if texts[0] != texts[1]:
            line = _first_difference(*(text.splitlines() for text in texts))
            begins = _function_at(ast.parse(texts[0]), line)
            return None if begins is None else f"{name.as_posix()}:{begins}"
    raise ValueError("nothing differs")


def _first_difference(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = enumerate(zip(before, after, strict=False), start=1)
    return next((number for number, (one, other) in pairs if one != other), len(before))


def _function_at(tree: ast.Module, line: int) -> int | None:
    """The first line of the innermost function around a line, its decorators included."""
    around = [
        min(node.lineno, *(each.lineno for each in node.decorator_list), node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno < line <= (node.end_lineno or 0)
    ]
    return max(around, default=None)


def _run_by(plays: Callable[[], object]) -> Iterator[str]:
    """The functions that this runs, as places."""
    codes: set[CodeType] = set()

    def look(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    sys.setprofile(look)
    try:
        plays()
    finally:
        sys.setprofile(None)
    return _places(codes)


def _places(codes: set[CodeType]) -> Iterator[str]:
    root = Path.cwd()
    for code in codes:
        path = Path(code.co_filename)
        if path.is_relative_to(root / PACKAGE):
            yield f"{path.relative_to(root).as_posix()}:{code.co_firstlineno}"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["note", notes]:
            note(Path(notes))
        case ["play", notes, unchanged]:
            sys.exit(play(Path(notes), Path(unchanged)))
        case _:
            sys.exit(__doc__)
