"""How much of a limit that nobody told is used, and how much is refused.

Seven limits, as a bucket and as windows of 1 and of 60 seconds, each met with few and with many
connections.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from inflection_sandbox.limits import FixedWindow, Limiter, TokenBucket
from simulation.pacing.endless import Phase, Seen, Setup, play

LIMITS: Final = (5, 20, 50, 100, 200, 300, 450)
CONNECTIONS: Final = (16, 64)
MINUTE: Final = "60 s window"
SHAPES: Final[Mapping[str, Callable[[float], Limiter]]] = MappingProxyType(
    {
        "bucket": TokenBucket,
        "1 s window": lambda rate: FixedWindow(rate, 1.0),
        MINUTE: lambda rate: FixedWindow(rate, 60.0),
    }
)
CEILING: Final = 500.0
_CARRIED: Final = 20.0
"""Requests a second that one connection carries, at 50 ms an answer."""
_FIRST_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """One limit, its shape, and how it is met."""

    limit: float
    shape: str
    connections: int
    seed: int


@dataclass(frozen=True, slots=True)
class Share:
    """What came of it: `delivered` of the possible, `refused` of all requests.

    `worst` is what was delivered of the possible in the worst ten seconds (a whole window of a
    minute) but the first. `later` is what was refused after the first ten seconds.
    """

    delivered: float
    refused: float
    later: float
    worst: float
    attempts: int


def most_carried(connections: int) -> float:
    """Requests a second that so many connections carry, below the ceiling."""
    return min(connections * _CARRIED, CEILING)


def measure(cell: Cell, seconds: int) -> Share:
    """Plays a cell for so many seconds."""
    limiter = SHAPES[cell.shape](cell.limit)
    phases = (Phase(0.0, limiter),)
    seen = play(Setup(cell.seed, cell.connections, CEILING, phases=phases), seconds)
    rate = min(cell.limit, most_carried(cell.connections))
    saved_up = cell.limit if cell.shape == "bucket" else 0.0
    possible = min(rate * seconds + saved_up, cell.connections * _CARRIED * seconds)
    return Share(
        seen.taken_between(0, seconds) / possible,
        seen.refused_share(0, seconds),
        seen.refused_share(_FIRST_SECONDS, seconds),
        _worst(seen, rate, seconds, 60 if cell.shape == MINUTE else _FIRST_SECONDS),
        max(seen.attempts),
    )


def _worst(seen: Seen, rate: float, seconds: int, block: int) -> float:
    begins = range(block, seconds - block + 1, block)
    return min(seen.taken_between(begin, begin + block) / (rate * block) for begin in begins)
