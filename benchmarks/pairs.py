"""Two things measured in turn, so that a slower moment of the machine weighs on both. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

P = TypeVar("P")
T = TypeVar("T")


def in_turn(
    measure: Callable[[P], T], one: P, other: P, rounds: int = 1
) -> tuple[list[T], list[T]]:
    """Measures one, the other, the other, one, so many times; what drifts weighs on both alike."""
    ones: list[T] = []
    others: list[T] = []
    for _ in range(rounds):
        ones.append(measure(one))
        others += [measure(other), measure(other)]
        ones.append(measure(one))
    return ones, others


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of several pairs."""

    base: float
    """The median of the base's figures."""
    now: float
    """The median of the other's."""
    ratio: float
    """The median of the pairs' ratios, the other's figure over the base's."""
    smallest: float
    largest: float


def compare(pairs: Sequence[tuple[float, float]]) -> Comparison:
    """Compares pairs of figures, the base's first, which is not 0."""
    ratios = [now / base for base, now in pairs]
    bases, nows = zip(*pairs, strict=True)
    return Comparison(median(bases), median(nows), median(ratios), min(ratios), max(ratios))
