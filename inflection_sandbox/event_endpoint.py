"""The event endpoint, as Segment's partner contract has it.

`POST /v1/events` or `/v1/events/{type}`, one JSON message each. 200 taken; 400 with
`{"message": ...}` malformed; 401 no key or a malformed one; 403 a wrong key; 415 a body that is not
said to be JSON; 501 a call that Inflection does not have.
"""

from base64 import b64decode
from collections.abc import Mapping
from types import NoneType
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from inflection_sandbox.bodies import has_wrong_type
from inflection_sandbox.contacts import JsonObject
from inflection_sandbox.door import Body, Door, Verdict
from inflection_sandbox.journal import MESSAGES, TAKEN, Call, Kind, Outcome
from inflection_sandbox.workspace import Workspace


class EventEndpoint:
    """Takes messages with one key, as Basic or as Bearer."""

    def __init__(self, workspace: Workspace, api_key: str, door: Door) -> None:
        self._workspace = workspace
        self._api_key = api_key
        self._door = door

    def read(self, _request: Request, body: Body) -> Call:
        """What a message says of itself, valid or not."""
        try:
            message = body.parsed()
        except ValueError:
            message = None
        if not isinstance(message, dict):
            return Call(Kind.OTHER, body.raw)
        return Call(
            _KINDS.get(_text(message, "type"), Kind.OTHER),
            body.raw,
            _text(message, "userId") or _text(message, "anonymousId"),
            _text(message, "event"),
            _text(message, "groupId"),
            _text(message, "messageId"),
            _text(message, "timestamp"),
        )

    def judge(self, request: Request, body: Body) -> Verdict:
        """Applies a message if it is valid."""
        given = _key(request.headers.get("authorization", ""))
        if given is None:
            return _refused(401, "Missing or malformed key")
        if given != self._api_key:
            return _refused(403, "The key is not accepted")
        if has_wrong_type(request.method, request.headers.get("content-type"), body.raw):
            return _refused(415, "The Content-Type must be application/json")
        try:
            message = body.parsed()
        except ValueError as error:
            return _refused(400, str(error))
        if not isinstance(message, dict):
            return _refused(400, "The message is not an object")
        problem = _problem(message, request.path_params.get("type"))
        if problem is not None:
            return _refused(*problem)
        if self._door.faults.breaks(message):
            return _refused(500, "Broken by the sandbox's --break", Outcome.FAULT)
        if self._door.faults.refuses(message):
            return _refused(400, "Refused by the sandbox's --refuse", Outcome.FAULT)
        return _TAKEN[self._workspace.take(message)]

    def fault(self, status: int) -> Response:
        """The answer to a message that a fault struck."""
        return _answer(status, "A fault")


def _refused(status: int, problem: str, outcome: Outcome = Outcome.REFUSED) -> Verdict:
    return Verdict(_answer(status, problem), outcome, problem)


def _answer(status: int, problem: str | None = None) -> Response:
    content = b"{}" if problem is None else orjson.dumps({"message": problem})
    return Response(content, status, media_type="application/json")


_KINDS: Final[Mapping[str | None, Kind]] = {kind.value: kind for kind in MESSAGES}
_OBJECT: Final = (dict, NoneType)

_TAKEN: Final = {outcome: Verdict(_answer(200), outcome) for outcome in TAKEN}
"""An answer can be given again and again."""


def _problem(message: JsonObject, path_type: str | None) -> tuple[int, str] | None:
    """The status and the words for a message that is not taken."""
    if not isinstance(kind := message.get("type"), str):
        return 400, "type must be a string"
    if kind not in MESSAGES:
        return 501, "Unsupported call type"
    if path_type is not None and path_type != kind:
        return 400, "The message's type is not the path's"
    missing = _missing(message)
    return None if missing is None else (400, missing)


def _missing(message: JsonObject) -> str | None:
    for name in ("userId", "anonymousId", "groupId", "event", "messageId", "timestamp"):
        if not isinstance(message.get(name, ""), str):
            return f"{name} must be a string"
    for name in ("traits", "properties", "context"):
        if not isinstance(message.get(name), _OBJECT):
            return f"{name} must be an object"
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


def _text(message: JsonObject, name: str) -> str | None:
    value = message.get(name)
    return value if isinstance(value, str) else None


_SCHEMES: Final = ("basic", "bearer")


def _key(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() not in _SCHEMES:
        return None
    if scheme.lower() == "bearer":
        return credentials
    try:
        name, colon, _password = b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name if colon else None
