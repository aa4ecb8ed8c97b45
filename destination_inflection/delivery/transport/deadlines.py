"""Makes `requests` keep to one time-out for the whole exchange.

Its own time-outs are for connecting and for each single read, so an answer that drips in, byte by
byte, lasts for ever. Here, each step of an exchange gets what is left of one deadline. Only the
look-up of a name can't be cut short, nor can connecting to several addresses, one after the other;
but nothing is sent once the deadline has passed.
"""

import io
from math import inf
from socket import socket
from time import monotonic
from typing import Final

MOST_LINE_BYTES: Final = 64 * 1024
"""Of a line in a head or between chunks: Python's own bound where it has one."""


class Deadline:
    """When the exchange that a session is at has to be over."""

    def __init__(self) -> None:
        self._ends = inf

    def begin(self, seconds: float) -> None:
        """A new exchange begins."""
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; raises TimeoutError when none are."""
        left = self._ends - monotonic()
        if left <= 0.0:
            raise TimeoutError("the exchange took too long")
        return left


class DeadlineReader(io.BufferedReader):
    """Reads an answer from a socket, until the deadline."""

    def __init__(self, sock: socket, deadline: Deadline) -> None:
        self._sock = sock
        self._bytes = _Bytes(sock, deadline)
        super().__init__(self._bytes)

    def readline(self, size: int | None = -1, /) -> bytes:
        """A line, which is not collected for ever if it does not end."""
        if size is not None and size >= 0:
            return super().readline(size)
        line = super().readline(MOST_LINE_BYTES + 1)
        if len(line) > MOST_LINE_BYTES:
            raise OSError("a line of the answer is too long")
        return line

    def holds_more(self) -> bool:
        """Whether something is there that has not been read."""
        timeout = self._sock.gettimeout()
        self._bytes.waits = False
        try:
            return bool(self.peek(1))
        finally:
            self._bytes.waits = True
            self._sock.settimeout(timeout)


class _Bytes(io.RawIOBase):
    """The bytes of a socket."""

    def __init__(self, sock: socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._stream = sock.makefile("rb", buffering=0)
        self.waits = True

    def readable(self) -> bool:
        """They can be read, and not written."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:  # type: ignore[override]
        """Reads what comes next; None if it does not wait and nothing is there."""
        self._sock.settimeout(self._deadline.left() if self.waits else 0.0)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """The socket itself is closed when its connection is closed too."""
        self._stream.close()
        super().close()
