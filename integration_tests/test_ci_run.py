"""`.ci/run` fails when any of its steps does, also one of those that run next to others."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

SCRIPT: Final = Path(__file__).resolve().parents[1] / ".ci" / "run"
STEPS: Final = re.findall(r"\btimed ([a-z][a-z0-9-]*)", SCRIPT.read_text("utf-8"))
MAKE: Final = """\
#!/bin/sh
echo "$1" >> "$NOTED"
test "$1" != "$FAILING"
"""


def ran(folder: Path, failing: str = "") -> tuple[int, list[str]]:
    """The exit status, and the steps that began, where one of them fails."""
    programs, noted = folder / "programs", folder / "noted"
    programs.mkdir()
    for name, content in (("make", MAKE), ("chromium", "#!/bin/sh\n")):
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    (folder / ".ci").mkdir()
    script = shutil.copy(SCRIPT, folder / ".ci" / "run")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NOTED": str(noted), "FAILING": failing}
    ended = subprocess.run(
        ["/bin/bash", script], check=False, env=environment, capture_output=True, timeout=60
    )
    return ended.returncode, noted.read_text().split()


def test_all_steps_run(tmp_path: Path) -> None:
    status, began = ran(tmp_path)
    assert (status, sorted(began)) == (0, sorted(STEPS))
    assert {"demo", "test", "e2e", "image-test", "test-base", "release"} <= set(began)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_makes_it_fail(tmp_path: Path, step: str) -> None:
    status, began = ran(tmp_path, step)
    assert step in began
    assert status != 0
