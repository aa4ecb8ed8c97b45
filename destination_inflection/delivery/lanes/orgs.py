"""Orgs: calls that change one org go one after the other, whoever they are about. Pure.

Each org with such calls has a queue of their lanes, one entry a call, in the order in which the
calls were handed in. The first call of a lane may start only while its lane is first in the queue
of its org too, and once it has ended it leaves both.

They can't wait for each other in a circle: a call waits only for calls that were handed in before
it, in its lane or in its org's queue, so the oldest of all waits for nobody. An entry need not name
its call, for those of one lane stand in a queue in the lane's own order: the first is of its first
call that has this org.
"""

from collections import deque
from typing import Generic, TypeVar

from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.seam import Sendable

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


class Orgs(Generic[C, T]):
    """The orgs with calls that have not ended. They hold nothing of any other."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Lane[C, T]]] = {}

    def add(self, org: str, lane: Lane[C, T]) -> None:
        """Notes that a call of this org was put into a lane."""
        queue = self._queues.get(org)
        if queue is None:
            self._queues[org] = deque((lane,))
        else:
            queue.append(lane)

    def is_first(self, org: str, lane: Lane[C, T]) -> bool:
        """Whether the lane's first call, which has this org, waits for no other of the org."""
        return self._queues[org][0] is lane

    def leave(self, org: str) -> Lane[C, T] | None:
        """The first call of an org has left its lane; returns the lane that waited for that."""
        queue = self._queues.get(org)
        if queue is None:
            return None  # All were given up.
        left = queue.popleft()
        if not queue:
            del self._queues[org]
            return None
        first = queue[0]
        waited = first is not left and first.calls[0][0].org == org
        return first if waited else None

    def give_up(self) -> list[Lane[C, T]]:
        """Forgets all orgs, as none of their calls starts any more; returns the lanes that wait."""
        waiting = {
            lane: None
            for org, queue in self._queues.items()
            for lane in queue
            if lane is not queue[0] and lane.calls[0][0].org == org
        }
        self._queues.clear()
        return list(waiting)
