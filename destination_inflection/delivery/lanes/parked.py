"""Parked calls: set aside until it shows whether they or the whole route are at fault. Pure.

An answer such as 403 may mean a wrong key or URL, or it may be a firewall's verdict on one body.
Later calls tell: once a call that was sent after such an answer succeeds, the parked call alone was
refused. Three parked calls without a success between them mean that nothing gets through, and so
does a run that ends without any success.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.outcomes import Interrupted, Outcome, Refused, Stopped

_MOST_IN_A_ROW: Final = 2

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParkedCall(Generic[C, T]):
    """A call, what it becomes if it alone is at fault, and what to change if the route is.

    `requests` is how many requests had been sent when its answer came.
    """

    call: C
    ticket: T
    refused: Refused
    problem: str
    requests: int

    def ended(self, outcome: Outcome) -> "tuple[C, T, Outcome]":
        """The call with what became of it."""
        return self.call, self.ticket, outcome


class ParkingLot(Generic[C, T]):
    """The parked calls of one run, oldest first."""

    def __init__(self) -> None:
        self._calls: list[ParkedCall[C, T]] = []
        self._in_a_row = 0
        self._any_success = False

    def __len__(self) -> int:
        return len(self._calls)

    def takes(self, parked: ParkedCall[C, T]) -> bool:
        """Sets a call aside, unless it is one too many without a success."""
        self._in_a_row += 1
        if self._in_a_row > _MOST_IN_A_ROW:
            return False
        self._calls.append(parked)
        return True

    def success(self, request: int) -> "list[tuple[C, T, Outcome]]":
        """Notes that the request with this number, from 1, succeeded; returns what it decides."""
        self._any_success = True
        self._in_a_row = 0
        if not self._calls:
            return []
        decided = [parked for parked in self._calls if parked.requests < request]
        self._calls = [parked for parked in self._calls if parked.requests >= request]
        return [parked.ended(parked.refused) for parked in decided]

    def end(self) -> "list[tuple[C, T, Outcome]]":
        """No call comes after them: decides all that are left."""
        calls, self._calls = self._calls, []
        if self._any_success:
            return [parked.ended(parked.refused) for parked in calls]
        return [
            parked.ended(Stopped(parked.refused.attempts, calls[0].problem)) for parked in calls
        ]

    def give_up(self) -> "list[tuple[C, T, Outcome]]":
        """Leaves all of them undecided."""
        calls, self._calls = self._calls, []
        return [parked.ended(Interrupted(parked.refused.attempts)) for parked in calls]
