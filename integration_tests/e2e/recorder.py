"""Runs a connector and keeps a copy of what goes in and what comes out.

    recorder.py FOLDER EXECUTABLE [ARGUMENT ...]

The bytes pass through as they come (standard error at the end), and the exit status is the
connector's. Each run gets a folder of its own in FOLDER, in the order of the runs' starts:
`command`, `in` (a write's alone), `out`, `errors`, `status`, and the catalog and state it was
given. The configuration is not kept: it holds the key.
"""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType

_COMMANDS = ("spec", "check", "discover", "read", "write")
_KEPT = ("--catalog", "--state")
_CHUNK_BYTES = 1 << 16


def main() -> int:
    """Runs one command of the connector; returns its exit status."""
    folder, executable, *arguments = sys.argv[1:]
    kept = Path(tempfile.mkdtemp(prefix=f"{time.time_ns()}-", dir=folder))
    command = next((word for word in arguments if word in _COMMANDS), "")
    (kept / "command").write_text(command, "utf-8")
    for option, value in itertools.pairwise(arguments):
        if option in _KEPT:
            shutil.copy(value, kept / option.removeprefix("--"))
    writes = command == "write"
    with (kept / "errors").open("wb") as errors:
        child = subprocess.Popen(
            [executable, *arguments],
            stdin=subprocess.PIPE if writes else None,
            stdout=subprocess.PIPE,
            stderr=errors,
        )

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    if child.stdin is not None:
        source, target = sys.stdin.fileno(), os.dup(child.stdin.fileno())
        child.stdin.close()
        threading.Thread(target=_copy, args=(source, target, kept / "in"), daemon=True).start()
    assert child.stdout is not None
    _copy(child.stdout.fileno(), os.dup(sys.stdout.fileno()), kept / "out")
    # If our reader went away before the end, so does the connector's.
    child.stdout.close()
    status = child.wait()
    sys.stderr.write((kept / "errors").read_text("utf-8", "replace"))
    (kept / "status").write_text(str(status), "utf-8")
    if status < 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


def _copy(source: int, target: int, copy: Path) -> None:
    """Copies `source` to a file and to `target` till one of the two ends; closes `target`."""
    with copy.open("wb", buffering=0) as file, os.fdopen(target, "wb", buffering=0) as out:
        while chunk := os.read(source, _CHUNK_BYTES):
            file.write(chunk)
            rest = memoryview(chunk)
            try:
                while rest:
                    rest = rest[out.write(rest) :]
            except BrokenPipeError:
                return


if __name__ == "__main__":
    sys.exit(main())
