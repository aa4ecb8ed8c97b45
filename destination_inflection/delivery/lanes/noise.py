"""Noise: "too many requests" (429) that have nothing to do with how many there are. Pure.

A sender that slows down to what was accepted meets almost no 429 of a limiter any more. If they
stay as frequent although each round was slower than the one before, they are noise: then slowing
down helps nobody, and so large a share of them is tolerated for a while. Times are in seconds.
"""

from dataclasses import dataclass
from typing import Final

from destination_inflection.delivery.lanes.rounds import Round

_ROUNDS: Final = 3
_FEWEST_REFUSED: Final = 5
_LARGEST_SHARE: Final = 0.5
_LEAST_OF_THE_FIRST: Final = 0.4
_MOST_OF_THE_FIRST: Final = 2.5
_SLOWER: Final = 0.98
_TOLERANCE: Final = 1.4
_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class _Cut:
    share: float
    rate: float


class Noise:
    """What is known of it: the rounds in a row after which the rate was cut."""

    def __init__(self) -> None:
        self._cuts: list[_Cut] = []
        self._share = 0.0
        self._ends = 0.0

    def tolerated(self, now: float) -> float:
        """The share of answers that may be 429 without meaning anything."""
        return self._share if now < self._ends else 0.0

    def not_cut(self) -> None:
        """A round was good enough: the cuts before it have helped."""
        self._cuts.clear()

    def cut(self, cut_round: Round, rate: float, now: float) -> float | None:
        """Notes a round at this rate that was bad; returns the rate to go back to if it is noise.

        Nothing was gained then by the cuts before.
        """
        cut = _Cut(cut_round.share, rate)
        if self._cuts and not self._is_alike(cut):
            self._cuts.clear()
        if cut_round.limited < _FEWEST_REFUSED or cut.share > _LARGEST_SHARE:
            self._cuts.clear()
            return None
        self._cuts.append(cut)
        if len(self._cuts) < _ROUNDS:
            return None
        self._share = _TOLERANCE * max(each.share for each in self._cuts)
        self._ends = now + _SECONDS
        before = self._cuts[0].rate
        self._cuts.clear()
        return before

    def _is_alike(self, cut: _Cut) -> bool:
        first = self._cuts[0].share
        is_slower = cut.rate <= _SLOWER * self._cuts[-1].rate
        return is_slower and _LEAST_OF_THE_FIRST * first <= cut.share <= _MOST_OF_THE_FIRST * first
