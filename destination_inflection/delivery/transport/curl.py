"""The fast transport: libcurl through pycurl, all connections on the caller's one thread.

Installed by the extra `fast`. It behaves like the `requests` transport: the same certificates and
proxies from the environment, no redirects, no credentials from a ~/.netrc file.

Libcurl lists the sockets it waits for in a form that is made for `select`, and leaves out those
with a number above 1,023 in silence: `fits` tells whether there is room for all below. (Its other
interface has no such limit, and costs a tenth more processor time a request.)
"""

import os
import select
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import certifi
import pycurl

from destination_inflection.delivery.bounds import BOUNDS, MOST_INTERIM_ANSWERS, Bounds
from destination_inflection.delivery.transport.seam import (
    NO_HEADERS,
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
    shows_headers,
)

if pycurl.version_info()[2] < 0x080300:
    raise ImportError("libcurl before 8.3.0 takes in a head of any length")

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

_SWITCHING: Final = 101
_MANY_LINES: Final = 2 * MOST_INTERIM_ANSWERS
"""Of heads. With fewer there are not too many interim answers: each has two at least."""
_NO_TUNNEL: Final = "CONNECT tunnel failed"
"""In libcurl's words for a proxy that will not connect to the host."""
_DESCRIPTORS: Final = 1024
"""As many as `select` takes: those from 0 to 1,023."""
_DESCRIPTORS_A_SLOT: Final = 3
"""One socket as a rule; two while IPv6 and IPv4 are both tried, one more for the name's look-up."""
_OTHER_DESCRIPTORS: Final = 128
"""Files and sockets that the rest of the connector opens later, for rejects and the report."""


def fits(slots: int) -> bool:
    """Whether this process, which may have inherited open files, has room for so many slots."""
    free = sum(not _is_open(number) for number in range(_DESCRIPTORS))
    return free >= slots * _DESCRIPTORS_A_SLOT + _OTHER_DESCRIPTORS


class CurlTransport:
    """Follows no redirects, so that the key never leaves for another host."""

    def __init__(self, slots: int, bounds: Bounds = BOUNDS) -> None:
        self._multi = pycurl.CurlMulti()
        self._slots = [_Slot(number, bounds) for number in range(slots)]
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
            ended += [self._take_out(self._by_handle[curl]) for curl in good]
            ended += [self._take_out(self._by_handle[curl], code, why) for curl, code, why in bad]
        if not ended:
            # For libcurl this is an answer, and lasts until the time-out: nobody asked for it.
            switched = [slot for slot in self._slots if slot.head and slot.status == _SWITCHING]
            ended += [self._take_out(slot, pycurl.E_RECV_ERROR) for slot in switched]
        return ended

    def _take_out(
        self, slot: "_Slot", code: int = pycurl.E_OK, message: str = ""
    ) -> tuple[int, Answer]:
        self._multi.remove_handle(slot.curl)
        self._in_flight -= 1
        return slot.number, slot.answer(code, message)

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
    """A handle of libcurl's, and what it has received.

    Heads are collected by the list itself, and read only when somebody looks at them: to call a
    function for each line, and to read the headers of each answer, took a tenth of the transport's
    processor time. libcurl bounds them. Bodies take a function, which keeps their bound to the
    byte; libcurl's own takes nothing of an answer that says it is longer.
    """

    def __init__(self, number: int, bounds: Bounds) -> None:
        self.number = number
        self.curl = pycurl.Curl()
        self.head: list[bytes] = []
        """Lines: a proxy's own head and those of interim answers come before that of the answer."""
        self._lines = 0
        """How many of them came before the body, if there is one: trailers come after it."""
        self._most_content = bounds.answer_bytes
        self._content = bytearray()
        self._is_cut = False
        self._url = ""
        self._headers: Mapping[str, str] | None = None
        self._method = ""
        self._timeout = 0.0
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.TCP_NODELAY, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.ACCEPT_ENCODING, ""),
            (pycurl.CAINFO, _certificates()),
            (pycurl.HEADERFUNCTION, self.head.append),
            (pycurl.WRITEFUNCTION, self._take_content),
        ):
            self.curl.setopt(option, value)
        self._start_afresh()

    @property
    def status(self) -> int:
        """The status that came last."""
        return int(self.curl.getinfo(pycurl.RESPONSE_CODE))

    def prepare(self, request: Request) -> None:
        """Sets the handle up for a request. Proxies come from the environment, by libcurl.

        Options are set when they change: to set all of them takes 2 % of the processor time.
        """
        curl = self.curl
        self._drop_spoilt_connection()
        if request.headers is not self._headers:
            # libcurl would wait for leave to send a larger body; no endpoint needs that.
            lines = [*(f"{name}: {value}" for name, value in request.headers.items()), "Expect:"]
            curl.setopt(pycurl.HTTPHEADER, lines)
            self._headers = request.headers
        if request.url != self._url:
            curl.setopt(pycurl.URL, request.url)
            self._url = request.url
        if request.method != self._method:
            curl.setopt(pycurl.HTTPGET, 1)  # forgets the body of a POST before it
            curl.setopt(pycurl.CUSTOMREQUEST, request.method)
            self._method = request.method
        if request.method == "POST":
            curl.setopt(pycurl.POSTFIELDS, request.body)
        if request.timeout != self._timeout:
            milliseconds = max(int(request.timeout * 1000), 1)  # 0 would be for ever
            curl.setopt(pycurl.CONNECTTIMEOUT_MS, milliseconds)
            curl.setopt(pycurl.TIMEOUT_MS, milliseconds)
            self._timeout = request.timeout

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

    def answer(self, code: int, message: str) -> Answer:
        """Takes out what came of a request that has ended with this code of libcurl's."""
        status, content = self.status, bytes(self._content)
        is_cut = self._is_cut or code == pycurl.E_BAD_CONTENT_ENCODING
        heads = self.head[: self._lines] if content else self.head
        headers = _headers(heads) if shows_headers(status, content) else NO_HEADERS
        interim_answers = _interim_answers(self.head) if len(self.head) > _MANY_LINES else 0
        self.head.clear()
        self._content.clear()
        self._is_cut = False
        if code != pycurl.E_OK and not is_cut:
            return Failure(_kind(code, message, through_proxy=self._through_proxy()))
        if status == _SWITCHING or interim_answers > MOST_INTERIM_ANSWERS:
            self._start_afresh()
            return Failure(FailureKind.BROKEN)
        return Response(status, headers, content, is_cut)

    def _through_proxy(self) -> bool:
        """Whether the request was to go through a proxy, as far as this libcurl can tell."""
        asked: int | None = getattr(pycurl, "USED_PROXY", None)
        return asked is not None and bool(self.curl.getinfo(asked))

    def _take_content(self, part: bytes) -> int:
        """Takes a part of the body, unpacked; closes the connection if the body is too long."""
        if not self._content:
            self._lines = len(self.head)
        room = self._most_content - len(self._content)
        self._is_cut = len(part) > room
        self._content += part[:room]
        return 0 if self._is_cut else len(part)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _certificates() -> str:
    """The certificates that `requests` would use: the environment's bundle, or certifi's."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if path := os.environ.get(name):
            return path
    return certifi.where()


def _interim_answers(lines: Sequence[bytes]) -> int:
    """How many of these heads are those of interim answers."""
    starts = [line.split(maxsplit=2) for line in lines if line.startswith(b"HTTP/")]
    return sum(len(words) > 1 and words[1].startswith(b"1") for words in starts)


def _headers(lines: Sequence[bytes]) -> dict[str, str]:
    """The headers of the last of these heads. HTTP allows any byte in a value."""
    found: dict[str, str] = {}
    is_head = False
    for line in lines:
        if line.startswith(b"HTTP/"):
            found.clear()
            is_head = True
            continue
        name, colon, value = line.decode("latin-1").partition(":")
        if not line.strip():
            is_head = False  # What comes after it, before another head, is a trailer.
        elif colon and is_head:
            found[name.strip().lower()] = value.strip()
    return found


def _kind(code: int, message: str, *, through_proxy: bool) -> FailureKind:
    if through_proxy and (code == pycurl.E_COULDNT_CONNECT or _NO_TUNNEL in message):
        return FailureKind.PROXY
    if code == pycurl.E_SSL_CONNECT_ERROR and "wrong version number" in message.lower():
        return FailureKind.TLS
    return _KINDS.get(code, FailureKind.BROKEN)
