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
from starlette.types import Receive, Scope, Send

from inflection_sandbox.faults import HANG, RESET, Faults, read_probabilities
from inflection_sandbox.workspace import Workspace

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_TYPES: Final = ("identify", "track", "group")
_JSON: Final = "application/json"


class Face:
    """The handlers, and what they share."""

    def __init__(self, workspace: Workspace, api_key: str, faults: Faults) -> None:
        self._workspace = workspace
        self._api_key = api_key
        self._faults = faults
        self._answers: Counter[str] = Counter()

    async def take(self, request: Request) -> Response:
        """The event endpoint."""
        faults = self._faults
        body = await request.body()
        await faults.delay()
        struck = faults.strike()
        if struck is not None:
            self._answers[struck] += 1
            if struck not in (RESET, HANG):
                headers = {"Retry-After": faults.retry_after} if faults.retry_after else None
                return Response(b'{"message":"A fault"}', int(struck), headers, _JSON)
            if faults.before_taking():
                return Broken(struck)
        status, problem = self._judge(request, body)
        if struck is not None:
            return Broken(struck)
        self._answers[str(status)] += 1
        answer = b"{}" if problem is None else orjson.dumps({"message": problem})
        return Response(answer, status, media_type=_JSON)

    async def set_faults(self, request: Request) -> Response:
        """Puts other faults in force: a JSON object with the fields of `Faults`."""
        try:
            options = orjson.loads(await request.body())
            options["fail"] = read_probabilities(options.get("fail", ""))
            self._faults = Faults(**options)
        except (ValueError, TypeError) as error:
            return Response(str(error), 400)
        return Response(b"{}", media_type=_JSON)

    async def stats(self, _request: Request) -> Response:
        """How many there are of everything, and the answers given."""
        found = {**self._workspace.counts(), "answers": dict(sorted(self._answers.items()))}
        return Response(orjson.dumps(found), media_type=_JSON)

    def _judge(self, request: Request, body: bytes) -> tuple[int, str | None]:
        """Applies a message if it is valid; returns the status and what is wrong."""
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
        if problem is None and self._faults.refuses(message):
            problem = 400, "Refused by the sandbox's --refuse"
        if problem is None:
            self._workspace.take(message, body)
        return problem or (200, None)


def make_app(workspace: Workspace, api_key: str, faults: Faults | None = None) -> Starlette:
    """The application; `api_key` is the only key it accepts, as Basic or as Bearer."""
    face = Face(workspace, api_key, faults or Faults())
    return Starlette(
        routes=[
            Route("/v1/events", face.take, methods=["POST"]),
            Route("/v1/events/{type}", face.take, methods=["POST"]),
            Route("/_sandbox/people", _listing(workspace.people)),
            Route("/_sandbox/orgs", _listing(workspace.orgs)),
            Route("/_sandbox/activity", _listing(workspace.activity)),
            Route("/_sandbox/calls", _listing(workspace.calls)),
            Route("/_sandbox/stats", face.stats),
            Route("/_sandbox/faults", face.set_faults, methods=["POST"]),
        ]
    )


def _listing(items: Callable[[], Iterable[dict[str, Any]]]) -> Handler:
    async def read(request: Request) -> Response:
        user = request.query_params.get("user_id")
        found = [item for item in items() if user is None or item.get("user_id") == user]
        return Response(orjson.dumps(found), media_type=_JSON)

    return read


class Broken(Response):
    """No whole answer: the connection ends in the middle of it, or nothing comes at all."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Begins an answer and leaves it there, or waits until the client is gone."""
        if self._how == HANG:
            while (await receive())["type"] != "http.disconnect":
                continue
            return
        head = [(b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


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
