"""What stands between the connector and a server: it passes requests on, until it is told not to.

It listens on one port of loopback for as long as it lives, also when it goes away and comes back.
"""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from typing import Final
from urllib.parse import urlsplit

from integration_tests.conftest import closed_port
from integration_tests.raw_server import RawServer, Received, raw_server, reply

Serve = Callable[[Received], bytes]
"""Answers a request."""
Forward = Callable[[], bytes]
"""Has the server answer the request at hand; returns that answer."""
Trouble = Callable[[Forward], Iterable[bytes]]
"""What the connector gets instead of an answer, piece by piece."""
_PATIENCE_SECONDS: Final = 30.0
"""With the server behind the gateway."""
_IDLE_SECONDS: Final = 12.0
"""After which all that a run sent is served: longer than any trouble takes."""


class Gateway:
    """A relay with faults. Made by `running_gateway`."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None, port: int) -> None:
        self._serve = serve
        self._tls = tls
        self._open = ExitStack()
        self._servers: list[RawServer] = []
        self._lock = threading.Lock()
        self._trouble: Trouble | None = None
        self._left = 0
        self._port = port
        self.origin = ""
        self.begun = 0
        """Requests that came in."""
        self.ended = 0
        """Requests of which all was done."""
        self.struck = 0
        """Requests that trouble befell."""
        self.open()

    def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Listens, with another certificate if one is given."""
        server = raw_server(self._answer, tls or self._tls, port=self._port)
        opened = self._open.enter_context(server)
        self._servers.append(opened)
        self.origin = opened.origin

    def close(self) -> None:
        """Stops listening, and ends the connections."""
        self._open.close()

    def strike(self, trouble: Trouble, times: int) -> None:
        """Lets trouble befall the next requests."""
        with self._lock:
            self._trouble, self._left = trouble, times

    def relent(self) -> None:
        """Passes all on from now, and listens with the first certificate."""
        self.close()
        self.open()
        with self._lock:
            self._trouble, self._left = None, 0

    @property
    def has_missed(self) -> bool:
        """Whether trouble was to befall requests, and none came."""
        return self._trouble is not None and not self.struck

    def wait_until_idle(self) -> None:
        """Waits until all is served that a process sent which is gone; raises `TimeoutError`."""
        until = time.monotonic() + _IDLE_SECONDS
        for server in self._servers:
            server.wait_until_idle(until)

    def _answer(self, request: Received) -> Iterator[bytes]:
        with self._lock:
            self.begun += 1
            trouble = self._trouble if self._left > 0 else None
            self._left -= trouble is not None
            self.struck += trouble is not None
        try:
            if trouble is None:
                yield self._serve(request)
            else:
                yield from trouble(lambda: self._serve(request))
        finally:
            with self._lock:
                self.ended += 1


def to(url: str) -> Serve:
    """Has the server at an address answer."""
    host = urlsplit(url).netloc

    def serve(request: Received) -> bytes:
        inner = HTTPConnection(host, timeout=_PATIENCE_SECONDS)
        try:
            inner.request(request.method, request.path, request.body, request.headers)
            answer = inner.getresponse()
            content = answer.read()
        finally:
            inner.close()
        return reply(answer.status, content, Content_Type=answer.headers.get("Content-Type", ""))

    return serve


class KeptFiles:
    """A store of S3's kind, as far as the connector needs one."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def serve(self, request: Received) -> bytes:
        """Stores a file, or removes it."""
        if request.method == "PUT":
            self.objects[request.path] = request.body
        elif request.method == "DELETE":
            self.objects.pop(request.path, None)
        return reply(204 if request.method == "DELETE" else 200)


@contextmanager
def running_gateway(serve: Serve, tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """Listens as long as the block lasts, in front of what serves."""
    with closed_port() as port:  # which stays its own while it is away
        gateway = Gateway(serve, tls, port)
        try:
            yield gateway
        finally:
            gateway.close()
