"""What the ledger keeps: the records between checkpoints, and the checkpoints after them.

A checkpoint of one stream ends a span of that stream's records. One that covers all streams, or
several, ends an epoch. What each is counted for is said by the ledger, which alone changes them.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from destination_inflection.streams import StreamKey


class Checkpoint(Protocol):
    """A place in the input that a front can go on from. The core looks at nothing else of it."""

    @property
    def size(self) -> int:
        """How many bytes it holds on to."""
        ...

    @property
    def covers(self) -> frozenset[StreamKey] | None:
        """The streams whose records come before it; None: those of all streams."""
        ...


C = TypeVar("C", bound=Checkpoint)
C_co = TypeVar("C_co", bound=Checkpoint, covariant=True)


@dataclass(slots=True)
class Count:
    """Records of one stream."""

    settled: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Held(Generic[C_co]):
    """A checkpoint that has not gone back; `read_at` is in seconds on the caller's clock.

    `covers` is what it covers, by the names that the books are kept under. `reject` is the number
    of the last reject that it has to wait for, 0 if there is none. Until its records are settled,
    only those that belong to no stream are known.
    """

    at: C_co
    covers: frozenset[StreamKey] | None
    read_at: float
    reject: int = 0


@dataclass(slots=True)
class Span(Generic[C]):
    """The records of one stream between two checkpoints; `open` is how many are not settled.

    `reject` is the number of the last reject among them, 0 if there is none.
    """

    open: int = 0
    count: Count = field(default_factory=Count)
    reject: int = 0
    held: Held[C] | None = None


@dataclass(slots=True)
class Epoch(Generic[C]):
    """The spans between two checkpoints that speak of every stream."""

    spans: dict[StreamKey, deque[Span[C]]] = field(default_factory=dict)
    open: int = 0
    waiting: int = 0
    """Checkpoints of single streams that have not gone back."""
    held: Held[C] | None = None

    def last(self, stream: StreamKey) -> Span[C]:
        """The span that the stream's next record belongs to."""
        queue = self.spans.get(stream)
        if queue is None:
            queue = self.spans[stream] = deque([Span()])
        return queue[-1]


@dataclass(slots=True)
class Ticket(Generic[C]):
    """One record whose calls are on their way; `calls` is how many are not settled yet."""

    epoch: Epoch[C]
    span: Span[C]
    stream: StreamKey
    calls: int
    rejected: bool


@dataclass(frozen=True, slots=True)
class Released(Generic[C]):
    """A checkpoint that may go back, with the counts of each stream since its previous one."""

    at: C
    counts: Mapping[StreamKey, Count]

    @property
    def settled(self) -> int:
        """Records of all its streams that were delivered or skipped."""
        return sum(count.settled for count in self.counts.values())

    @property
    def rejected(self) -> int:
        """Records of all its streams that were rejected."""
        return sum(count.rejected for count in self.counts.values())
