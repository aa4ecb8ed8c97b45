"""What is settled and which checkpoints may go: pure accounting, no input or output.

A checkpoint of one stream closes a span of that stream's records, and each stream's spans queue on
their own: a stream that is stuck holds no other stream's checkpoints. One that covers all streams,
or several, closes an epoch: it waits for every record and every checkpoint before it, and whatever
comes after it waits for it. A checkpoint is released exactly once. What goes with it counts, stream
by stream, the records read since the previous one: settled (delivered or skipped) and rejected.

Rejects are numbered as they are taken (`last_reject`), and each checkpoint knows the last of those
before it, so that it waits for these to be stored and for no others.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeAlias, TypeVar

from destination_inflection.streams import StreamKey
from destination_inflection.sync.spans import (
    Checkpoint,
    Count,
    Epoch,
    Held,
    Released,
    Span,
    Ticket,
)

C = TypeVar("C", bound=Checkpoint)
MayGo: TypeAlias = Callable[[Held[C]], bool]
"""Whether a checkpoint whose records are all settled may go back now."""


class Ledger(Generic[C]):
    """Keeps the books of one sync."""

    def __init__(self) -> None:
        self._epochs: deque[Epoch[C]] = deque([Epoch()])
        self._due: dict[StreamKey, None] = {}
        """Streams of the first epoch whose first span is closed and settled; an ordered set."""
        self._refused: dict[StreamKey, None] = {}
        """Those of them that were asked about and may not go; they are not asked about again."""
        self._epoch_is_refused = False
        self._since: dict[StreamKey, Count] = {}
        self._unplaced = 0
        self.last_reject = 0
        """The number of the last reject that was taken; the caller counts."""
        self.held = 0
        self.held_bytes = 0

    def settle(self, stream: StreamKey, *, rejected: bool) -> None:
        """Books a record that is settled the moment it is read: rejected, or skipped."""
        self._book(self._epochs[-1].last(stream), rejected=rejected)

    def settle_unplaced(self) -> None:
        """Books a reject that belongs to no stream: all checkpoints from now on come after it."""
        self._unplaced = self.last_reject

    def open(self, stream: StreamKey, calls: int, *, rejected: bool) -> Ticket[C]:
        """Books a record that is settled when its `calls` are.

        `rejected` says that a part of it is refused already, whatever becomes of the calls.
        """
        epoch = self._epochs[-1]
        span = epoch.last(stream)
        span.open += 1
        epoch.open += 1
        return Ticket(epoch, span, stream, calls, rejected)

    def close_call(self, ticket: Ticket[C], *, rejected: bool) -> None:
        """Books the end of one call; with the last of them, its record is settled."""
        ticket.calls -= 1
        ticket.rejected = ticket.rejected or rejected
        if ticket.calls:
            return
        ticket.span.open -= 1
        ticket.epoch.open -= 1
        self._book(ticket.span, rejected=ticket.rejected)
        if not ticket.span.open and ticket.epoch is self._epochs[0]:
            self._note_if_due(ticket.stream)

    def checkpoint(self, at: C, covers: frozenset[StreamKey] | None, now: float) -> None:
        """Books a checkpoint that was read at `now`: records of `covers` so far come before it."""
        epoch = self._epochs[-1]
        held = Held(at, covers, now, self._unplaced)
        self.held += 1
        self.held_bytes += at.size
        if covers is None or len(covers) != 1:
            epoch.held = held
            self._epochs.append(Epoch())
            return
        (stream,) = covers
        epoch.last(stream).held = held
        epoch.spans[stream].append(Span())
        epoch.waiting += 1
        if epoch is self._epochs[0]:
            self._note_if_due(stream)

    @property
    def is_due(self) -> bool:
        """Whether the records of some checkpoint are all settled, so that it may go."""
        first = self._epochs[0]
        ends = first.held is not None and not first.open and not first.waiting
        return bool(self._due) or (ends and not self._epoch_is_refused)

    @property
    def is_refused(self) -> bool:
        """Whether some checkpoint was refused to go (`release`)."""
        return bool(self._refused) or self._epoch_is_refused

    def reconsider(self) -> None:
        """Asks again about every checkpoint that was refused: what decides it may have changed."""
        self._due.update(self._refused)
        self._refused.clear()
        self._epoch_is_refused = False

    def release(self, may_go: MayGo[C]) -> Iterator[Released[C]]:
        """Takes out the checkpoints that may go now: each stream's in arrival order.

        One that `may_go` refuses is not asked about again until `reconsider` is called.
        """
        while True:
            epoch = self._epochs[0]
            for stream in list(self._due):
                yield from self._release_of(epoch, stream, may_go)
            if epoch.held is None or epoch.open or epoch.waiting or self._epoch_is_refused:
                return
            rejects = [queue[0].reject for queue in epoch.spans.values()]
            if not may_go(_after(epoch.held, rejects)):
                self._epoch_is_refused = True
                return
            self._epochs.popleft()
            for stream, queue in epoch.spans.items():
                self._add(stream, queue[0].count)
            covers = epoch.held.covers
            yield self._released(epoch.held, set(self._since) if covers is None else covers)
            for stream in self._epochs[0].spans:
                self._note_if_due(stream)

    def _release_of(
        self, epoch: Epoch[C], stream: StreamKey, may_go: MayGo[C]
    ) -> Iterator[Released[C]]:
        queue = epoch.spans[stream]
        while (first := queue[0]).held is not None and not first.open:
            if not may_go(_after(first.held, [first.reject])):
                del self._due[stream]
                self._refused[stream] = None
                return
            queue.popleft()
            epoch.waiting -= 1
            self._add(stream, first.count)
            yield self._released(first.held, {stream})
        del self._due[stream]

    def _released(
        self, held: Held[C], covered: "set[StreamKey] | frozenset[StreamKey]"
    ) -> Released[C]:
        self.held -= 1
        self.held_bytes -= held.at.size
        counts = {stream: self._since.pop(stream) for stream in covered & self._since.keys()}
        return Released(held.at, counts)

    def _add(self, stream: StreamKey, count: Count) -> None:
        total = self._since.setdefault(stream, Count())
        total.settled += count.settled
        total.rejected += count.rejected

    def _note_if_due(self, stream: StreamKey) -> None:
        first = self._epochs[0].spans[stream][0]
        if first.held is not None and not first.open and stream not in self._refused:
            self._due[stream] = None

    def _book(self, span: Span[C], *, rejected: bool) -> None:
        if rejected:
            span.count.rejected += 1
            span.reject = self.last_reject
        else:
            span.count.settled += 1


def _after(held: Held[C], rejects: Sequence[int]) -> Held[C]:
    """The checkpoint, which waits for these rejects too."""
    return Held(held.at, held.covers, held.read_at, max((held.reject, *rejects)))
