"""How many calls a second the sandbox takes, while its overview is open and while it is not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic
from types import MappingProxyType
from typing import Final

from benchmarks.bare_client import EventStream, send_all
from benchmarks.commands import Commands
from benchmarks.pairs import Comparison, compare, in_turn
from benchmarks.process import Server, serving
from benchmarks.sandbox_calls import batches, events

GOAL: Final = 0.9
"""Of the calls a second without an event stream, and of those at the base."""

_CONNECTIONS: Final = 8
_WARM_UP_SECONDS: Final = 1.5
"""Then templates are compiled, and the stream has had an event."""

LOADS: Final[Mapping[str, Callable[[], Iterator[bytes]]]] = MappingProxyType(
    {
        "events": events,
        "batches of 100 contacts": lambda: batches(100),
        "batches of 1,000 contacts": lambda: batches(1_000),
    }
)


class Stream(Enum):
    """The overview's event stream; `STALLED` is open and not read."""

    NONE = auto()
    READ = auto()
    STALLED = auto()


@dataclass(frozen=True, slots=True)
class Side:
    """The sandbox of one checkout."""

    name: str
    commands: Commands
    stream: Stream = Stream.NONE


@dataclass(frozen=True, slots=True)
class Rate:
    """How quickly a sandbox took calls, and its processor time for each."""

    calls_a_second: float
    microseconds: float


def compared(
    load: str, one: Side, other: Side, rounds: int, seconds: float
) -> tuple[Comparison, Comparison]:
    """Two sides in turn under a load: their calls a second, and microseconds a call.

    Each round is four pairs in two new processes: two of the same code can differ by 5 %.
    """
    pairs: list[tuple[Rate, Rate]] = []
    for _ in range(rounds):
        with _running(one, load) as ones, _running(other, load) as others:
            for each in (ones, others):
                each.measure(_WARM_UP_SECONDS)
            measured = in_turn(lambda each: each.measure(seconds), ones, others, rounds=2)
            pairs += zip(*measured, strict=True)
    return (
        compare([(a.calls_a_second, b.calls_a_second) for a, b in pairs]),
        compare([(a.microseconds, b.microseconds) for a, b in pairs]),
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that keeps everything in memory, what it is sent, and the stream that is read."""

    server: Server
    requests: Iterator[bytes]
    read: EventStream | None

    def measure(self, seconds: float) -> Rate:
        """Sends calls for so long. Raises RuntimeError if nothing came over the stream."""
        before = self.server.cpu_seconds()
        requests = _lasting(self.requests, seconds)
        sent = send_all(self.server.url, requests, _CONNECTIONS, self.read)
        taken = self.server.cpu_seconds() - before
        if self.read is not None and not self.read.came:
            raise RuntimeError("Nothing came over the event stream.")
        return Rate(sent.calls / sent.seconds, taken / sent.calls * 1e6)


@contextmanager
def _running(side: Side, load: str) -> Iterator[Running]:
    with serving(side.commands.sandbox()) as server, ExitStack() as stack:
        stream = None
        if side.stream is not Stream.NONE:
            stream = stack.enter_context(EventStream(server.url, "/live"))
        yield Running(server, LOADS[load](), stream if side.stream is Stream.READ else None)


def _lasting(requests: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    """Requests until the time is over."""
    end = monotonic() + seconds
    while monotonic() < end:
        yield next(requests)
