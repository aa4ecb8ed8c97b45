"""Runs programs with all they start, and never longer than a limit."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT_SECONDS: Final = 300
_SHOWN_LINES: Final = 12


class ProofError(Exception):
    """The proof can't go on; the text is a plain sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program left behind."""

    status: int
    output: str
    errors: str

    def last_lines(self, hide: str = "") -> str:
        """The end of all it printed, for a report of its failure; `hide` is masked."""
        lines = f"{self.output}\n{self.errors}".strip().splitlines()[-_SHOWN_LINES:]
        text = "\n".join(lines)
        return text.replace(hide, "****") if hide else text


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Runs a program and waits for it.

    Raises:
        ProofError: it did not end in time; it and all it started have been ended.
    """
    return run_all([command], folder=folder, environment=environment)[0]


def run_all(
    commands: Sequence[Sequence[str | Path]],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    most_seconds: float = LIMIT_SECONDS,
) -> list[Ended]:
    """Runs programs side by side and waits for all.

    Raises:
        ProofError: one did not end in time; all of them have been ended.
    """
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_started(command, folder, environment)) for command in commands
        ]
        return [_ended(process, most_seconds) for process in processes]


@contextmanager
def _started(
    command: Sequence[str | Path], folder: Path | None, environment: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[str]]:
    """Starts a program in a process group of its own; an exception ends the group."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        except BaseException:
            # Without a return code it has not been waited for, so the number is still its own.
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
            raise


def _ended(process: subprocess.Popen[str], most_seconds: float) -> Ended:
    try:
        output, errors = process.communicate(timeout=most_seconds)
    except subprocess.TimeoutExpired:
        program = Path(str(process.args[0] if isinstance(process.args, list) else process.args))
        raise ProofError(f"{program.name} did not end within {most_seconds:g} s.") from None
    return Ended(process.returncode, output, errors)
