"""How sure a share is that was seen in a sample. Pure."""

from math import sqrt
from typing import Final, NamedTuple

_NINETY_FIVE: Final = 1.959964
"""The normal distribution has 95 % within so many standard deviations of its mean."""


class Interval(NamedTuple):
    """Two shares, from 0 to 1."""

    low: float
    high: float


def wilson(found: int, sampled: int) -> Interval:
    """The 95 % interval of a share, by Wilson's score (JASA 22, 1927): good near 0 and 1, too.

    Raises:
        ValueError: there is nothing in the sample, or more was found than it has.
    """
    if not 0 <= found <= sampled or not sampled:
        raise ValueError(f"{found} of {sampled} is not a share")
    square = _NINETY_FIVE**2
    middle = (found + square / 2) / (sampled + square)
    reach = (
        _NINETY_FIVE / (sampled + square) * sqrt(found * (sampled - found) / sampled + square / 4)
    )
    return Interval(max(middle - reach, 0.0), min(middle + reach, 1.0))
