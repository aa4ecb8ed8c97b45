"""What went over the wire in a run, counted where it happens."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_STEP: Final = 1.05
"""Each bucket of times is five per cent wider than the one before: so exact are percentiles."""
_LOG_STEP: Final = math.log(_STEP)
_SHORTEST_SECONDS: Final = 0.0001


class Latencies:
    """How long answers took, in buckets, so that a sync of any length takes the same memory."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.longest = 0.0

    def note(self, seconds: float) -> None:
        """Counts one answer."""
        self.longest = max(self.longest, seconds)
        self._buckets[int(math.log(max(seconds / _SHORTEST_SECONDS, 1.0)) / _LOG_STEP)] += 1

    @property
    def count(self) -> int:
        """Answers so far."""
        return self._buckets.total()

    def percentile(self, share: float) -> float:
        """Seconds that this share (0 to 1) of the answers did not exceed, within five per cent."""
        left = math.ceil(self.count * share)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                upper: float = _SHORTEST_SECONDS * _STEP ** (bucket + 1)
                return min(upper, self.longest)
        return self.longest


class OpenTransactions(NamedTuple):
    """What Inflection has taken, and has not yet said what became of."""

    number: int
    oldest: float
    """The age of the oldest in seconds; 0 where there is none."""


@dataclass(slots=True)
class Traffic:
    """Requests sent, how long they took, and what was sent again, by what went wrong.

    `transactions` are those that were open when this was asked for; None on a route without them.
    """

    requests: int = 0
    retries: Counter[str] = field(default_factory=Counter)
    rate_limit_hits: int = 0
    """Answers that said "too many requests"."""
    latencies: Latencies = field(default_factory=Latencies)
    transactions: OpenTransactions | None = None
