"""The image under test, run as a user would run it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from container.build import IMAGE
from container.engine import Engine, find
from integration_tests.conftest import Connector, Run, Started, as_input, read_run

_LIMIT_SECONDS: Final = 60
_HOST: Final = ("--network", "host")


@dataclass(frozen=True, slots=True)
class Image:
    """The image, and a folder of the test's that containers see as `/config`."""

    engine: Engine
    name: str
    folder: Path

    def command(self, arguments: Sequence[str], options: Sequence[str] = _HOST) -> list[str]:
        mount = ("--volume", f"{self.folder}:/config:ro")
        return [self.engine.program, "run", "--rm", "-i", *mount, *options, self.name, *arguments]

    def execute(
        self, arguments: Sequence[str], options: Sequence[str] = _HOST, stdin: bytes = b""
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            self.command(arguments, options),
            input=stdin,
            capture_output=True,
            timeout=_LIMIT_SECONDS,
            check=False,
            env=self.engine.environment,
        )

    def run(self, *arguments: str, options: Sequence[str] = _HOST, stdin: bytes = b"") -> Run:
        return read_run(self.execute(arguments, options, stdin))

    def file(self, name: str, content: object) -> str:
        """Writes a file that any user may read; returns its path in the container."""
        path = Path(Connector(self.folder).file(name, content))
        path.chmod(0o644)
        return f"/config/{name}"

    def fact(self, template: str) -> str:
        return self.engine.inspect(self.name, template)

    @contextmanager
    def started(
        self, arguments: Sequence[str], lines: Sequence[bytes | dict[str, Any]]
    ) -> Iterator[tuple[str, Started]]:
        """Starts a container, its input still open; yields its name, and removes it."""
        name = f"destination-inflection-test-{uuid4().hex[:8]}"
        command = self.command(arguments, (*_HOST, "--name", name))
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.engine.environment
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(as_input(lines))
                process.stdin.flush()
                yield name, Started(process, process.stdin, process.stdout)
            finally:
                if process.poll() is None:
                    self.engine.ask("rm", "--force", name)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return find()


@pytest.fixture
def image(engine: Engine, tmp_path: Path) -> Image:
    """The image that `make image` built, or the one that IMAGE names."""
    tmp_path.chmod(0o755)  # the container's user is another
    image = Image(engine, os.environ.get("IMAGE", IMAGE), tmp_path)
    image.fact("{{.Id}}")
    return image
