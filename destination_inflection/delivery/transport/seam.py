"""The transport seam: requests start, answers come in. A transport never raises for bad weather.

Nothing here blocks but `wait`. Each request has a slot, a small number; a slot has one request at a
time. What goes wrong on the way is a `Failure`, a value.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

Method: TypeAlias = Literal["POST", "GET", "DELETE"]
NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

_BEGINS_LIKE_A_PAGE: Final = re.compile(rb"\s*+(?:\xef\xbb\xbf)?\s*+<")
"""With a byte-order mark or without."""


class Request(NamedTuple):
    """One request; `timeout` is in seconds, from the look-up of the name to the answer's last byte.

    Only a POST has a body.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float
    method: Method = "POST"


class Response(NamedTuple):
    """What a server answered. A tuple, because one is made for each request.

    A success has `headers` only if its body may be a page (`shows_headers`): nobody looks at those
    of others, and to read them takes time. Names are in lower case; of equal ones the last counts.
    """

    status: int
    headers: Mapping[str, str] = NO_HEADERS
    body: bytes = b""
    is_cut: bool = False
    """Whether this is only the body's beginning: it is longer than what is taken in, or the rest
    can't be unpacked."""


def shows_headers(status: int, body: bytes) -> bool:
    """Whether an answer comes with its headers: it is not a 2xx, or its body begins with `<`.

    Blanks and a byte-order mark may stand before that.
    """
    return not 200 <= status < 300 or _BEGINS_LIKE_A_PAGE.match(body) is not None


class FailureKind(StrEnum):
    """Why there was no answer, as the words a user reads."""

    NAME = "its host name could not be resolved"
    CONNECT = "no connection could be made"
    TLS = "the TLS handshake failed (untrusted certificate, or the port does not use TLS)"
    PROXY = "the proxy could not be used"
    TIMEOUT = "it did not answer in time"
    BROKEN = "the connection broke before the answer was complete"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: the request may or may not have been taken."""

    kind: FailureKind


Answer: TypeAlias = Response | Failure


class Transport(Protocol):
    """Sends requests over connections that it keeps open. Used by one thread."""

    def start(self, slot: int, request: Request) -> None:
        """Begins a request in a slot that is free."""
        ...

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out the slots whose requests have ended since the last time."""
        ...

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for an answer or for one of the file descriptors `inputs`, at most `timeout` s.

        Returns those of `inputs` that can be read; it may return early and empty-handed.
        """
        ...

    def close(self) -> None:
        """Gives up what is in flight and closes the connections."""
        ...


def exchange(transport: Transport, request: Request) -> Answer:
    """Sends one request over a transport that is otherwise idle, and waits for its answer."""
    transport.start(0, request)
    while not (ended := transport.finished()):
        transport.wait(request.timeout)
    return ended[0][1]
