"""The transport that is always there: `requests`, one session (so one connection) a lane."""

import ssl
from collections.abc import Iterator, Mapping
from typing import Final

import requests
import urllib3.exceptions

from destination_inflection.delivery.transport import Answer, Failure, FailureKind, Response

_NOT_TLS: Final = "WRONG_VERSION_NUMBER"


class RequestsTransport:
    """Follows no redirects, so that the key never leaves for another host."""

    name: Final = "requests"

    def __init__(self) -> None:
        self._session = requests.Session()
        # A callable of our own keeps requests from taking credentials out of a ~/.netrc file.
        self._session.auth = _as_given

    def post(self, url: str, headers: Mapping[str, str], body: bytes, timeout: float) -> Answer:
        """Sends one POST. Proxies come from the environment, as `requests` reads it."""
        try:
            response = self._session.post(
                url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return Failure(_kind(error))
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return Response(response.status_code, lowered, response.content)

    def close(self) -> None:
        """Closes the session."""
        self._session.close()


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _kind(error: BaseException) -> FailureKind:
    causes = list(_causes(error))
    for cause in causes:
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
