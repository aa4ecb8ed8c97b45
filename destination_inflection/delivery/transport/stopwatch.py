"""A transport that notes how long its first answer took, for requests one after the other."""

from collections.abc import Callable, Sequence

from destination_inflection.delivery.transport.seam import Answer, Request, Response, Transport


class Stopwatch:
    """Passes everything on."""

    def __init__(self, inner: Transport, clock: Callable[[], float]) -> None:
        """`clock` is in seconds and never goes back."""
        self._inner = inner
        self._clock = clock
        self._started = 0.0
        self.first: float | None = None
        """Seconds that the first answer took, with the time to connect; a failure is not one."""

    def start(self, slot: int, request: Request) -> None:
        """Begins a request."""
        self._started = self._clock()
        self._inner.start(slot, request)

    def finished(self) -> list[tuple[int, Answer]]:
        """Takes out what has ended."""
        ended = self._inner.finished()
        if self.first is None and any(isinstance(answer, Response) for _, answer in ended):
            self.first = self._clock() - self._started
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits for an answer."""
        return self._inner.wait(timeout, inputs)

    def close(self) -> None:
        """Closes the connections."""
        self._inner.close()
