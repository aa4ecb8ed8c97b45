"""Another commit of this repository as a folder of its own, for the time of a comparison."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.commands import Commands
from benchmarks.process import ROOT


@contextmanager
def checked_out(commit: str, path: Path) -> Iterator[Path]:
    """Checks a commit out into a new folder, and removes it in the end.

    Raises:
        CalledProcessError: git does not know the commit; it has said so.
    """
    _git("worktree", "add", "--quiet", "--detach", str(path), commit)
    try:
        yield path
    finally:
        _git("worktree", "remove", "--force", str(path))


def commit_of(tree: Path) -> str:
    """The short hash of a checkout, and whether its files differ from it."""
    return _git("-C", str(tree), "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*")


def package_of(commands: Commands, package: str = "destination_inflection") -> Path:
    """Where a package comes from when these commands run.

    Raises:
        RuntimeError: it is not that of their checkout.
    """
    program = commands.python("-P", "-c", f"import {package}; print({package}.__file__)")
    printed = subprocess.run(
        program.command, env=program.whole_environment, stdout=subprocess.PIPE, check=True
    )
    found = Path(printed.stdout.decode().strip())
    if not found.is_relative_to(commands.tree):
        raise RuntimeError(f"The code of {commands.tree} was to run, but {found} would.")
    return found


def _git(*arguments: str) -> str:
    printed = subprocess.run(
        ["git", "-C", str(ROOT), *arguments],  # noqa: S607 - the one that is on the path
        stdout=subprocess.PIPE,
        check=True,
    )
    return printed.stdout.decode().strip()
