"""A server that sends the very bytes a test says, over connections that it keeps open."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

CLOSE: Final = b""
"""Sent as a piece, this ends the connection."""
RESET: Final = b"\0reset"
"""Sent as a piece, this breaks the connection: the other side gets a reset."""
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Received(NamedTuple):
    """One request: its number and its connection's, both from 1, and what it asks for.

    Names of `headers` are in lower case.
    """

    number: int
    connection: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[Received], Iterable[bytes]]


class RawServer:
    """What came in; `answered` is released once for each request that was answered to the end."""

    def __init__(
        self,
        answer: Answering,
        tls: ssl.SSLContext | None = None,
        tunnel: bytes = b"",
        port: int = 0,
    ) -> None:
        self._answer = answer
        self._tls = tls
        self._tunnel = tunnel
        self._listener = socket.create_server(("127.0.0.1", port))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.received: list[Received] = []
        self.answered = threading.Semaphore(0)

    @property
    def connections(self) -> int:
        return len(self._sockets)

    def accept(self) -> None:
        """Serves each connection on a thread of its own."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # Each piece leaves at once: what was sent is there when `answered` is released.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(connection)
            arguments = (connection, self.connections)
            thread = threading.Thread(target=self._serve, args=arguments, daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait_until_idle(self, until: float) -> None:
        """Waits until everything is served that clients have sent which are gone by now.

        `until` is a time of the monotonic clock; `TimeoutError`: a connection is still open then.
        """
        self._wait_until_accepted(until)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                raise TimeoutError("A connection is still served, though its client is gone.")

    def _wait_until_accepted(self, until: float) -> None:
        """Connections are accepted in their order: the last one is ours, and ends at once."""
        with suppress(ConnectionError):
            patience = max(0.1, until - time.monotonic())
            with socket.create_connection(("127.0.0.1", self.port), patience) as last:
                last.shutdown(socket.SHUT_WR)
                while last.recv(1024):
                    continue

    def close(self) -> None:
        # On Linux this, unlike closing it, ends an accept that waits in another thread.
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, plain: socket.socket, number: int) -> None:
        with plain, suppress(OSError):
            if self._tls is None:
                self._converse(plain, number)
                return
            if self._tunnel:
                with plain.makefile("rb") as stream:
                    _head(stream.readline)
                plain.sendall(self._tunnel)
            with self._tls.wrap_socket(
                plain, server_side=True, do_handshake_on_connect=False
            ) as secured:
                self._sockets[number - 1] = secured
                secured.do_handshake()
                self._converse(secured, number)

    def _converse(self, connection: socket.socket, number: int) -> None:
        with connection.makefile("rb") as stream:
            while head := _head(stream.readline):
                method, path, headers = head
                if "expect" in headers:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                length = int(headers.get("content-length", 0))
                body = stream.read(length)
                if len(body) < length:
                    return  # the client was ended while it sent this
                with self._lock:
                    count = len(self.received) + 1
                    request = Received(count, number, method, path, headers, body)
                    self.received.append(request)
                for piece in self._answer(request):
                    if piece == CLOSE:
                        return
                    if piece == RESET:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                        return
                    connection.sendall(piece)
                self.answered.release()


@contextmanager
def raw_server(
    answer: Answering, tls: ssl.SSLContext | None = None, tunnel: bytes = b"", port: int = 0
) -> Iterator[RawServer]:
    """Serves on loopback; `answer` yields an answer piece by piece.

    With `tunnel` it is a proxy as well: it says so to CONNECT and is then the target itself.
    """
    server = RawServer(answer, tls, tunnel, port)
    thread = threading.Thread(target=server.accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def _head(read_line: Callable[[], bytes]) -> tuple[str, str, dict[str, str]] | None:
    """What a request begins with; None: the client ended before it was whole."""
    first = read_line()
    if not first.endswith(b"\n"):
        return None
    method, path, _ = first.decode().split(" ")
    headers = {}
    while (line := read_line()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return (method, path, headers) if line.endswith(b"\n") else None


def reply(status: int, content: object = b"", **headers: str) -> bytes:
    """A whole answer; content that is not bytes becomes JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in names.items()]
    head = f"HTTP/1.1 {status} Said\r\n{''.join(lines)}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body
