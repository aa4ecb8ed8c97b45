"""How soon a sender follows when a limit that nobody told changes."""

from dataclasses import dataclass
from typing import Final

from simulation.pacing.cells import SHAPES, most_carried
from simulation.pacing.endless import Phase, Setup, play

RISES: Final = ((20.0, 54.0), (50.0, 135.0), (100.0, 270.0), (150.0, 405.0))
FALLS: Final = ((96.0, 12.0), (200.0, 25.0), (400.0, 50.0))
_CHANGES_AT: Final = 120
_SECONDS: Final = 240
_GRACE: Final = 15
_ENOUGH: Final = 0.9
_FEW_REFUSED: Final = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A limit that becomes another one after two minutes."""

    shape: str
    before: float
    after: float
    connections: int
    seed: int


@dataclass(frozen=True, slots=True)
class Followed:
    """After how many seconds it was followed, and shares of what came 15 s after the change.

    Followed: two seconds with at least 0.9 of the new limit and at most a tenth refused; None if
    that never came.
    """

    within: int | None
    delivered: float
    refused: float
    attempts: int


def follow(change: Change) -> Followed:
    """Plays a change."""
    make = SHAPES[change.shape]
    phases = (Phase(0.0, make(change.before)), Phase(_CHANGES_AT, make(change.after)))
    seen = play(Setup(change.seed, change.connections, phases=phases), _SECONDS)
    rate = min(change.after, most_carried(change.connections))
    steady = (
        second - _CHANGES_AT
        for second in range(_CHANGES_AT + 2, _SECONDS)
        if seen.taken_between(second - 2, second) >= _ENOUGH * 2 * rate
        and seen.refused_share(second - 2, second) <= _FEW_REFUSED
    )
    begins = _CHANGES_AT + _GRACE
    return Followed(
        next(steady, None),
        seen.taken_between(begins, _SECONDS) / (rate * (_SECONDS - begins)),
        seen.refused_share(begins, _SECONDS),
        max(seen.attempts),
    )
