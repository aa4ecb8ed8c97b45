"""Reads lines from standard input without ever blocking the rest of the connector.

One thread does everything but sending: it waits here, for input or for news from delivery,
whichever comes first. While there is no room for more records the input is simply not read, so
the pipe fills and the source waits; Airbyte allows that for up to two hours a message.
"""

import os
import select
from typing import Final

_CHUNK_BYTES: Final = 1 << 16  # the capacity of a pipe on Linux


class LineReader:
    """Splits what a file descriptor delivers into lines."""

    def __init__(self, input_fd: int, wake_fd: int) -> None:
        """`wake_fd` becomes readable when delivery has news; what is in it is read away."""
        self._input_fd = input_fd
        self._wake_fd = wake_fd
        self._parts: list[bytes] = []
        self.at_end = False

    def wait(self, timeout: float, *, want_input: bool) -> list[bytes]:
        """Waits at most `timeout` seconds for input or news and returns the lines that are whole.

        Without `want_input` it waits for news alone.
        """
        watched = [self._wake_fd]
        if want_input and not self.at_end:
            watched.append(self._input_fd)
        ready, _, _ = select.select(watched, [], [], timeout)
        if self._wake_fd in ready:
            os.read(self._wake_fd, 4096)
        return self._read() if self._input_fd in ready else []

    def _read(self) -> list[bytes]:
        chunk = os.read(self._input_fd, _CHUNK_BYTES)
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
