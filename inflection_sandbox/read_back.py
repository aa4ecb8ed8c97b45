"""What has arrived, as JSON under `/_sandbox`, for programs; faults can be set there, too."""

from collections.abc import Callable, Iterable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inflection_sandbox.contacts import JsonObject
from inflection_sandbox.door import Door, Handler
from inflection_sandbox.workspace import Workspace

_JSON = "application/json"


def read_back_routes(workspace: Workspace, door: Door) -> list[Route]:
    """The addresses: a listing each, `stats`, and `faults`, which takes a POST."""
    listings = {
        "people": workspace.people,
        "orgs": workspace.orgs,
        "activity": workspace.activity,
        "calls": workspace.calls,
        "lists": workspace.lists.lists,
    }
    return [
        *(Route(f"/_sandbox/{name}", _listing(items)) for name, items in listings.items()),
        Route("/_sandbox/stats", _stats(workspace, door)),
        Route("/_sandbox/faults", door.set_faults, methods=["POST"]),
    ]


def _stats(workspace: Workspace, door: Door) -> Handler:
    """How many there are of everything, and the answers given."""

    async def read(_request: Request) -> Response:
        found = {**workspace.counts(), "answers": door.answers()}
        return Response(orjson.dumps(found), media_type=_JSON)

    return read


def _listing(items: Callable[[], Iterable[JsonObject]]) -> Handler:
    async def read(request: Request) -> Response:
        user = request.query_params.get("user_id")
        found = [item for item in items() if user is None or item.get("user_id") == user]
        return Response(orjson.dumps(found), media_type=_JSON)

    return read
