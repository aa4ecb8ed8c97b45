"""What is settled and which states may go: pure accounting, no input or output.

The ledger cuts the sync into segments; each STATE closes one. A state is released exactly once, in
arrival order, when every record read before it is settled. What it carries back counts the records
read since the previous state of its own streams: settled (delivered or skipped) and rejected.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from destination_inflection.protocol.messages import State, StreamKey


@dataclass(slots=True)
class Count:
    """Records of one stream."""

    settled: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Segment:
    """The records between two states."""

    open: int = 0
    counts: dict[StreamKey, Count] = field(default_factory=dict)
    state: State | None = None


@dataclass(slots=True)
class Ticket:
    """One record whose calls are on their way; `calls` is how many are not settled yet."""

    segment: Segment
    stream: StreamKey
    calls: int
    rejected: bool


@dataclass(frozen=True, slots=True)
class Released:
    """A state that may go back, with the counts that go with it."""

    state: State
    settled: int
    rejected: int


class Ledger:
    """Keeps the books of one sync."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque([Segment()])
        self._since_state: dict[StreamKey, Count] = {}
        self.held_states = 0
        self.held_bytes = 0

    def settle(self, stream: StreamKey, *, rejected: bool) -> None:
        """Books a record that is settled the moment it is read: rejected, or skipped."""
        _book(self._segments[-1], stream, rejected=rejected)

    def open(self, stream: StreamKey, calls: int, *, rejected: bool) -> Ticket:
        """Books a record that is settled when its `calls` are.

        `rejected` says that a part of it is refused already, whatever becomes of the calls.
        """
        segment = self._segments[-1]
        segment.open += 1
        return Ticket(segment, stream, calls, rejected)

    def close_call(self, ticket: Ticket, *, rejected: bool) -> bool:
        """Books the end of one call; returns whether its record is settled by it."""
        ticket.calls -= 1
        ticket.rejected = ticket.rejected or rejected
        if ticket.calls:
            return False
        ticket.segment.open -= 1
        _book(ticket.segment, ticket.stream, rejected=ticket.rejected)
        return True

    def state(self, state: State) -> None:
        """Books a state: all records read so far come before it."""
        self._segments[-1].state = state
        self._segments.append(Segment())
        self.held_states += 1
        self.held_bytes += len(state.text)

    @property
    def is_due(self) -> bool:
        """Whether a state may go now."""
        first = self._segments[0]
        return first.state is not None and not first.open

    def release(self) -> Iterator[Released]:
        """Takes out the states that may go now, in arrival order."""
        while (first := self._segments[0]).state is not None and not first.open:
            self._segments.popleft()
            self.held_states -= 1
            self.held_bytes -= len(first.state.text)
            for stream, count in first.counts.items():
                total = self._since_state.setdefault(stream, Count())
                total.settled += count.settled
                total.rejected += count.rejected
            covered = self._since_state if first.state.streams is None else first.state.streams
            taken = [self._since_state.pop(stream, Count()) for stream in list(covered)]
            yield Released(
                first.state, sum(c.settled for c in taken), sum(c.rejected for c in taken)
            )


def _book(segment: Segment, stream: StreamKey, *, rejected: bool) -> None:
    count = segment.counts.setdefault(stream, Count())
    if rejected:
        count.rejected += 1
    else:
        count.settled += 1
