"""The transport that is always there: `requests`, one thread and one session a slot.

`requests` blocks, hence the threads: the only ones in the connector. They do nothing but exchange.
A slot's thread starts with its first request. A thread that hangs beyond its request's time-out, in
the look-up of a name, is left to itself, and its slot gets a new one.
"""

import logging
import os
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from http.cookiejar import DefaultCookiePolicy
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final, TypeAlias

import requests
import urllib3
import urllib3.exceptions

from destination_inflection.delivery.bounds import BOUNDS, Bounds
from destination_inflection.delivery.transport.deadlines import Deadline
from destination_inflection.delivery.transport.final_answers import FinalAnswersAdapter
from destination_inflection.delivery.transport.readable import readable
from destination_inflection.delivery.transport.seam import (
    NO_HEADERS,
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
    shows_headers,
)

# Its warnings name the URL, which may hold a key, and show what a server sent.
logging.getLogger("urllib3").propagate = False

_NOT_TLS: Final = "WRONG_VERSION_NUMBER"
_GRACE_SECONDS: Final = 1.0
"""A thread notices by itself that its time is over, unless it hangs."""
_PIECE_BYTES: Final = 64 * 1024
_UNPACKED: Final = frozenset({"", "identity", "none", *urllib3.HTTPResponse.CONTENT_DECODERS})

Jobs: TypeAlias = "SimpleQueue[Request | None]"


class RequestsTransport:
    """Follows no redirects, so that the key never leaves for another host."""

    def __init__(self, _slots: int, bounds: Bounds = BOUNDS) -> None:
        self._bounds = bounds
        self._ended: deque[tuple[int, Jobs, Answer | Exception]] = deque()
        self._wake_fd, self._wake_end = os.pipe()
        self._queues: dict[int, Jobs] = {}
        """Where the thread of each slot that has one takes its requests from."""
        self._due: dict[int, float] = {}
        """When the thread of each busy slot has to be ready at the latest."""

    def start(self, slot: int, request: Request) -> None:
        """Hands the request to the slot's thread."""
        self._due[slot] = monotonic() + request.timeout + _GRACE_SECONDS
        if slot not in self._queues:
            self._queues[slot] = self._thread(slot)
        self._queues[slot].put(request)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out what the threads have put down; raises what broke in one of them."""
        ended: list[tuple[int, Answer]] = []
        while self._ended:
            slot, queue, answer = self._ended.popleft()
            if queue is not self._queues.get(slot):
                continue  # nobody waits for this thread any more
            if isinstance(answer, Exception):
                raise answer
            del self._due[slot]
            ended.append((slot, answer))
        now = monotonic()
        for slot in [slot for slot, due in self._due.items() if due <= now]:
            self._queues.pop(slot).put(None)
            del self._due[slot]
            ended.append((slot, Failure(FailureKind.TIMEOUT)))
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for a thread or an input."""
        until_due = min(self._due.values(), default=float("inf")) - monotonic()
        ready = readable([self._wake_fd, *inputs], min(timeout, until_due))
        if self._wake_fd in ready:
            os.read(self._wake_fd, 4096)
        return [fd for fd in ready if fd != self._wake_fd]

    def close(self) -> None:
        """Lets the threads end when their requests do."""
        for queue in self._queues.values():
            queue.put(None)

    def _thread(self, slot: int) -> Jobs:
        """Starts a thread for a slot; returns where it takes its requests from."""
        queue: Jobs = SimpleQueue()
        Thread(target=self._run, args=(slot, queue), name=f"slot-{slot}", daemon=True).start()
        return queue

    def _run(self, slot: int, queue: Jobs) -> None:
        with _Session() as session:
            while (request := queue.get()) is not None:
                try:
                    answer: Answer | Exception = session.exchange(request, self._bounds)
                except Exception as error:  # noqa: BLE001 - raised in `finished`, where it is seen
                    answer = error
                self._ended.append((slot, queue, answer))
                os.write(self._wake_end, b"\0")


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self._deadline = Deadline()
        # A callable of our own keeps requests from taking credentials out of a ~/.netrc file.
        self.auth = _as_given
        for scheme in ("http://", "https://"):
            self.mount(scheme, FinalAnswersAdapter(self._deadline))
        # Cookies would pile up, and go back to whoever sent them. libcurl keeps none either.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def exchange(self, request: Request, bounds: Bounds) -> Answer:
        """Sends one request. Proxies come from the environment, as `requests` reads it."""
        self._deadline.begin(request.timeout)
        try:
            with self.request(
                request.method,
                request.url,
                data=request.body or None,
                headers=dict(request.headers),
                timeout=request.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _read(response, bounds)
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
            ValueError,
        ) as error:
            # A ValueError comes from an answer in chunks that can't be read.
            return Failure(_kind(error))

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """No redirect is followed, so an address that can't be read does no harm."""
        return


def _read(response: requests.Response, bounds: Bounds) -> Response:
    """Takes in an answer, unpacked, as far as that goes.

    With what is not read, the connection is closed after it.
    """
    raw = response.raw
    headers = {name.lower(): value for name, value in raw.headers.iteritems()}
    content = bytearray()
    at_a_time = min(_PIECE_BYTES, bounds.answer_bytes + 1)
    is_cut = not _can_unpack(headers.get("content-encoding", ""))
    if not is_cut:
        try:
            for piece in raw.stream(at_a_time, decode_content=True):
                room = bounds.answer_bytes - len(content)
                content += piece[:room]
                if is_cut := len(piece) > room:
                    break
        except urllib3.exceptions.DecodeError:
            is_cut = True
    body = bytes(content)
    shown = headers if shows_headers(response.status_code, body) else NO_HEADERS
    return Response(response.status_code, shown, body, is_cut)


def _can_unpack(encoding: str) -> bool:
    """Whether all is known that an answer was packed with; urllib3 leaves packed what is not."""
    names = {name.strip().lower() for name in encoding.split(",")}
    return names <= _UNPACKED


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _kind(error: BaseException) -> FailureKind:
    for cause in _causes(error):
        match cause:
            case urllib3.exceptions.NameResolutionError():
                return FailureKind.NAME
            case urllib3.exceptions.NewConnectionError():  # also a TimeoutError to urllib3
                return FailureKind.CONNECT
            case ssl.SSLCertVerificationError():
                return FailureKind.TLS
            case ssl.SSLError() if _NOT_TLS in str(cause):
                return FailureKind.TLS
            case (
                requests.exceptions.ProxyError()
                | requests.exceptions.InvalidProxyURL()
                | urllib3.exceptions.ProxyError()
            ):
                return FailureKind.PROXY
            case requests.exceptions.InvalidSchema():
                # Our URLs are http or https: it is the proxy's that can't be used (SOCKS, here).
                return FailureKind.PROXY
            case requests.Timeout() | urllib3.exceptions.TimeoutError() | TimeoutError():
                return FailureKind.TIMEOUT
    return FailureKind.BROKEN


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: requests and urllib3 pass causes on as arguments."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        cause = queue.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        queue += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
