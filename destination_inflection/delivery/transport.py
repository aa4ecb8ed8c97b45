"""The transport seam: one POST, one answer. A transport never raises for its caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class FailureKind(StrEnum):
    """Why there was no answer, as the words a user reads."""

    NAME = "its host name could not be resolved"
    CONNECT = "no connection could be made"
    TLS = "the TLS handshake failed: the certificate is not trusted, or the port speaks no TLS"
    PROXY = "the proxy could not be used"
    TIMEOUT = "it did not answer in time"
    BROKEN = "the connection broke before the answer was complete"


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer: the request may or may not have been taken."""

    kind: FailureKind


Answer: TypeAlias = Response | Failure


class Transport(Protocol):
    """Sends requests over connections it keeps open. Used by one thread at a time."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Sends one POST; `timeout` is in seconds, for connecting and for the answer each."""
        ...

    def close(self) -> None:
        """Closes the connections."""
        ...
