"""One run of the executable: it is fed, something goes wrong in the middle, and it is read."""

import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from integration_tests.conftest import environment
from integration_tests.fault_matrix.gateway import Gateway
from integration_tests.fault_matrix.rows import Item, Load, as_lines

LONGEST_SECONDS: Final = 40.0
"""A run that takes longer is killed, and its cell has failed: two fit into a test's two minutes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run was fed, printed, and how it ended: an exit status, or minus a signal."""

    fed: tuple[Item, ...]
    status: int
    lines: tuple[bytes, ...]
    stderr: str


class Stage:
    """A run under way, for what is to go wrong with it."""

    def __init__(
        self, around: "Around", load: Load, process: "subprocess.Popen[bytes]", stdin: IO[bytes]
    ) -> None:
        self.gateway = around.gateway
        self.bucket = around.bucket
        self.process = process
        self._load = load
        self._stdin = stdin
        self.fed: tuple[Item, ...] = ()
        self.is_read = True
        """Whether somebody goes on reading what it prints."""
        self.has_begun = False
        """Whether the connector has said how it sends."""

    def feed(self, midway: "Midway") -> None:
        """Feeds the first items, lets something go wrong, feeds the others, and ends the input."""
        self._write(self._load.items[: self._load.first])
        self.wait_until(lambda: self.has_begun and self.gateway.ended >= self._load.settled)
        midway(self)
        self.end_the_input()

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Waits until something is so, or the run is over."""
        while not is_so() and self.process.poll() is None:
            time.sleep(0.01)

    def wait_until_begun(self, gateway: Gateway, requests: int) -> None:
        """Waits until so many requests have come in."""
        self.wait_until(lambda: gateway.begun >= requests)

    def feed_the_rest(self) -> None:
        """Feeds the other items, if that was not done yet."""
        self._write(self._load.items[len(self.fed) :])

    def end_the_input(self) -> None:
        """Feeds what is left, and ends the input."""
        self.feed_the_rest()
        with suppress(BrokenPipeError):
            self._stdin.close()

    def cut_the_input(self) -> None:
        """Writes half of the next line, and nothing after it."""
        items = self._load.items
        line = as_lines(items[len(self.fed) :][:1])
        self._load = replace(self._load, items=self.fed)
        with suppress(BrokenPipeError):
            self._stdin.write(line[: len(line) // 2])
            self._stdin.flush()

    def _write(self, items: tuple[Item, ...]) -> None:
        if not items:
            return
        self.fed += items
        with suppress(BrokenPipeError):
            self._stdin.write(as_lines(items))
            self._stdin.flush()


Midway = Callable[[Stage], None]
"""What goes wrong in the middle of a run."""


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a run: its ways to the sandbox and to a bucket, and environment variables."""

    gateway: Gateway
    bucket: Gateway
    variables: Mapping[str, str]


def run(command: Sequence[str], errors: Path, around: Around, load: Load, midway: Midway) -> Ran:
    """Runs a command that writes, and feeds it; `errors` is where its standard error goes."""
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**environment(), **around.variables},
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        guard = threading.Timer(LONGEST_SECONDS, process.kill)
        guard.start()
        stage = Stage(around, load, process, process.stdin)
        feeder = threading.Thread(target=stage.feed, args=(midway,))
        feeder.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            stage.has_begun |= b"Sending over" in line
            if not stage.is_read:
                process.stdout.close()
                break
        status = process.wait()
        feeder.join()
        guard.cancel()
    return Ran(stage.fed, status, tuple(lines), errors.read_text("utf-8"))
