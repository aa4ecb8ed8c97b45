"""Splits what a file descriptor delivers into lines.

Nothing waits in here: `read` is called when there is something to read. Reading only when there is
room for more records is what keeps memory bounded: the pipe fills up and the source waits, which
Airbyte allows for up to two hours a message.
"""

import os
from typing import Final

_CHUNK_BYTES: Final = 1 << 16  # the capacity of a pipe on Linux


class LineReader:
    """Reads lines from `fd`; `at_end` becomes true with the last of them."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.at_end = False
        self._parts: list[bytes] = []

    def read(self) -> list[bytes]:
        """Reads once and returns the lines that are whole by now, without their newlines."""
        chunk = os.read(self.fd, _CHUNK_BYTES)
        if not chunk:
            self.at_end = True
            last = b"".join(self._parts)
            self._parts = []
            return [last] if last else []
        first, newline, rest = chunk.partition(b"\n")
        self._parts.append(first)
        if not newline:
            return []
        lines = [b"".join(self._parts), *rest.split(b"\n")]
        self._parts = [lines.pop()]
        return lines
