"""Runs whole processes and says what they took: wall seconds, processor seconds, peak memory."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryFile
from time import perf_counter
from typing import Final
from urllib.request import urlopen

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and what its environment has on top of this process's."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole_environment(self) -> dict[str, str]:
        """Everything in its environment."""
        return {**os.environ, **self.environment}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def mean(runs: Sequence[Taken]) -> Taken:
    """What a run took on average, and the largest memory."""
    return Taken(
        fmean(run.wall_seconds for run in runs),
        fmean(run.cpu_seconds for run in runs),
        max(run.peak_mib for run in runs),
    )


def measure(program: Program, stdin: Path | None) -> Taken:
    """Runs a program to its end; what it prints is shown only when it fails.

    Raises:
        RuntimeError: it ended with another status than 0.
    """
    with TemporaryFile() as output, (stdin or Path(os.devnull)).open("rb") as source:
        started = perf_counter()
        process = subprocess.Popen(
            program.command,
            stdin=source,
            stdout=output,
            stderr=output,
            env=program.whole_environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            tail = output.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"{program.command[:3]} ended with {process.returncode}:\n{tail}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What its main thread has taken so far. Linux only."""
        nanoseconds = Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]
        return int(nanoseconds) / 1e9


@contextmanager
def serving(program: Program) -> Iterator[Server]:
    """Runs a server whose first line ends with its URL.

    Raises:
        RuntimeError: it ended without that line; what it printed says why.
    """
    with subprocess.Popen(
        program.command, stdout=subprocess.PIPE, text=True, env=program.whole_environment
    ) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            words = process.stdout.readline().split()
            if not words:
                raise RuntimeError(f"{program.command[:3]} did not start.")
            yield Server(words[-1], process.pid)
        finally:
            process.terminate()


@contextmanager
def sink(
    latency_ms: float = 0.0, settle_ms: float = 0.0, certificate: Path | None = None
) -> Iterator[str]:
    """Runs the sink, with a certificate over TLS; gives its URL."""
    times = ["--latency-ms", str(latency_ms), "--settle-ms", str(settle_ms)]
    tls = [] if certificate is None else ["--tls", str(certificate)]
    program = Program([sys.executable, str(HERE / "sink.py"), *times, *tls])
    with serving(program) as server:
        yield server.url


def asked(url: str) -> int:
    """How many requests the sink has had."""
    with urlopen(f"{url}/count", timeout=30) as response:  # noqa: S310 - the sink's own address
        return int(response.read())
