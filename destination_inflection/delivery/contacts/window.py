"""The window: how many contacts may be unsettled at a time, by how old transactions settle. Pure.

States wait for the contacts before them. Where Inflection works batches off one after the other,
more of them on the way make nothing faster, and each settles later. So the window shrinks while
transactions settle old: with the square root of their age. In such a queue the age follows from
what was let in an age ago; with the age itself, a window that is twice too large would be followed
by one that is half too small, and so on for ever, while the root halves what is wrong each time.
It looks at the median of what has settled: one slow transaction, or one that never settles, does
not shrink it.
"""

from collections import deque
from math import sqrt
from statistics import median
from typing import Final

from destination_inflection.delivery.contacts.batches import MOST_CONTACTS

# Our own choices.
_YOUNG_SECONDS: Final = 60.0
"""Transactions that settle at this age are young: their states are back within some minutes."""
_REMEMBERED: Final = 9
_AT_FIRST: Final = 0.75
"""The part of it that is open before anything has settled. With a half of it, a sync whose batches
settle in a third of a second was five percent slower."""
_FEWEST_BATCHES: Final = 2
"""One that is worked on, and one that waits: Inflection never waits for us."""


class Window:
    """Opens by one batch for each that settles: a slow queue is seen before it is full."""

    def __init__(self, most: int) -> None:
        """`most` contacts, whatever their age."""
        self._most = most / MOST_CONTACTS
        self._ages: deque[float] = deque(maxlen=_REMEMBERED)
        self._set(self._most * _AT_FIRST)

    def settled(self, age: float) -> None:
        """A transaction settled at this age, in seconds."""
        self._ages.append(age)
        usual = max(median(self._ages), _YOUNG_SECONDS)
        self._set(min(self._batches + 1, self._most * sqrt(_YOUNG_SECONDS / usual)))

    def _set(self, batches: float) -> None:
        self._batches = min(max(batches, _FEWEST_BATCHES), self._most)
        whole = max(int(self._batches), min(_FEWEST_BATCHES, self._most))
        self.contacts = int(whole * MOST_CONTACTS)
        """How many may be unsettled. Whole batches, so that none goes out that is not full."""
