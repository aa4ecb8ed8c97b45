"""The Developer API's envelope: `{data, pagination?, errors, meta}`, and reading what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from inflection_sandbox.contacts import JsonObject
from inflection_sandbox.door import Body
from inflection_sandbox.instants import instant

_LARGEST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One of the envelope's errors."""

    code: str
    message: str
    detail: str = ""

    def as_json(self) -> JsonObject:
        """The error as it is sent."""
        return {"errorCode": self.code, "message": self.message, "detail": self.detail}


class RefusedError(Exception):
    """A request that is answered with a status and a problem."""

    def __init__(self, status: int, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(code, message, detail)


class FaultError(RefusedError):
    """A request that a fault of the sandbox refuses, on purpose."""


def invalid(message: str, detail: str = "") -> RefusedError:
    """What is answered when a request is not formed as it should be."""
    return RefusedError(400, "VALIDATION_ERROR", message, detail)


def success(data: object, problems: Sequence[Problem] = ()) -> Response:
    """A 200, with the problems that did not keep it from being one."""
    return _envelope(200, "SUCCESS", {"data": data}, problems)


def failure(status: int, problem: Problem) -> Response:
    """Any other status; 401 and 403 come from before the service and have no body at all."""
    if status in (401, 403):
        return Response(status_code=status)
    return _envelope(status, "FAILURE", {"data": None}, [problem])


def page(request: Request, items: Sequence[JsonObject]) -> Response:
    """The page of the items that was asked for."""
    number = _number(request, "page_number", 1)
    size = _number(request, "page_size", 20)
    if size > _LARGEST_PAGE:
        # What a larger page does is not documented: the sandbox is strict, to show the mistake.
        raise invalid(f"page_size is at most {_LARGEST_PAGE}")
    pagination = {
        "pageNumber": number,
        "pageSize": size,
        "totalElements": len(items),
        "totalPages": -(-len(items) // size),
    }
    shown = items[(number - 1) * size : number * size]
    return _envelope(200, "SUCCESS", {"data": shown, "pagination": pagination}, ())


def read_object(body: Body) -> JsonObject:
    """The JSON object that was sent."""
    try:
        sent = body.parsed()
    except ValueError as error:
        raise invalid(str(error)) from None
    if not isinstance(sent, dict):
        raise invalid("The body is not an object")
    return sent


def read_time(request: Request, name: str) -> datetime | None:
    """A point in time from the query; one without a zone is UTC."""
    text = request.query_params.get(name)
    moment = None if text is None else instant(text)
    if text is not None and moment is None:
        raise invalid(f"{name} is not a date-time")
    return moment


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if number == 0:
        raise invalid(f"{name} is not a number above 0")
    return number


def _envelope(
    status: int, outcome: str, content: JsonObject, problems: Sequence[Problem]
) -> Response:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = {
        **content,
        "errors": [problem.as_json() for problem in problems],
        "meta": {"status": outcome, "timestamp": now},
    }
    return Response(orjson.dumps(whole), status, media_type="application/json")
