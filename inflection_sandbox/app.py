"""The sandbox's faces over HTTP: the event endpoint, and a read-back of what arrived.

Event endpoint, as Segment's partner contract has it: `POST /v1/events` or `/v1/events/{type}`, one
JSON message each. 200 taken; 400 with `{"message": ...}` malformed; 401 no key or a malformed one;
403 a wrong key; 501 a call that Inflection does not have.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from inflection_sandbox.workspace import Workspace

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_TYPES: Final = ("identify", "track", "group")
_JSON: Final = "application/json"


def make_app(workspace: Workspace, api_key: str) -> Starlette:
    """The application; `api_key` is the only key it accepts, as Basic or as Bearer."""
    statuses: Counter[int] = Counter()

    async def take(request: Request) -> Response:
        status, message = _take(
            workspace,
            api_key,
            request.headers.get("authorization", ""),
            request.path_params.get("type"),
            await request.body(),
        )
        statuses[status] += 1
        body = b"{}" if message is None else orjson.dumps({"message": message})
        return Response(body, status, media_type=_JSON)

    def listing(items: Callable[[], Iterable[dict[str, Any]]]) -> Handler:
        async def read(request: Request) -> Response:
            user = request.query_params.get("user_id")
            found = [item for item in items() if user is None or item.get("user_id") == user]
            return Response(orjson.dumps(found), media_type=_JSON)

        return read

    async def stats(_request: Request) -> Response:
        answers = {str(status): count for status, count in sorted(statuses.items())}
        return Response(orjson.dumps({**workspace.counts(), "answers": answers}), media_type=_JSON)

    return Starlette(
        routes=[
            Route("/v1/events", take, methods=["POST"]),
            Route("/v1/events/{type}", take, methods=["POST"]),
            Route("/_sandbox/people", listing(workspace.people)),
            Route("/_sandbox/orgs", listing(workspace.orgs)),
            Route("/_sandbox/activity", listing(workspace.activity)),
            Route("/_sandbox/calls", listing(workspace.calls)),
            Route("/_sandbox/stats", stats),
        ]
    )


def _take(
    workspace: Workspace, api_key: str, authorization: str, path_type: str | None, body: bytes
) -> tuple[int, str | None]:
    """Judges one message and applies it if it is valid; returns the status and what is wrong."""
    given = _key(authorization)
    if given is None:
        return 401, "Missing or malformed key"
    if given != api_key:
        return 403, "The key is not accepted"
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return 400, "Invalid JSON"
    if not isinstance(message, dict):
        return 400, "The message is not an object"
    if (kind := message.get("type")) not in _TYPES:
        return 501, "Unsupported call type"
    if path_type is not None and path_type != kind:
        return 400, "The message's type is not the path's"
    if (problem := _problem(message)) is not None:
        return 400, problem
    workspace.take(message, body)
    return 200, None


def _problem(message: dict[str, Any]) -> str | None:
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
