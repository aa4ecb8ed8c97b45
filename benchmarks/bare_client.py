"""A client so bare that the server is what is measured: requests as bytes, over kept connections.

It knows HTTP/1.1 only as far as the sandbox speaks it: an answer has a `Content-Length`, and an
event stream does not end.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter
from typing import Final, Self
from urllib.parse import urlsplit

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LARGEST_READ: Final = 1 << 18


def request(method: str, path: str, body: bytes = b"", authorization: str = "") -> bytes:
    """A whole request; a body is JSON."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if authorization:
        head += f"Authorization: {authorization}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n".encode() + body


class Connection:
    """A kept connection with one request at a time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.close()

    def send(self, sent: bytes) -> None:
        """Sends a request; its answer has to be received before the next."""
        self._came = b""
        self.socket.sendall(sent)

    def receive(self) -> bytes | None:
        """Waits for more of the answer; gives its body once it is whole.

        Raises RuntimeError for an answer that is not a 2xx.
        """
        came = self.socket.recv(_LARGEST_READ)
        self._came += came
        head, end, body = self._came.partition(b"\r\n\r\n")
        if not came or (end and not head.startswith(b"HTTP/1.1 2")):
            raise RuntimeError(f"The sandbox answered: {self._came[:300].decode()}")
        found = _LENGTH.search(head)
        return body if end and found and len(body) >= int(found[1]) else None

    def ask(self, sent: bytes) -> bytes:
        """Sends a request and waits for the body of its answer."""
        self.send(sent)
        while (body := self.receive()) is None:
            continue
        return body


class EventStream:
    """Server-sent events from a path; `came` counts the bytes that were read."""

    def __init__(self, url: str, path: str) -> None:
        self.came = 0
        self._connection = Connection(url)
        self._connection.send(request("GET", path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.socket.close()

    def fileno(self) -> int:
        """Of its socket, for a selector."""
        return self._connection.socket.fileno()

    def read(self) -> None:
        """Takes what has come."""
        self.came += len(self._connection.socket.recv(_LARGEST_READ))

    def wait_for_event(self) -> None:
        """Reads until an event with data has come."""
        came = b""
        while b"\n\n" not in came.partition(b"\ndata: ")[2]:
            came += self._connection.socket.recv(_LARGEST_READ)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many calls were answered, and in how long."""

    calls: int
    seconds: float


def send_all(
    url: str, requests: Iterator[bytes], connections: int, read: EventStream | None = None
) -> Sent:
    """Sends requests, one at a time over each connection, and reads an event stream meanwhile.

    Raises RuntimeError for an answer that is not a 2xx.
    """
    calls = 0
    with ExitStack() as stack:
        opened = [stack.enter_context(Connection(url)) for _ in range(connections)]
        selector = stack.enter_context(DefaultSelector())
        if read is not None:
            selector.register(read, EVENT_READ)
        started = perf_counter()
        waiting = 0
        for connection, sent in zip(opened, requests, strict=False):
            connection.send(sent)
            selector.register(connection.socket, EVENT_READ, connection)
            waiting += 1
        while waiting:
            for key, _ in selector.select():
                connection = key.data
                if connection is None:
                    assert read is not None  # noqa: S101 - it alone has no data
                    read.read()
                    continue
                if connection.receive() is None:
                    continue
                calls += 1
                if sent := next(requests, b""):
                    connection.send(sent)
                else:
                    waiting -= 1
    return Sent(calls, perf_counter() - started)
