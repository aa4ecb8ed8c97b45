"""Rounds: what a while of answers says of the rate at which requests start. Pure.

A round is counted from its first "too many requests" (429) on: what was accepted before may be what
a limiter had saved up, and from then on a limiter takes exactly what it allows. All times are in
seconds. The numbers are our own: `simulation/pacing` tries them against limits of many kinds.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_CUT_SHARE: Final = 0.02
_HOLD_SHARE: Final = 0.01
_ONE_CALL: Final = 1.0
"""A single refusal in a round is not a share."""
_FEWEST_IN_AN_EMERGENCY: Final = 30
_EMERGENCY_SHARE: Final = 0.5
_MOSTLY_REFUSED: Final = 0.25
_CLEAN_SECONDS: Final = 1.5
_CLEAN_ANSWERS: Final = 12
_LONGEST_CLEAN_SECONDS: Final = 2.5
_SECONDS: Final = 2.0
_ANSWERS: Final = 25
_SHORTEST_SECONDS: Final = 1.0
"""A limit may be one of each second: a whole one has to pass."""
_ENOUGH_ANSWERS: Final = 200
_ENOUGH_IF_MOSTLY_REFUSED: Final = 10


class Verdict(Enum):
    """What follows from a round for the rate."""

    GROW = auto()
    HOLD = auto()
    CUT = auto()
    CUT_AT_ONCE = auto()
    """Most is refused: the round itself is too short to set a rate by."""


@dataclass(slots=True)
class Round:
    """The answers to requests that started at one rate."""

    began: float
    answers: int = 0
    limited: int = 0

    @property
    def share(self) -> float:
        """Which share of the answers was a 429."""
        return self.limited / self.answers

    def rate(self, now: float) -> float:
        """Accepted requests a second."""
        return (self.answers - self.limited) / (now - self.began)

    def accepted(self, now: float, noise: float) -> Verdict | None:
        """Counts an answer that was not a 429; returns what follows, if that can be said yet.

        `noise` is the share of answers that are 429 whatever the rate.
        """
        self.answers += 1
        if self.limited:
            return self._verdict(now, noise)
        lasted = now - self.began
        if lasted < _CLEAN_SECONDS:
            return None
        is_over = self.answers >= _CLEAN_ANSWERS or lasted >= _LONGEST_CLEAN_SECONDS
        return Verdict.GROW if is_over else None

    def refused(self, now: float, noise: float) -> Verdict | None:
        """Counts a 429."""
        if not self.limited:
            self.began, self.answers = now, 0
        self.answers += 1
        self.limited += 1
        return self._verdict(now, noise)

    def _verdict(self, now: float, noise: float) -> Verdict | None:
        if self.answers >= _FEWEST_IN_AN_EMERGENCY and self.share > _EMERGENCY_SHARE + noise:
            return Verdict.CUT_AT_ONCE
        lasted = now - self.began
        if lasted < _SHORTEST_SECONDS:
            return None
        enough = _ENOUGH_IF_MOSTLY_REFUSED if self.share > _MOSTLY_REFUSED else _ENOUGH_ANSWERS
        if self.answers < (_ANSWERS if lasted >= _SECONDS else enough):
            return None
        if self.limited > (_CUT_SHARE + noise) * self.answers + _ONE_CALL:
            return Verdict.CUT
        return Verdict.HOLD if self.share > _HOLD_SHARE + noise else Verdict.GROW
