"""A transport that shows each request when it begins, and its answer when it has come."""

from collections.abc import Callable, Sequence

from destination_inflection.delivery.transport.seam import Answer, Request, Transport


class Shown:
    """Passes everything on."""

    def __init__(
        self,
        inner: Transport,
        on_request: Callable[[Request], None],
        on_answer: Callable[[Answer], None],
    ) -> None:
        self._inner = inner
        self._on_request = on_request
        self._on_answer = on_answer

    def start(self, slot: int, request: Request) -> None:
        """Begins a request."""
        self._on_request(request)
        self._inner.start(slot, request)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out what has ended."""
        ended = self._inner.finished()
        for _slot, answer in ended:
            self._on_answer(answer)
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for an answer."""
        return self._inner.wait(timeout, inputs)

    def close(self) -> None:
        """Closes the connections."""
        self._inner.close()
