"""Chooses the transport: libcurl's where the extra `fast` is installed, else `requests`."""

from collections.abc import Callable
from dataclasses import dataclass

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.transport.seam import Transport


@dataclass(frozen=True, slots=True)
class Choice:
    """A transport's name for the log, and how to make one with so many slots, within bounds."""

    name: str
    make: Callable[[int, Bounds], Transport]


def best_transport(slots: int) -> Choice:
    """The fastest transport that is installed and has room for so many slots."""
    try:
        from destination_inflection.delivery.transport import curl  # noqa: PLC0415 - an extra
    except ImportError:
        return _slower(" (the extra fast, with libcurl 8.3 or newer, brings a faster one)")
    if not curl.fits(slots):
        return _slower(
            ", which is slower (libcurl takes no files above number 1,023: too many are "
            "open already, so start the connector with fewer, or lower connections)"
        )
    return Choice(curl.NAME, curl.CurlTransport)


def _slower(why: str) -> Choice:
    from destination_inflection.delivery.transport.requests_threads import (  # noqa: PLC0415 - a fifth of the start of `write`
        RequestsTransport,
    )

    return Choice(f"requests{why}", RequestsTransport)
