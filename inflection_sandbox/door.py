"""Where requests come in: the faults in force strike here, and each call is noted in the journal.

Both faces pass through it, so one set of faults strikes both alike.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from inflection_sandbox.bodies import read_json
from inflection_sandbox.faults import HANG, RESET, WEB_PAGE, Faults, Strike, read_faults
from inflection_sandbox.journal import TAKEN, Call, Journal, Kind, Outcome

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_PAGE: Final = "<!DOCTYPE html><html><title>Sign in</title><p>Sign in to go on.</p></html>"
_ON_PURPOSE: Final = {
    RESET: "Connection closed on purpose",
    HANG: "Not answered on purpose",
    WEB_PAGE: "Answered with a web page on purpose",
}


class Body:
    """What was sent, parsed once at most."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._parsed: list[object] = []

    def parsed(self) -> object:
        """The JSON value. Raises ValueError, in a few words."""
        if not self._parsed:
            self._parsed.append(read_json(self.raw))
        return self._parsed[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a face answers, and what became of the call; `reason` says why that is no 2xx."""

    answer: Response
    outcome: Outcome
    reason: str = ""


class Face(Protocol):
    """One kind of request."""

    def read(self, request: Request, body: Body, /) -> Call:
        """What the call says of itself, valid or not."""

    def judge(self, request: Request, body: Body, /) -> Verdict:
        """Takes the call, or refuses it."""

    def fault(self, status: int, /) -> Response:
        """The answer to a call that a fault struck."""


class Door:
    """The faults in force, and how often each answer was given."""

    def __init__(self, faults: Faults, journal: Journal) -> None:
        self.faults = faults
        self._journal = journal
        self._answers: Counter[str] = Counter()

    def guard(self, face: Face) -> ASGIApp:
        """What answers requests to a face."""
        return _Guarded(self, face)

    async def answer(self, face: Face, request: Request, body: Body) -> Response:
        """Lets a face judge a request unless a fault strikes.

        Whether a request that a fault struck was taken cannot be known from its answer.
        """
        faults = self.faults
        await faults.delay()
        strike = faults.strike()
        if strike is None:
            verdict = face.judge(request, body)
            self.note(face.read(request, body), verdict)
            return verdict.answer
        self._answers[strike.answer] += 1
        outcome = face.judge(request, body).outcome if strike.taken else Outcome.FAULT
        answer = _struck(strike, face, faults.retry_after)
        self._journal.note(
            face.read(request, body),
            outcome if outcome in TAKEN else Outcome.FAULT,
            None if isinstance(answer, Broken) else answer.status_code,
            _ON_PURPOSE.get(strike.answer, f"{strike.answer} on purpose"),
        )
        return answer

    def note(self, call: Call, verdict: Verdict) -> None:
        """Counts an answer, and notes the call unless it is a read that was answered."""
        status = verdict.answer.status_code
        self._answers[str(status)] += 1
        if call.kind is Kind.READ and verdict.outcome in TAKEN:
            return
        reason = f"{status}: {verdict.reason}" if verdict.reason else ""
        self._journal.note(call, verdict.outcome, status, reason)

    def answers(self) -> dict[str, int]:
        """How many there were of each status, of each broken connection, and of web pages."""
        return dict(sorted(self._answers.items()))

    async def set_faults(self, request: Request) -> Response:
        """Puts other faults in force: a JSON object with the names in `FAULTS`.

        An outage's seconds count from the first request after that.
        """
        try:
            given = orjson.loads(await request.body())
            if not isinstance(given, dict):
                return Response("The faults must be a JSON object.", 400)
            self.faults = read_faults(given)
        except ValueError as error:
            return Response(str(error), 400)
        return Response(b"{}", media_type="application/json")


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A face behind the door. A `Route` puts fewer layers around it than around a function."""

    door: Door
    face: Face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        body = Body(await _read(receive))
        answer = await self.door.answer(self.face, Request(scope), body)
        await answer(scope, receive, send)


async def _read(receive: Receive) -> bytes:
    """The body of a request; Starlette's own way to read it takes three times as long.

    Raises:
        ClientDisconnect: it did not come to its end.
    """
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


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


def _struck(strike: Strike, face: Face, retry_after: str) -> Response:
    if strike.answer in (RESET, HANG):
        return Broken(strike.answer)
    if strike.answer == WEB_PAGE:
        return HTMLResponse(_PAGE)
    answer = face.fault(int(strike.answer))
    if retry_after:
        answer.headers["Retry-After"] = retry_after
    return answer
