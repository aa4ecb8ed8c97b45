"""Where requests come in: the faults in force strike here, and every answer is counted.

Both faces pass through it, so one set of faults strikes both alike.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from inflection_sandbox.faults import HANG, RESET, WEB_PAGE, Faults, read_faults

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Judge: TypeAlias = Callable[[Request, bytes], Response]
"""What a face does with a request and its body when no fault keeps it from it."""

_PAGE: Final = "<!DOCTYPE html><html><title>Sign in</title><p>Sign in to go on.</p></html>"


class Door:
    """The faults in force, and how often each answer was given."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._answers: Counter[str] = Counter()

    def guard(self, judge: Judge, fault_answer: Callable[[int], Response]) -> Handler:
        """The handler that judges a request unless a fault strikes; `fault_answer` words a status.

        Whether a request that a fault struck was taken cannot be known from its answer.
        """

        async def handle(request: Request) -> Response:
            faults = self.faults
            body = await request.body()
            await faults.delay()
            strike = faults.strike()
            if strike is None:
                return self.counted(judge(request, body))
            self._answers[strike.answer] += 1
            if strike.taken:
                judge(request, body)
            if strike.answer in (RESET, HANG):
                return Broken(strike.answer)
            if strike.answer == WEB_PAGE:
                return HTMLResponse(_PAGE)
            answer = fault_answer(int(strike.answer))
            if faults.retry_after:
                answer.headers["Retry-After"] = faults.retry_after
            return answer

        return handle

    def counted(self, answer: Response) -> Response:
        """The same answer, once it is counted."""
        self._answers[str(answer.status_code)] += 1
        return answer

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
