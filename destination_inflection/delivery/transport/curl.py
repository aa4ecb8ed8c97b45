"""The fast transport: libcurl through pycurl, all connections on the caller's one thread.

Installed by the extra `fast`. It behaves like the `requests` transport: the same certificates and
proxies from the environment, no redirects, no credentials from a ~/.netrc file.
"""

import os
import re
import select
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import certifi
import pycurl

from destination_inflection.delivery.transport.final_answers import MOST_INTERIM_ANSWERS
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)

NAME: Final = f"libcurl {pycurl.version_info()[1]}"

_KINDS: Final[Mapping[int, FailureKind]] = MappingProxyType(
    {
        pycurl.E_COULDNT_RESOLVE_HOST: FailureKind.NAME,
        pycurl.E_COULDNT_RESOLVE_PROXY: FailureKind.PROXY,
        97: FailureKind.PROXY,  # CURLE_PROXY, for which pycurl has no name
        pycurl.E_COULDNT_CONNECT: FailureKind.CONNECT,
        pycurl.E_OPERATION_TIMEDOUT: FailureKind.TIMEOUT,
        pycurl.E_PEER_FAILED_VERIFICATION: FailureKind.TLS,
        pycurl.E_SSL_CACERT_BADFILE: FailureKind.TLS,
    }
)

_INTERIM: Final = re.compile(rb"HTTP/\S+\s+(1\d\d)\b")


class CurlTransport:
    """Follows no redirects, so that the key never leaves for another host."""

    def __init__(self, slots: int) -> None:
        self._multi = pycurl.CurlMulti()
        self._slots = [_Slot(number) for number in range(slots)]
        self._by_handle = {slot.curl: slot for slot in self._slots}
        self._in_flight = 0

    def start(self, slot: int, request: Request) -> None:
        """Hands the request to libcurl, which sends it while `finished` and `wait` are called."""
        used = self._slots[slot]
        used.prepare(request)
        self._multi.add_handle(used.curl)
        self._in_flight += 1

    def finished(self) -> list[tuple[int, Answer]]:
        """Lets libcurl work and takes out what has ended."""
        if not self._in_flight:
            return []
        self._multi.perform()
        ended: list[tuple[int, Answer]] = []
        left = 1
        while left:
            left, good, bad = self._multi.info_read()
            answers: list[tuple[pycurl.Curl, Answer]] = [
                *((curl, self._by_handle[curl].response()) for curl in good),
                *((curl, Failure(_kind(code, text))) for curl, code, text in bad),
            ]
            for curl, answer in answers:
                self._multi.remove_handle(curl)
                self._in_flight -= 1
                ended.append((self._by_handle[curl].number, answer))
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for libcurl's sockets, its timers, and the inputs."""
        readable, writable, special = self._multi.fdset()
        due = self._multi.timeout()
        if due >= 0:
            timeout = min(timeout, due / 1000)
        ready, _, _ = select.select([*readable, *inputs], writable, special, timeout)
        return [fd for fd in inputs if fd in ready]

    def close(self) -> None:
        """Closes all connections."""
        for slot in self._slots:
            slot.curl.close()
        self._multi.close()


class _Slot:
    """A handle of libcurl's, and what it has received."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.curl = pycurl.Curl()
        self._headers: Mapping[str, str] | None = None
        self._method = ""
        self._head: list[bytes] = []
        self._interim_answers = 0
        self._content: list[bytes] = []
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.TCP_NODELAY, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.ACCEPT_ENCODING, ""),
            (pycurl.CAINFO, _certificates()),
            (pycurl.HEADERFUNCTION, self._take_head),
            (pycurl.WRITEFUNCTION, self._take_content),
        ):
            self.curl.setopt(option, value)
        self._start_afresh()

    def prepare(self, request: Request) -> None:
        """Sets the handle up for a request. Proxies come from the environment, by libcurl."""
        curl = self.curl
        self._drop_spoilt_connection()
        self._head.clear()
        self._interim_answers = 0
        self._content.clear()
        if request.headers is not self._headers:
            # libcurl would wait for leave to send a larger body; no endpoint needs that.
            lines = [*(f"{name}: {value}" for name, value in request.headers.items()), "Expect:"]
            curl.setopt(pycurl.HTTPHEADER, lines)
            self._headers = request.headers
        curl.setopt(pycurl.URL, request.url)
        if request.method != self._method:
            curl.setopt(pycurl.HTTPGET, 1)  # forgets the body of a POST before it
            curl.setopt(pycurl.CUSTOMREQUEST, request.method)
            self._method = request.method
        if request.method == "POST":
            curl.setopt(pycurl.POSTFIELDS, request.body)
        milliseconds = max(int(request.timeout * 1000), 1)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, milliseconds)
        curl.setopt(pycurl.TIMEOUT_MS, milliseconds)

    def _drop_spoilt_connection(self) -> None:
        """Closes the idle connection if something came on it: it answers nothing that comes next.

        libcurl looks for that too, but only once a second.
        """
        idle = int(self.curl.getinfo(pycurl.ACTIVESOCKET))
        if idle != pycurl.SOCKET_BAD and select.select([idle], [], [], 0.0)[0]:
            self._start_afresh()

    def _start_afresh(self) -> None:
        """Closes the slot's connection. Slots share none, so that each knows its own."""
        share = pycurl.CurlShare()
        share.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_CONNECT)
        self.curl.unsetopt(pycurl.SHARE)
        self.curl.setopt(pycurl.SHARE, share)

    def response(self) -> Response:
        """What was received."""
        status = int(self.curl.getinfo(pycurl.RESPONSE_CODE))
        return Response(status, _headers(self._head), b"".join(self._content))

    def _take_head(self, line: bytes) -> int:
        """Takes a line of a head; any result but its length makes libcurl break the connection."""
        self._head.append(line)
        if interim := _INTERIM.match(line):
            self._interim_answers += 1
            if interim[1] == b"101" or self._interim_answers > MOST_INTERIM_ANSWERS:
                return -1
        return len(line)

    def _take_content(self, part: bytes) -> None:
        self._content.append(part)


def _certificates() -> str:
    """The certificates that `requests` would use: the environment's bundle, or certifi's."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if path := os.environ.get(name):
            return path
    return certifi.where()


def _headers(lines: Sequence[bytes]) -> dict[str, str]:
    """The headers of the last answer: an interim answer or a proxy's own may come before it."""
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
        elif line.startswith(b"HTTP/"):
            found = {}
    return found


def _kind(code: int, message: str) -> FailureKind:
    if code == pycurl.E_SSL_CONNECT_ERROR and "wrong version number" in message.lower():
        return FailureKind.TLS
    return _KINDS.get(code, FailureKind.BROKEN)
