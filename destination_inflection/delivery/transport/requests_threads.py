"""The transport that is always there: `requests`, one thread and one session a slot.

`requests` blocks, hence the threads: the only ones in the connector. They do nothing but exchange.
"""

import os
import select
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final, TypeAlias

import requests
import urllib3.exceptions

from destination_inflection.delivery.transport.final_answers import FinalAnswersAdapter
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)

_NOT_TLS: Final = "WRONG_VERSION_NUMBER"

Jobs: TypeAlias = "SimpleQueue[Request | None]"


class RequestsTransport:
    """Follows no redirects, so that the key never leaves for another host."""

    def __init__(self, slots: int) -> None:
        self._ended: deque[tuple[int, Answer | Exception]] = deque()
        self._wake_fd, self._wake_end = os.pipe()
        self._queues: list[Jobs] = [SimpleQueue() for _ in range(slots)]
        for slot, queue in enumerate(self._queues):
            Thread(target=self._run, args=(slot, queue), name=f"slot-{slot}", daemon=True).start()

    def start(self, slot: int, request: Request) -> None:
        """Hands the request to the slot's thread."""
        self._queues[slot].put(request)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out what the threads have put down; raises what broke in one of them."""
        ended: list[tuple[int, Answer]] = []
        while self._ended:
            slot, answer = self._ended.popleft()
            if isinstance(answer, Exception):
                raise answer
            ended.append((slot, answer))
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for a thread or an input."""
        ready, _, _ = select.select([self._wake_fd, *inputs], [], [], timeout)
        if self._wake_fd in ready:
            os.read(self._wake_fd, 4096)
        return [fd for fd in ready if fd != self._wake_fd]

    def close(self) -> None:
        """Lets the threads end when their requests do."""
        for queue in self._queues:
            queue.put(None)

    def _run(self, slot: int, queue: Jobs) -> None:
        with _Session() as session:
            while (request := queue.get()) is not None:
                try:
                    answer: Answer | Exception = _exchange(session, request)
                except Exception as error:  # noqa: BLE001 - raised in `finished`, where it is seen
                    answer = error
                self._ended.append((slot, answer))
                os.write(self._wake_end, b"\0")


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        # A callable of our own keeps requests from taking credentials out of a ~/.netrc file.
        self.auth = _as_given
        for scheme in ("http://", "https://"):
            self.mount(scheme, FinalAnswersAdapter())

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        """No redirect is followed, so an address that can't be read does no harm."""
        return


def _exchange(session: requests.Session, request: Request) -> Answer:
    """Sends one request. Proxies come from the environment, as `requests` reads it."""
    try:
        response = session.request(
            request.method,
            request.url,
            data=request.body or None,
            headers=dict(request.headers),
            timeout=request.timeout,
            allow_redirects=False,
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        # A ValueError comes from an answer in chunks that can't be read.
        return Failure(_kind(error))
    lowered = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, lowered, response.content)


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
            case requests.exceptions.ProxyError() | urllib3.exceptions.ProxyError():
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
