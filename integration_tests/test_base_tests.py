"""`make test-base`, with a program that answers as an engine would. Needs no engine.

It runs the container's steps here, with a Python that notes what it is asked for.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from container import base_tests
from container.engine import Engine, EngineError
from integration_tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("plain_git")

ENGINE: Final = """#!{python}
import os
import sys

words = sys.argv[1:]
if words[0] == "image":
    sys.exit(0)
volumes = [word.split(":") for before, word in zip(words, words[1:]) if before == "--volume"]
assert all(way == "ro" for _, _, way in volumes)
places = dict([(inside, outside) for outside, inside, _ in volumes])
places["/destination-inflection"] = "{folder}/copy"
entry = words.index("--entrypoint")
os.environ["PATH"] = "{folder}/bin:" + os.environ["PATH"]
os.execvp(words[entry + 1], ["sh", *(places.get(word, word) for word in words[entry + 3 :])])
"""
"""It has every image. A container of it is a process of this machine with other paths."""

PYTHON: Final = """#!/bin/sh
if [ "$1" = -c ]; then
  exec {python} -c 'import sys; sys.version_info = {version}; exec(sys.argv[1])' "$2"
fi
printf '%s\\n' "$PWD" "$@" >{folder}/"$2"
case $2 in pip) exit {pip} ;; pytest) exit {tests} ;; esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """An engine, and the folder with what the steps have left."""

    folder: Path
    engine: Engine

    def asked(self, module: str) -> list[str]:
        """The words after the module with which Python was called, which was in the copy."""
        place, _, _, *words = (self.folder / module).read_text("utf-8").splitlines()
        assert place == str(self.folder / "copy")
        return words

    def copied(self) -> set[str]:
        copy = self.folder / "copy"
        return {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}


def machine(
    folder: Path, version: tuple[int, int] = (3, 13), pip: int = 0, tests: int = 0
) -> Machine:
    (folder / "bin").mkdir(parents=True)
    for name, text in (
        ("engine", ENGINE.format(python=sys.executable, folder=folder)),
        (
            "bin/python",
            PYTHON.format(
                python=sys.executable, folder=folder, version=version, pip=pip, tests=tests
            ),
        ),
    ):
        (folder / name).write_text(text, "utf-8")
        (folder / name).chmod(0o755)
    return Machine(folder, Engine(str(folder / "engine")))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "a checkout"
    for name in ("setup.py", ".ci/run", "unit_tests/gone.py", "unit_tests/new\nline.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, "utf-8")
    (root / ".ci" / "run").chmod(0o755)
    (root / ".gitignore").write_text(".venv/\n", "utf-8")
    for arguments in (("init", "--quiet"), ("add", ".")):
        subprocess.run(["git", "-C", str(root), *arguments], check=True)  # noqa: S607
    (root / "unit_tests" / "gone.py").unlink()
    (root / "unit_tests" / "not_added.py").touch()
    (root / ".venv").mkdir()
    (root / ".venv" / "large").touch()
    return root


@pytest.mark.parametrize("status", [0, 1, 5])
def test_the_tests_run_in_a_copy_and_their_status_is_handed_on(
    tmp_path: Path,
    checkout: Path,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    here = machine(tmp_path / "machine", tests=status)
    monkeypatch.setattr(base_tests, "find", lambda: here.engine)
    assert base_tests.main(checkout) == status
    assert here.copied() == {
        *(".ci/run", ".gitignore", "setup.py"),
        *("unit_tests/new\nline.py", "unit_tests/not_added.py"),
    }
    assert (here.folder / "copy" / ".ci" / "run").stat().st_mode & 0o111
    assert here.asked("pip")[-2:] == ["--editable", ".[dev]"]
    assert here.asked("pytest") == ["-n", "2", "unit_tests", *base_tests.WRITES]
    printed = capfd.readouterr()
    assert printed.err.startswith("Testing on Airbyte's base docker.io/airbyte/")
    assert printed.out.startswith("Python 3.")


def test_a_base_with_an_older_python_fails_before_anything_is_installed(
    tmp_path: Path, checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = machine(tmp_path / "machine", version=(3, 12))
    assert base_tests.run(here.engine, "base", checkout) == 1
    assert "The base has a Python older than 3.13." in capfd.readouterr().err
    assert not (here.folder / "pip").exists()


def test_without_the_packages_no_test_runs(tmp_path: Path, checkout: Path) -> None:
    here = machine(tmp_path / "machine", pip=2)
    assert base_tests.run(here.engine, "base", checkout) == 2
    assert not (here.folder / "pytest").exists()


def test_a_file_that_cannot_be_copied_ends_it(tmp_path: Path, checkout: Path) -> None:
    here = machine(tmp_path / "machine")
    (here.folder / "copy").mkdir()
    (here.folder / "copy" / "setup.py").mkdir()
    assert base_tests.run(here.engine, "base", checkout) != 0
    assert not (here.folder / "pip").exists()


def test_a_checkout_may_belong_to_somebody_else(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert "setup.py" in base_tests.project_files(checkout)


def test_a_folder_that_git_does_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"Git can't list the files: .*not a git repository"):
        base_tests.project_files(tmp_path)


def test_the_writes_are_tests_of_this_project() -> None:
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "--quiet", *base_tests.WRITES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert collected.stdout.splitlines()[: len(base_tests.WRITES)] == list(base_tests.WRITES)
