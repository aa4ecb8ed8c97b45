"""A lane: the calls of one identity, and how it has gone for the first of them."""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from destination_inflection.delivery.seam import Sendable

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
    began: float = 0.0
    sent: float = 0.0
    request: int = 0
    """The number of its latest request, from 1."""
    asked_until: float = 0.0
    """Until when the server asked to wait."""
