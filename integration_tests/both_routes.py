"""A server for both routes: it takes what comes, but for what a test spoils."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest

from destination_inflection.json_types import Json, JsonObject
from inflection_sandbox.client import Sandbox
from integration_tests.conftest import delivery_by
from integration_tests.raw_server import RawServer, Received, raw_server, reply

ROUTES: Final = ("event_endpoint", "developer_api")
on_each_route: Final = pytest.mark.parametrize("route", ROUTES)

Spoiling = Callable[[Received], Sequence[bytes] | None]
"""What is answered to a write that is not taken; None: it is taken."""


def delivery(route: str, origin: str) -> dict[str, str]:
    """The form's `delivery` for a server that takes events at `/x`, and the Developer API."""
    return delivery_by(route, origin, f"{origin}/x")


def into(sandbox: Sandbox, route: str) -> dict[str, str]:
    """The form's `delivery` for a sandbox."""
    return delivery_by(route, sandbox.api_url, sandbox.endpoint_url)


class BothRoutes:
    """Takes messages, and batches of contacts, which settle at once."""

    def __init__(self, spoil: Spoiling) -> None:
        self._spoil = spoil
        self._lock = threading.Lock()
        self._batches: dict[str, list[str]] = {}
        self.writes: list[Received] = []
        """What was sent to be stored, taken or not."""
        self.taken: list[dict[str, Any]] = []
        """The messages and contacts that were taken, in that order."""

    @property
    def emails(self) -> list[str]:
        """Of whom something was taken, in that order."""
        return [str((each.get("traits") or each)["email"]) for each in self.taken]

    def answer(self, request: Received) -> Iterable[bytes]:
        if request.method == "GET":
            return [self._read(request.path)]
        with self._lock:
            self.writes.append(request)
        spoilt = self._spoil(request)
        if spoilt is not None:
            return spoilt
        return [self.take(request)]

    def take(self, request: Received) -> bytes:
        """Takes a write; returns the answer that says so."""
        content = json.loads(request.body)
        contacts = content.get("contacts")
        with self._lock:
            self.taken += [content] if contacts is None else contacts
            if contacts is None:
                return reply(200)
            identity = f"t{request.number}"
            self._batches[identity] = [contact["email"] for contact in contacts]
        return reply(200, envelope({"transactionId": identity, "status": "PENDING"}))

    def _read(self, path: str) -> bytes:
        if "/transactions/" not in path:
            return reply(500)
        emails = self._batches[path.rpartition("/")[2]]
        results: list[Json] = [{"email": email, "status": "CREATED"} for email in emails]
        return reply(200, envelope({"status": "DONE", "data": {"results": results}}))


def envelope(data: JsonObject) -> JsonObject:
    """An answer of the Developer API."""
    return {"data": data, "errors": [], "meta": {"status": "SUCCESS"}}


def nothing(_request: Received) -> None:
    """Spoils nothing."""


def at_first(answer: bytes, times: int = 1) -> Spoiling:
    """Gives the answer to so many writes, and takes all later ones."""
    left = iter([[answer]] * times)
    return lambda _request: next(left, None)


@contextmanager
def both_routes(spoil: Spoiling = nothing) -> Iterator[tuple[BothRoutes, RawServer]]:
    """Serves on loopback."""
    api = BothRoutes(spoil)
    with raw_server(api.answer) as server:
        yield api, server
