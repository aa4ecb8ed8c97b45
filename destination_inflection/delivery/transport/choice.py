"""Chooses the transport: libcurl's where the extra `fast` is installed, else `requests`."""

from collections.abc import Callable
from dataclasses import dataclass

from destination_inflection.delivery.transport.requests_threads import RequestsTransport
from destination_inflection.delivery.transport.seam import Transport


@dataclass(frozen=True, slots=True)
class Choice:
    """A transport's name for the log, and how to make one with so many slots."""

    name: str
    make: Callable[[int], Transport]


def best_transport() -> Choice:
    """The fastest transport that is installed."""
    try:
        from destination_inflection.delivery.transport import curl  # noqa: PLC0415 - an extra
    except ImportError:
        return Choice("requests (the extra fast brings a faster one)", RequestsTransport)
    return Choice(curl.NAME, curl.CurlTransport)
