"""The sandbox's faces over HTTP: the event endpoint, the Developer API, and a read-back.

Event endpoint, as Segment's partner contract has it: `POST /v1/events` or `/v1/events/{type}`, one
JSON message each. 200 taken; 400 with `{"message": ...}` malformed; 401 no key or a malformed one;
403 a wrong key; 501 a call that Inflection does not have. All else under `/v1` is the Developer
API's; what has arrived by either is read under `/_sandbox`.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inflection_sandbox.developer_api import Keys, make_developer_api
from inflection_sandbox.door import Door, Handler
from inflection_sandbox.faults import Faults
from inflection_sandbox.workspace import Workspace

_TYPES: Final = ("identify", "track", "group")
_JSON: Final = "application/json"


class EventFace:
    """The event endpoint."""

    def __init__(self, workspace: Workspace, api_key: str, door: Door) -> None:
        self._workspace = workspace
        self._api_key = api_key
        self._door = door

    def judge(self, request: Request, body: bytes) -> Response:
        """Applies a message if it is valid, and says whether it was."""
        status, problem = self._verdict(request, body)
        return _answer(status, problem)

    def _verdict(self, request: Request, body: bytes) -> tuple[int, str | None]:
        given = _key(request.headers.get("authorization", ""))
        if given is None:
            return 401, "Missing or malformed key"
        if given != self._api_key:
            return 403, "The key is not accepted"
        try:
            message = orjson.loads(body)
        except orjson.JSONDecodeError:
            return 400, "Invalid JSON"
        problem = _problem(message, request.path_params.get("type"))
        if problem is None and self._door.faults.breaks(message):
            problem = 500, "Broken by the sandbox's --break"
        if problem is None and self._door.faults.refuses(message):
            problem = 400, "Refused by the sandbox's --refuse"
        if problem is None:
            self._workspace.take(message, body)
        return problem or (200, None)


def make_app(workspace: Workspace, keys: Keys, faults: Faults | None = None) -> Starlette:
    """The application; events take only the first of the keys, as Basic or as Bearer."""
    door = Door(faults or Faults())
    take = door.guard(EventFace(workspace, keys.full, door).judge, _fault)
    app = Starlette(
        routes=[
            Route("/v1/events", take, methods=["POST"]),
            Route("/v1/events/{type}", take, methods=["POST"]),
            Route("/_sandbox/people", _listing(workspace.people)),
            Route("/_sandbox/orgs", _listing(workspace.orgs)),
            Route("/_sandbox/activity", _listing(workspace.activity)),
            Route("/_sandbox/calls", _listing(workspace.calls)),
            Route("/_sandbox/lists", _listing(workspace.lists.lists)),
            Route("/_sandbox/stats", _stats(workspace, door)),
            Route("/_sandbox/faults", door.set_faults, methods=["POST"]),
        ]
    )
    app.router.default = make_developer_api(workspace, keys, door)
    return app


def _stats(workspace: Workspace, door: Door) -> Handler:
    """How many there are of everything, and the answers given."""

    async def read(_request: Request) -> Response:
        found = {**workspace.counts(), "answers": door.answers()}
        return Response(orjson.dumps(found), media_type=_JSON)

    return read


def _answer(status: int, problem: str | None) -> Response:
    content = b"{}" if problem is None else orjson.dumps({"message": problem})
    return Response(content, status, media_type=_JSON)


def _fault(status: int) -> Response:
    return _answer(status, "A fault")


def _listing(items: Callable[[], Iterable[dict[str, Any]]]) -> Handler:
    async def read(request: Request) -> Response:
        user = request.query_params.get("user_id")
        found = [item for item in items() if user is None or item.get("user_id") == user]
        return Response(orjson.dumps(found), media_type=_JSON)

    return read


def _problem(message: Any, path_type: str | None) -> tuple[int, str] | None:  # noqa: ANN401
    """The status and the words for a message that is not taken."""
    if not isinstance(message, dict):
        return 400, "The message is not an object"
    if (kind := message.get("type")) not in _TYPES:
        return 501, "Unsupported call type"
    if path_type is not None and path_type != kind:
        return 400, "The message's type is not the path's"
    missing = _missing(message)
    return None if missing is None else (400, missing)


def _missing(message: dict[str, Any]) -> str | None:
    for name in ("userId", "anonymousId", "groupId", "event", "messageId"):
        if not isinstance(message.get(name, ""), str):
            return f"{name} must be a string"
    if not message.get("userId") and (message["type"] == "group" or not message.get("anonymousId")):
        return "Missing userId"
    match message["type"]:
        case "identify":
            traits = message.get("traits")
            email = traits.get("email") if isinstance(traits, dict) else None
            return None if isinstance(email, str) and email.strip() else "Missing email address"
        case "track":
            return None if message.get("event") else "Missing event"
    return None if message.get("groupId") else "Missing groupId"


def _key(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, _password = b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name if colon else None
