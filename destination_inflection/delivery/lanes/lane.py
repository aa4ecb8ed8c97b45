"""A lane: the calls of one identity, and how it has gone for the first of them."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.bounds import MOST_UNREADABLE_ANSWERS
from destination_inflection.delivery.outcomes import Refusal, Refused
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.transport.seam import Response

_TOO_LONG: Final = "its answers were too long to be read, so nobody knows what became of it"
_NOT_UNDERSTOOD: Final = (
    "its answers have a form that is not documented, so nobody knows what became of it"
)

T = TypeVar("T")
C = TypeVar("C", bound=Sendable)


@dataclass(slots=True, eq=False)
class Lane(Generic[C, T]):
    """The calls of one identity; the first is the one a connection works on, if one does."""

    identity: str
    calls: deque[tuple[C, T]] = field(default_factory=deque)
    connection: int | None = None
    attempts: int = 0
    unreadable: int = 0
    """How many answers to the first call were too long to be read."""
    faults: int = 0
    """How many of them were a 5xx or a time-out."""
    doubts: int = 0
    """How many attempts may have been taken though they failed."""
    broke: int = 0
    """How many of them were a 5xx; this and the next two are kept where calls are `suspects`."""
    failed_otherwise: int = 0
    taken_before: int = 0
    """How many others had been taken when it failed first, those in flight included."""
    began: float = 0.0
    sent: float = 0.0
    request: int = 0
    """The number of its latest request, from 1."""
    asked_until: float = 0.0
    """Until when the server asked to wait."""

    def reset(self) -> None:
        """Forgets how it has gone: another call is the first now."""
        self.attempts = self.unreadable = self.faults = self.doubts = 0
        self.broke = self.failed_otherwise = 0

    def not_understood(self, answer: Response) -> Refused | None:
        """Counts a success that can't be read; one too many ends the call."""
        self.unreadable += 1
        if self.unreadable < MOST_UNREADABLE_ANSWERS:
            return None
        detail = _TOO_LONG if answer.is_cut else _NOT_UNDERSTOOD
        return Refused(self.attempts, answer.status, detail, Refusal.NOT_CONFIRMED, self.doubts)
