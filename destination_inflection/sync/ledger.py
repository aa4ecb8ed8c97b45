"""What is settled and which states may go: pure accounting, no input or output.

A STATE of one stream closes a span of that stream's records, and each stream's spans queue on their
own: a stream that is stuck holds no other stream's states. A GLOBAL or LEGACY state closes an
epoch: it waits for every record and every state before it, and whatever comes after it waits for
it. A state is released exactly once. What it carries back counts the records read since the
previous state of its streams: settled (delivered or skipped) and rejected.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from destination_inflection.airbyte.messages import State
from destination_inflection.streams import StreamKey


@dataclass(slots=True)
class Count:
    """Records of one stream."""

    settled: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class HeldState:
    """A state that has not gone back; `read_at` is in seconds on the caller's clock."""

    state: State
    read_at: float


@dataclass(slots=True)
class Span:
    """The records of one stream between two states; `open` is how many are not settled."""

    open: int = 0
    count: Count = field(default_factory=Count)
    held: HeldState | None = None


@dataclass(slots=True)
class Epoch:
    """The spans between two states that speak of every stream."""

    spans: dict[StreamKey, deque[Span]] = field(default_factory=dict)
    open: int = 0
    states: int = 0
    """States of single streams that have not gone back."""
    held: HeldState | None = None

    def last(self, stream: StreamKey) -> Span:
        """The span that the stream's next record belongs to."""
        queue = self.spans.get(stream)
        if queue is None:
            queue = self.spans[stream] = deque([Span()])
        return queue[-1]


@dataclass(slots=True)
class Ticket:
    """One record whose calls are on their way; `calls` is how many are not settled yet."""

    epoch: Epoch
    span: Span
    stream: StreamKey
    calls: int
    rejected: bool


@dataclass(frozen=True, slots=True)
class Released:
    """A state that may go back, with the counts that go with it."""

    state: State
    settled: int
    rejected: int


MayGo: TypeAlias = Callable[[HeldState], bool]
"""Whether a state whose records are all settled may go back now."""


class Ledger:
    """Keeps the books of one sync."""

    def __init__(self) -> None:
        self._epochs: deque[Epoch] = deque([Epoch()])
        self._due: dict[StreamKey, None] = {}
        """Streams of the first epoch whose first span is closed and settled; an ordered set."""
        self._since_state: dict[StreamKey, Count] = {}
        self.held_states = 0
        self.held_bytes = 0

    def settle(self, stream: StreamKey, *, rejected: bool) -> None:
        """Books a record that is settled the moment it is read: rejected, or skipped."""
        _book(self._epochs[-1].last(stream), rejected=rejected)

    def open(self, stream: StreamKey, calls: int, *, rejected: bool) -> Ticket:
        """Books a record that is settled when its `calls` are.

        `rejected` says that a part of it is refused already, whatever becomes of the calls.
        """
        epoch = self._epochs[-1]
        span = epoch.last(stream)
        span.open += 1
        epoch.open += 1
        return Ticket(epoch, span, stream, calls, rejected)

    def close_call(self, ticket: Ticket, *, rejected: bool) -> bool:
        """Books the end of one call; returns whether its record is settled by it."""
        ticket.calls -= 1
        ticket.rejected = ticket.rejected or rejected
        if ticket.calls:
            return False
        ticket.span.open -= 1
        ticket.epoch.open -= 1
        _book(ticket.span, rejected=ticket.rejected)
        if ticket.epoch is self._epochs[0]:
            self._note_if_due(ticket.stream)
        return True

    def state(self, state: State, now: float) -> None:
        """Books a state that was read at `now`: its records read so far come before it."""
        epoch = self._epochs[-1]
        held = HeldState(state, now)
        self.held_states += 1
        self.held_bytes += len(state.text)
        if state.stream is None:
            epoch.held = held
            self._epochs.append(Epoch())
            return
        epoch.last(state.stream).held = held
        epoch.spans[state.stream].append(Span())
        epoch.states += 1
        if epoch is self._epochs[0]:
            self._note_if_due(state.stream)

    @property
    def is_due(self) -> bool:
        """Whether the records of some state are all settled, so that it may go."""
        first = self._epochs[0]
        return bool(self._due) or (first.held is not None and not first.open and not first.states)

    def release(self, may_go: MayGo) -> Iterator[Released]:
        """Takes out the states that may go now: each stream's in arrival order."""
        while True:
            epoch = self._epochs[0]
            for stream in list(self._due):
                yield from self._release_of(epoch, stream, may_go)
            if epoch.held is None or epoch.open or epoch.states or not may_go(epoch.held):
                return
            self._epochs.popleft()
            for stream, queue in epoch.spans.items():
                self._add(stream, queue[0].count)
            yield self._released(epoch.held, list(self._since_state))
            for stream in self._epochs[0].spans:
                self._note_if_due(stream)

    def _release_of(self, epoch: Epoch, stream: StreamKey, may_go: MayGo) -> Iterator[Released]:
        queue = epoch.spans[stream]
        while (first := queue[0]).held is not None and not first.open:
            if not may_go(first.held):
                return
            queue.popleft()
            epoch.states -= 1
            self._add(stream, first.count)
            yield self._released(first.held, [stream])
        del self._due[stream]

    def _released(self, held: HeldState, covered: list[StreamKey]) -> Released:
        self.held_states -= 1
        self.held_bytes -= len(held.state.text)
        counts = [self._since_state.pop(stream) for stream in covered]
        return Released(held.state, sum(c.settled for c in counts), sum(c.rejected for c in counts))

    def _add(self, stream: StreamKey, count: Count) -> None:
        total = self._since_state.setdefault(stream, Count())
        total.settled += count.settled
        total.rejected += count.rejected

    def _note_if_due(self, stream: StreamKey) -> None:
        first = self._epochs[0].spans[stream][0]
        if first.held is not None and not first.open:
            self._due[stream] = None


def _book(span: Span, *, rejected: bool) -> None:
    if rejected:
        span.count.rejected += 1
    else:
        span.count.settled += 1
