"""Turns: which lane goes next, and over which connection. Pure.

The connections serve the lanes in turn: a free one takes the next lane's first call. Lanes are not
tied to connections: with a fixed share of the users each, the one with the largest share would set
the pace. A call that waits to be tried again gives its connection up, but only as many calls as
there are connections may wait so: in an outage, the others are not even begun. A lane whose first
call waits for others of its org (`orgs`) takes part once it need not wait any more.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from typing import Generic, TypeVar

from destination_inflection.delivery.lanes.lane import Lane
from destination_inflection.delivery.lanes.orgs import Orgs
from destination_inflection.delivery.seam import Sendable

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


class Turns(Generic[C, T]):
    """The lanes that have a call to send, and the connections. All times are in seconds."""

    def __init__(self, connections: int) -> None:
        self._waiting: deque[Lane[C, T]] = deque()
        """Lanes without a connection, in turn."""
        self._connections = connections
        self._free = list(range(connections))
        self._serving: dict[int, Lane[C, T]] = {}
        """The lane that each busy connection serves."""
        self._again: deque[Lane[C, T]] = deque()
        """Lanes whose call may be tried again now."""
        self._resting: list[tuple[float, int, Lane[C, T]]] = []
        """When a lane's call may be tried again; the number keeps equal times apart."""
        self._rests = count()
        self._orgs: Orgs[C, T] = Orgs()

    @property
    def may_start(self) -> bool:
        """Whether a lane has a call to send now and a connection to send it over."""
        if self._again and self._again[0].connection is not None:
            return True
        return bool(self._free and (self._again or self._waiting))

    @property
    def is_any_ready(self) -> bool:
        """Whether a lane has a call to send now, with a connection or without."""
        return bool(self._again or self._waiting)

    @property
    def are_others_ready(self) -> bool:
        """Whether lanes have a call to send now, but for one whose call is tried again."""
        return bool(self._waiting) or len(self._again) > 1

    @property
    def resting(self) -> int:
        """How many lanes wait until their call may be tried again."""
        return len(self._resting)

    @property
    def busy(self) -> int:
        """How many connections serve a lane; some may wait for its call to be tried again."""
        return len(self._serving)

    @property
    def next_wake(self) -> float | None:
        """When the next resting lane may go on."""
        return self._resting[0][0] if self._resting else None

    def add(self, lane: Lane[C, T]) -> None:
        """Lets a lane without a connection wait for its turn, or for the org of its first call."""
        org = lane.calls[0][0].org
        if org is None or self._orgs.is_first(org, lane):
            self._waiting.append(lane)

    def wait_for_org(self, org: str, lane: Lane[C, T]) -> None:
        """Notes that a call that has an org was put into a lane."""
        self._orgs.add(org, lane)

    def not_held_up(self, lanes: Iterable[Lane[C, T]]) -> list[Lane[C, T]]:
        """Those lanes whose first call waits for no other of its org."""
        heads = ((lane, lane.calls[0][0].org) for lane in lanes)
        return [lane for lane, org in heads if org is None or self._orgs.is_first(org, lane)]

    def leave_org(self, org: str) -> None:
        """Lets the lane go on that waited for a call of this org, which has left its lane now."""
        waited = self._orgs.leave(org)
        if waited is not None:
            self._waiting.append(waited)

    def take(self) -> tuple[int, Lane[C, T]]:
        """The lane whose turn it is, with the connection that serves it; only if one may start."""
        lane = (self._again or self._waiting).popleft()
        if lane.connection is None:
            lane.connection = self._free.pop()
            self._serving[lane.connection] = lane
        return lane.connection, lane

    def served_by(self, connection: int) -> Lane[C, T]:
        """The lane that a busy connection serves."""
        return self._serving[connection]

    def leave(self, lane: Lane[C, T]) -> None:
        """Frees the lane's connection, if it has one."""
        if lane.connection is not None:
            del self._serving[lane.connection]
            self._free.append(lane.connection)
            lane.connection = None

    def rest(self, lane: Lane[C, T], now: float, wait: float) -> None:
        """Lets a lane wait until its call may be tried again."""
        if wait and len(self._resting) < self._connections:
            self.leave(lane)
        heapq.heappush(self._resting, (now + wait, next(self._rests), lane))

    def wake(self, now: float) -> None:
        """Lets the lanes go on that have rested long enough."""
        while self._resting and self._resting[0][0] <= now:
            _, _, lane = heapq.heappop(self._resting)
            if lane.connection is None:
                self._again.append(lane)
            else:  # It has kept its connection, and need not wait for one.
                self._again.appendleft(lane)

    def keep(self, stays: Callable[[Lane[C, T]], bool], now: float) -> None:
        """Drops the idle lanes that do not stay; the others rest only as the server asked.

        No call that has an org may stay.
        """
        waiting = (*self._waiting, *self._orgs.give_up())
        self._again = deque(lane for lane in self._again if stays(lane))
        self._waiting = deque(lane for lane in waiting if stays(lane))
        self._resting = [
            (min(due, max(lane.asked_until, now)), number, lane)
            for due, number, lane in self._resting
            if stays(lane)
        ]
        heapq.heapify(self._resting)
