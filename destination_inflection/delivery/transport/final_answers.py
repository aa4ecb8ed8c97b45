"""Makes sure that `requests` gives each request its own answer.

A server may send interim answers (1xx) before the final one. Python's own client skips 100 only
and takes any other for the final answer. The real one would then be read as the answer to the next
request on that connection, and every later answer would go to the wrong request. So here:

- interim answers are skipped; more than `MOST_INTERIM_ANSWERS` of them break the connection,
- 101 breaks it too, because nobody asks for another protocol,
- a connection that brought more than the answer is not used again.

A proxy's answers to CONNECT are read in the same way, and all of it until a deadline.
"""

import http.client
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from socket import socket
from typing import cast

import requests.adapters
from urllib3 import HTTPConnectionPool, HTTPResponse, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection

from destination_inflection.delivery.bounds import MOST_INTERIM_ANSWERS
from destination_inflection.delivery.transport.deadlines import Deadline, DeadlineReader


class FinalAnswer(http.client.HTTPResponse):
    """The final answer to a request."""

    more_came = False
    """Whether something followed the answer."""

    def __init__(self, deadline: Deadline, sock: socket, method: str | None = None) -> None:
        super().__init__(sock, method=method)
        self.fp.close()
        self._reader = self.fp = DeadlineReader(sock, deadline)

    def begin(self) -> None:
        """Reads the head. With 204 and 304 there is no body, whatever the headers say."""
        super().begin()
        if self.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.chunked = False
            del self.headers["Transfer-Encoding"]

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INTERIM_ANSWERS + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status >= HTTPStatus.OK:
                return version, status, reason
            if status == HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.HTTPException("nobody asked for another protocol")
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("too many interim answers")

    def _close_conn(self) -> None:
        # This throws away what was read ahead, so look at it first.
        with suppress(OSError, ValueError):
            self.more_came = self.more_came or self._reader.holds_more()
        super()._close_conn()  # type: ignore[misc]


class _Connection(HTTPConnection):
    deadline: Deadline
    _latest: http.client.HTTPResponse | None = None

    def _new_conn(self) -> socket:
        self.timeout = self.deadline.left()
        connected = super()._new_conn()
        try:
            connected.settimeout(self.deadline.left())  # for the handshake of TLS
        except TimeoutError:
            connected.close()
            raise
        return connected

    def send(self, data: object) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left())
        super().send(data)  # type: ignore[arg-type]

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        response = super().getresponse()
        self._latest = response._original_response  # noqa: SLF001 - there is no public name
        return response

    @property
    def is_connected(self) -> bool:
        """Whether another request may go over it."""
        spoilt = isinstance(self._latest, FinalAnswer) and self._latest.more_came
        return not spoilt and super().is_connected


class FinalAnswersAdapter(requests.adapters.HTTPAdapter):
    """Sends a session's requests, directly or through a proxy."""

    def __init__(self, deadline: Deadline) -> None:
        """The deadline is the one of the exchange that the session is at."""
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *arguments: object, **named: object) -> None:
        """Prepares the direct connections."""
        super().init_poolmanager(*arguments, **named)  # type: ignore[arg-type]
        self._read_final_answers(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: object) -> ProxyManager:
        """Prepares the connections through a proxy."""
        manager = cast(ProxyManager, super().proxy_manager_for(proxy, **named))
        self._read_final_answers(manager)
        return manager

    def _read_final_answers(self, manager: PoolManager) -> None:
        """Extends the kinds of connection that the manager has: one for SOCKS has its own."""
        pools = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: _reading(pool, self._deadline) for scheme, pool in pools.items()
        }


def _reading(pool: type[HTTPConnectionPool], deadline: Deadline) -> type[HTTPConnectionPool]:
    if issubclass(pool.ConnectionCls, _Connection):
        return pool
    own = {"deadline": deadline, "response_class": staticmethod(partial(FinalAnswer, deadline))}
    connection = type("Connection", (_Connection, pool.ConnectionCls), own)
    made = type(pool.__name__, (pool,), {"ConnectionCls": connection})
    return cast(type[HTTPConnectionPool], made)
