"""Splits what a file descriptor delivers into lines.

Nothing waits in here: `read` is called when there is something to read. Reading only when there is
room for more records is what keeps memory bounded: the pipe fills up and the source waits, which
Airbyte allows for up to two hours a message. A line above the limit is read and thrown away as it
comes, but for its head.
"""

import os
from collections.abc import Callable
from typing import Final

from destination_inflection.airbyte.bounds import LINE_BOUNDS, LineBounds
from destination_inflection.airbyte.line import Cut

_CHUNK_BYTES: Final = 1 << 16  # the capacity of a pipe on Linux


class LineReader:
    """Reads lines from `fd`; `at_end` becomes true with the last of them.

    `read` reads from a file descriptor, at most so many bytes; none at its end.
    """

    def __init__(
        self,
        fd: int,
        bounds: LineBounds = LINE_BOUNDS,
        read: Callable[[int, int], bytes] = os.read,
    ) -> None:
        self.fd = fd
        self.at_end = False
        self._bounds = bounds
        self._read = read
        self._begun = bytearray()
        """What is there of the next line; its head, once it is too long."""
        self._size = 0

    def read(self) -> list[bytes | Cut]:
        """Reads once and returns the lines that are whole by now, without their newlines."""
        chunk = self._read(self.fd, _CHUNK_BYTES)
        if not chunk:
            self.at_end = True
            return [self._ended()] if self._size else []
        first, newline, rest = chunk.partition(b"\n")
        self._go_on(first)
        if not newline:
            return []
        *lines, begun = rest.split(b"\n")
        ended = self._ended()
        self._go_on(begun)
        return [ended, *lines]

    def _go_on(self, part: bytes) -> None:
        self._size += len(part)
        self._begun += part
        if self._size > self._bounds.whole_bytes:
            del self._begun[self._bounds.kept_bytes :]

    def _ended(self) -> bytes | Cut:
        content, size = bytes(self._begun), self._size
        self._begun, self._size = bytearray(), 0
        return Cut(content, size) if size > self._bounds.whole_bytes else content
