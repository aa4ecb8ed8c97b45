"""Where requests come in: the faults in force strike here, and every answer is counted.

Both faces pass through it, so one set of faults strikes both alike.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from inflection_sandbox.faults import HANG, RESET, Faults, read_probabilities

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Judge: TypeAlias = Callable[[Request, bytes], Response]
"""What a face does with a request and its body when no fault keeps it from it."""


class Door:
    """The faults in force, and how often each answer was given."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._answers: Counter[str] = Counter()

    def guard(self, judge: Judge, fault_answer: Callable[[int], Response]) -> Handler:
        """The handler that judges a request unless a fault strikes; `fault_answer` words a status.

        A refusal strikes before the request is taken. A 5xx or a broken connection strikes before
        or after: whoever sent it cannot know.
        """

        async def handle(request: Request) -> Response:
            faults = self.faults
            body = await request.body()
            await faults.delay()
            struck = faults.strike()
            if struck is None:
                return self.counted(judge(request, body))
            self._answers[struck] += 1
            if _may_have_been_taken(struck) and not faults.before_taking():
                judge(request, body)
            if struck in (RESET, HANG):
                return Broken(struck)
            answer = fault_answer(int(struck))
            if faults.retry_after:
                answer.headers["Retry-After"] = faults.retry_after
            return answer

        return handle

    def counted(self, answer: Response) -> Response:
        """The same answer, once it is counted."""
        self._answers[str(answer.status_code)] += 1
        return answer

    def answers(self) -> dict[str, int]:
        """How many there were of each status and of each broken connection."""
        return dict(sorted(self._answers.items()))

    async def set_faults(self, request: Request) -> Response:
        """Puts other faults in force: a JSON object with the fields of `Faults`."""
        try:
            options = orjson.loads(await request.body())
            options["fail"] = read_probabilities(options.get("fail", ""))
            self.faults = Faults(**options)
        except (ValueError, TypeError) as error:
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


def _may_have_been_taken(struck: str) -> bool:
    return struck in (RESET, HANG) or struck.startswith("5")
