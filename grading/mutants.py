"""Mutants of a part of the connector: a sample, what ran of it, and what survived.

`cosmic-ray` makes and runs them. Each worker has a copy of the commit's files and a session file of
its own, so that a grade which was interrupted goes on where it stopped, with as many workers.
"""

import random
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from cosmic_ray.commands.init import init
from cosmic_ray.config import ConfigDict, serialize_config
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkItem, WorkResult

from grading.copies import copy_commit
from grading.exclusions import Place, excluded
from grading.parts import PACKAGE, SAMPLED, SEED, Part

_OPERATORS_LEFT_OUT: Final = ("core/NoOp", "core/RemoveDecorator")
"""The first changes nothing; the second belongs to the exclusions, but begins at the `@`."""
_CONFIG: Final = "cosmic-ray.toml"
_SESSION: Final = "session.sqlite"
_COMMIT: Final = "commit"
_WORKER: Final = "worker-"
_TIMED_OUT: Final = "timeout"
"""What cosmic-ray notes of a command that did not end in time; it counts it as killed."""


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "noticed"
    SURVIVED = "survived"
    ENDLESS = "did not end, which is not noticed"


@dataclass(frozen=True, slots=True)
class Graded:
    """A mutant that ran."""

    module: str
    line: int
    where: str
    """The function or class it is in."""
    operator: str
    diff: str
    outcome: Outcome


def grade(part: Part, folder: Path, workers: int) -> Sequence[Graded]:
    """Runs what has not run yet, and returns all that did, in the order of the code.

    Raises:
        CalledProcessError: git, the preparation or cosmic-ray failed; it has said so.
        ValueError: the folder is of another commit, or was not prepared to the end.
    """
    commit = _commit()
    if not folder.exists():
        _prepare(part, folder, workers)
        (folder / _COMMIT).write_text(commit)
    if not (folder / _COMMIT).exists() or (folder / _COMMIT).read_text() != commit:
        raise ValueError(f"{folder} is not a whole grade of {commit}: remove it, and start anew")
    copies = sorted(folder.glob(f"{_WORKER}*"))
    with ThreadPoolExecutor(len(copies)) as threads:
        list(threads.map(_run, copies))
    return sorted(_graded(copies), key=lambda each: (each.module, each.line, each.operator))


def _commit() -> str:
    said = subprocess.run(["git", "rev-parse", "HEAD"], stdout=subprocess.PIPE, check=True)  # noqa: S607
    return said.stdout.decode().strip()


def _prepare(part: Part, folder: Path, workers: int) -> None:
    unchanged = folder / "unchanged"
    copies = [folder / f"{_WORKER}{number}" for number in range(workers)]
    for copy in (unchanged, *copies):
        copy_commit(copy)
        (copy / _CONFIG).write_text(_config(part))
    if part.preparation:
        subprocess.run([sys.executable, *part.preparation], cwd=unchanged, check=True)
    sample = _sample(part, unchanged)
    for number, copy in enumerate(copies):
        with use_db(str(copy / _SESSION), WorkDB.Mode.create) as session:
            session.add_work_items(sample[number :: len(copies)])


def _sample(part: Part, root: Path) -> list[WorkItem]:
    """The same for the same code: mutants are numbered by where they are and what they do."""
    with use_db(str(root / "all.sqlite"), WorkDB.Mode.create) as session:
        init(_modules(part, root), session, {})
        found = [each.mutations[0] for each in session.work_items]
    spans = {path: excluded(path.read_text()) for path in {each.module_path for each in found}}
    allowed = sorted(
        (
            each
            for each in found
            if each.operator_name not in _OPERATORS_LEFT_OUT
            and not any(span.holds(Place(*each.start_pos)) for span in spans[each.module_path])
        ),
        key=lambda each: (str(each.module_path), each.operator_name, each.occurrence),
    )
    sys.stdout.write(f"{len(found)} mutants, {len(allowed)} of them not excluded.\n")
    chosen = random.Random(SEED).sample(allowed, min(SAMPLED, len(allowed)))  # noqa: S311
    return [
        WorkItem.single(f"{number:03}", _within(mutation, root))
        for number, mutation in enumerate(chosen)
    ]


def _modules(part: Part, root: Path) -> list[Path]:
    package = root / PACKAGE
    outside = [package / each for each in part.excluded]
    files = [
        file
        for each in part.modules
        for file in ([package / each] if each.endswith(".py") else (package / each).rglob("*.py"))
    ]
    return sorted(file for file in files if not any(file.is_relative_to(each) for each in outside))


def _within(mutation: MutationSpec, root: Path) -> MutationSpec:
    """The same mutation, of the file in the folder that cosmic-ray is started in."""
    return MutationSpec(
        mutation.module_path.relative_to(root),
        mutation.operator_name,
        mutation.occurrence,
        mutation.start_pos,
        mutation.end_pos,
        mutation.operator_args,
        mutation.definition_name,
    )


def _config(part: Part) -> str:
    return str(
        serialize_config(
            ConfigDict(
                {
                    "module-path": PACKAGE,
                    "timeout": part.timeout_seconds,
                    "excluded-modules": [],
                    "test-command": shlex.join([sys.executable, *part.command]),
                    "distributor": {"name": "local"},
                }
            )
        )
    )


def _run(copy: Path) -> None:
    command = [str(Path(sys.executable).parent / "cosmic-ray"), "exec", _CONFIG, _SESSION]
    subprocess.run(command, cwd=copy, check=True)


def _graded(copies: Sequence[Path]) -> Iterator[Graded]:
    for copy in copies:
        with use_db(str(copy / _SESSION), WorkDB.Mode.open) as session:
            for item, result in session.completed_work_items:
                mutation = item.mutations[0]
                yield Graded(
                    str(mutation.module_path),
                    mutation.start_pos[0],
                    mutation.definition_name or "",
                    mutation.operator_name.removeprefix("core/"),
                    result.diff or "",
                    _outcome(result),
                )


def _outcome(result: WorkResult) -> Outcome:
    if result.output == _TIMED_OUT:
        return Outcome.ENDLESS
    match result.test_outcome:
        case TestOutcome.KILLED:
            return Outcome.KILLED
        case TestOutcome.SURVIVED:
            return Outcome.SURVIVED
    raise ValueError(f"a mutant did not run: {result.output}")
