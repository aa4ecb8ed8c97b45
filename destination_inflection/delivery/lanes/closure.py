"""A closed endpoint: after several bad answers in a row, one request at a time probes it. Pure.

A bad answer is "too many requests" (429), a fault, or none at all. Times are in seconds; the
numbers are our own.
"""

from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Final, NamedTuple

_BAD_IN_A_ROW: Final = 3
_CHANCE: Final = 0.01
_MEMORY: Final = 0.98
"""How much of what was usual before an answer is still so after it."""
_REQUESTS_A_REST: Final = 3.0
"""The first rest is as long as so many requests take: a window of a second must not be lost."""
_TIMES_LONGER: Final = 4.0
_HALF_A_SECOND: Final = 0.5
"""A rest of this length comes before longer ones: they would miss when a window of a second ends,
and the closure would look like one of a longer window."""
_HEEDED_FROM: Final = 2
"""Bad probes after which `Retry-After` counts for all: a 429 by chance may have one too."""


class Trouble(Enum):
    """What a bad answer was, and how long a rest between two probes is at most."""

    LIMITED = 16.0
    FAULT = 8.0


class BadAnswer(NamedTuple):
    """A bad answer, and in how many seconds the endpoint asked to come back."""

    trouble: Trouble
    asked: float = 0.0


class Streak:
    """Bad answers in a row, and how common bad answers are."""

    def __init__(self) -> None:
        self.length = 0
        self._usual = 0.0

    def good(self) -> None:
        """An answer that ends the row."""
        if self.length:
            self._usual = 1.0 - (1.0 - self._usual) * _MEMORY**self.length
            self.length = 0
        self._usual *= _MEMORY

    def bad(self) -> bool:
        """Counts a bad answer; returns whether there are more in a row than chance explains."""
        self.length += 1
        return self.length >= _BAD_IN_A_ROW and not self.is_chance(self.length)

    def is_chance(self, bad: int) -> bool:
        """Whether so many bad answers in a row are nothing unusual."""
        return self._usual**bad > _CHANCE


@dataclass(slots=True)
class Closure:
    """When the next probe may start, and what came of those before."""

    began: float
    latest: int
    """The number of the latest request before it: later ones are probes."""
    trouble: Trouble
    rest: float
    until: float
    asked: float = 0.0
    bad_probes: int = 0
    is_probing: bool = False

    @classmethod
    def begin(cls, trouble: Trouble, rate: float, latest: int, now: float) -> "Closure":
        """Closes an endpoint to which requests started at this rate a second."""
        rest = _REQUESTS_A_REST / rate
        return cls(now, latest, trouble, rest, now + rest)

    def delay(self, now: float) -> float:
        """Seconds until the next probe may start; infinite while one is under way."""
        return inf if self.is_probing else max(self.until - now, 0.0)

    def bad(self, answer: BadAnswer, streak: Streak, now: float, longest: float) -> None:
        """Counts another failed probe; `longest` limits the pause after it."""
        self.is_probing = False
        self.bad_probes += 1
        self.trouble = answer.trouble
        longer = self.rest * _TIMES_LONGER
        if self.rest < _HALF_A_SECOND:
            longer = min(longer, _HALF_A_SECOND)
        self.rest = min(longer, answer.trouble.value, longest)
        is_chance = self.bad_probes < _HEEDED_FROM or streak.is_chance(self.bad_probes)
        self.asked = 0.0 if is_chance else answer.asked
        self.until = now + max(self.rest, self.asked)

    def hurry(self, longest: float) -> None:
        """Shortens the present rest, unless the endpoint asked for it."""
        rest = min(self.rest, longest)
        self.until += max(rest, self.asked) - max(self.rest, self.asked)
        self.rest = rest
