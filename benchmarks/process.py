"""Runs whole processes and says what they took: wall seconds, processor seconds, peak memory."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Final
from urllib.request import urlopen

HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def measure(command: Sequence[str], stdin: Path | None) -> Taken:
    """Runs a command to its end; what it prints is shown only when it fails."""
    with TemporaryFile() as output, (stdin or Path(os.devnull)).open("rb") as source:
        started = perf_counter()
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
        process = subprocess.Popen(
            command, stdin=source, stdout=output, stderr=output, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            tail = output.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"{command[:3]} ended with {process.returncode}:\n{tail}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@contextmanager
def sink(latency_ms: float = 0.0, settle_ms: float = 0.0) -> Iterator[str]:
    """Runs the sink; gives its URL."""
    times = ["--latency-ms", str(latency_ms), "--settle-ms", str(settle_ms)]
    command = [sys.executable, str(HERE / "sink.py"), *times]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def asked(url: str) -> int:
    """How many requests the sink has had."""
    with urlopen(f"{url}/count", timeout=30) as response:  # noqa: S310 - the sink's own address
        return int(response.read())
