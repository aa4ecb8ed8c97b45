"""How many different texts there were: exact up to a bound, and in memory that does not grow. Pure.

Each text is remembered as 64 bits of its hash. That two of a million share those bits happens in
one run of thirty million.
"""

from array import array
from typing import Final, NamedTuple

MOST_COUNTED: Final = 1_000_000
"""Their table takes 16 MiB: two million places, so that it stays half empty, of 8 bytes."""
_ALL_BITS: Final = (1 << 64) - 1


class Counted(NamedTuple):
    """So many; or more than that, if `more`."""

    number: int
    more: bool = False


class Distinct:
    """Counts different texts; beyond `most` it only notes that there are more."""

    def __init__(self, most: int = MOST_COUNTED) -> None:
        self._most = most
        self._last = (1 << (2 * most).bit_length()) - 1
        self._table = array("Q", bytes(8 * (self._last + 1)))
        """Each hash is at the place that its lowest bits name, or at the next free one; 0: free."""
        self._number = 0
        self._more = False

    @property
    def counted(self) -> Counted:
        """How many there were so far."""
        return Counted(self._number, self._more)

    def add(self, text: str) -> bool:
        """Notes a text; returns whether it was counted as a new one."""
        table, last = self._table, self._last
        bits = hash(text) & _ALL_BITS or 1
        place = bits & last
        while (found := table[place]) and found != bits:
            place = (place + 1) & last
        if found:
            return False
        if self._number >= self._most:
            self._more = True
            return False
        table[place] = bits
        self._number += 1
        return True
