"""The two virtual environments the proof needs, made when missing; as a command, ahead of it.

The source and PyAirbyte are installed apart: together, pip settles on a very old PyAirbyte. They
need a Python below 3.13, so a newer one takes an older one that it finds. A stamp that names the
requirement and the Python distinguishes a finished environment from a half-made one.
"""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration_tests.e2e.account import Account
from integration_tests.e2e.processes import ProofError, run_all

HOME: Final = Path(__file__).resolve().parents[2] / ".e2e"
_REQUIREMENTS: Final = {
    "faker": "airbyte-source-faker==7.2.1",
    "pyairbyte": "airbyte==0.71.3",
}
_TOO_NEW: Final = (3, 13)
_INSTALLED_SECONDS: Final = 1800
"""At most, also by a slow network."""
_OLDER: Final = ("python3.12", "python3.11")


@dataclass(frozen=True, slots=True)
class Environments:
    """Where the programs are."""

    source_faker: Path
    pyairbyte: Path
    """The folder of PyAirbyte's programs, its Python among them."""

    def variables(self, scratch: Path) -> Mapping[str, str]:
        """PyAirbyte's environment: offline, no telemetry, everything it writes goes to `scratch`.

        Its folder comes first on the path, as it finds its own smoke-test source there.
        """
        scratch.mkdir(parents=True, exist_ok=True)
        return {
            **os.environ,
            "PATH": f"{self.pyairbyte}{os.pathsep}{os.environ.get('PATH', '')}",
            "DO_NOT_TRACK": "1",
            "AIRBYTE_OFFLINE_MODE": "1",
            "AIRBYTE_LOGGING_ROOT": str(scratch),
            "AIRBYTE_TEMP_DIR": str(scratch),
            "AIRBYTE_PROJECT_DIR": str(scratch),
        }


def prepare(home: Path, account: Account) -> Environments:
    """Makes what is missing under `home`.

    Raises:
        ProofError: an environment can't be made; the message holds what the installer said.
    """
    home.mkdir(exist_ok=True)
    missing = [home / name for name in _REQUIREMENTS if not _is_ready(home / name)]
    for folder in missing:
        account.note(f"Installing {_REQUIREMENTS[folder.name]} ...")
    _each(missing, "could not be made", [_new(folder) for folder in missing])
    _each(missing, "could not be filled", [_install(folder) for folder in missing])
    for folder in missing:
        (folder / ".ready").write_text(_stamp(folder), "utf-8")
    account.note("Ready: " + ", ".join(_REQUIREMENTS.values()))
    return Environments(home / "faker" / "bin" / "source-faker", home / "pyairbyte" / "bin")


def _is_ready(folder: Path) -> bool:
    stamp = folder / ".ready"
    return stamp.exists() and stamp.read_text("utf-8") == _stamp(folder)


def _stamp(folder: Path) -> str:
    return f"{_REQUIREMENTS[folder.name]}, {_python()}\n"


def _new(folder: Path) -> list[str | Path]:
    return [_python(), "-m", "venv", "--clear", folder]


def _python() -> str:
    """The Python that they are made with: the same in a virtual environment and outside of it."""
    if sys.version_info < _TOO_NEW:
        return os.path.realpath(sys.executable)
    older = next(filter(None, map(shutil.which, _OLDER)), None)
    if older is None:
        raise ProofError(
            "Airbyte's programs need a Python below 3.13: put python3.12 on the PATH as well"
        )
    return older


def _install(folder: Path) -> list[str | Path]:
    python = folder / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check")
    return [python, "-m", "pip", "install", *options, _REQUIREMENTS[folder.name]]


def _each(folders: Sequence[Path], problem: str, commands: Sequence[Sequence[str | Path]]) -> None:
    """Runs one command for each folder, side by side."""
    for folder, ended in zip(
        folders, run_all(commands, most_seconds=_INSTALLED_SECONDS), strict=True
    ):
        if ended.status != 0:
            raise ProofError(
                f"the environment of {_REQUIREMENTS[folder.name]} {problem}:\n{ended.last_lines()}"
            )


if __name__ == "__main__":
    prepare(HOME, Account())
