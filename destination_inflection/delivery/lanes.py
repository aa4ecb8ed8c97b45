"""Lanes: calls of one identity go one after the other, those of others in parallel.

Each lane is a thread with one request in flight. Calls are spread over the lanes by their
identity, so two calls of one user share a lane and keep their order. Everything outside this
module runs on one thread: it hands calls in and takes outcomes out, and is woken through a pipe.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from queue import SimpleQueue
from random import SystemRandom
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from destination_inflection.delivery.event_endpoint import EventEndpoint
from destination_inflection.delivery.retry import (
    Broken,
    Interrupted,
    Outcome,
    RetryPolicy,
    send,
)
from destination_inflection.delivery.transport import Transport

_MOST_PENDING_CALLS: Final = 5_000
_MOST_PENDING_BYTES: Final = 16 * 1024 * 1024

T = TypeVar("T")


class Sendable(Protocol):
    """What a lane needs to know of a call."""

    @property
    def kind(self) -> str:
        """The call's name: identify, track or group."""
        ...

    @property
    def identity(self) -> str:
        """Whom it is about; calls of one identity keep their order."""
        ...

    @property
    def body(self) -> bytes:
        """The message, as JSON."""
        ...


class Lanes(Generic[T]):
    """Delivers calls; each comes back once, as an outcome with the ticket it was handed in with."""

    def __init__(
        self,
        endpoint: EventEndpoint,
        connections: int,
        policy: RetryPolicy,
        new_transport: Callable[[], Transport],
    ) -> None:
        self._endpoint = endpoint
        self._policy = policy
        self._new_transport = new_transport
        self._done: deque[tuple[T, int, Outcome]] = deque()
        self._shutdown = threading.Event()
        self._clock = _InterruptibleClock(self._shutdown)
        self._woken = False
        self.wake_fd, self._wake_end = os.pipe()
        self.pending_calls = 0
        self._pending_bytes = 0
        self._queues: list[SimpleQueue[tuple[T, Sendable] | None]] = [
            SimpleQueue() for _ in range(connections)
        ]
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), daemon=True, name=f"lane-{number}")
            for number, queue in enumerate(self._queues)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now; memory is bounded by this."""
        return (
            self.pending_calls < _MOST_PENDING_CALLS and self._pending_bytes < _MOST_PENDING_BYTES
        )

    def submit(self, call: Sendable, ticket: T) -> None:
        """Takes a call to be sent after all earlier calls of its identity."""
        self.pending_calls += 1
        self._pending_bytes += len(call.body)
        self._queues[hash(call.identity) % len(self._queues)].put((ticket, call))

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes out what has ended since the last time."""
        self._woken = False
        ended: list[tuple[T, Outcome]] = []
        while self._done:
            ticket, size, outcome = self._done.popleft()
            self.pending_calls -= 1
            self._pending_bytes -= size
            ended.append((ticket, outcome))
        return ended

    def wake(self) -> None:
        """Makes `wake_fd` readable. Safe in a signal handler."""
        os.write(self._wake_end, b"\0")

    def shut_down(self) -> None:
        """Sends nothing new: requests in flight end as they end, all others as `Interrupted`."""
        self._shutdown.set()

    def close(self) -> None:
        """Ends the lanes; what is still in flight is left to itself."""
        self._shutdown.set()
        for queue in self._queues:
            queue.put(None)

    def _run(self, queue: "SimpleQueue[tuple[T, Sendable] | None]") -> None:
        transport = self._new_transport()
        while (job := queue.get()) is not None:
            ticket, call = job
            self._done.append((ticket, len(call.body), self._send(transport, call)))
            if not self._woken:
                self._woken = True
                self.wake()
        transport.close()

    def _send(self, transport: Transport, call: Sendable) -> Outcome:
        if self._shutdown.is_set():
            return Interrupted(0)
        try:
            return send(
                lambda timeout: self._endpoint.post(transport, call.kind, call.body, timeout),
                origin=self._endpoint.origin,
                policy=self._policy,
                clock=self._clock,
                jitter=SystemRandom().random,
            )
        except Exception as error:  # noqa: BLE001 - handed to the main thread, which raises it
            return Broken(0, error)


class _InterruptibleClock:
    def __init__(self, shutdown: threading.Event) -> None:
        self._shutdown = shutdown

    def monotonic(self) -> float:
        return monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float) -> bool:
        return self._shutdown.wait(seconds)
