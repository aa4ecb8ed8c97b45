"""What went over the wire in a run, counted where it happens."""

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

_STEP: Final = 1.05
"""Each bucket of times is five per cent wider than the one before: so exact are percentiles."""
_SHORTEST_SECONDS: Final = 0.0001
_BUCKETS: Final = 340
"""The last ends after half an hour; no request is allowed as much."""
_ENDS: Final = tuple(_SHORTEST_SECONDS * _STEP**number for number in range(1, _BUCKETS))


class Bottleneck(StrEnum):
    """What keeps a run from being faster at a moment, as `report.json` names it."""

    INPUT = "input"
    """More records could be taken, but the source sends none."""
    CEILING = "ceiling"
    """A request could start, but for the configured rate."""
    LIMIT = "endpoint_limit"
    """A request could start, but for the rate that the endpoint accepts."""
    FAULTS = "faults"
    """What failed is to be tried again, later."""
    PARALLEL = "parallel_requests"
    """All connections wait for answers, while calls wait for a connection."""
    IDENTITY = "one_person_or_org"
    """Calls wait only for earlier calls about the same one."""
    TRANSACTIONS = "transactions"
    """Contacts wait for Inflection to say what became of them."""
    ANSWERS = "answers"
    """All that there is to send is on its way, as at the end of the input."""
    PROCESSOR = "processor"
    """Not a wait: the rest of the time. Records are read, mapped, sent and stored."""


class Latencies:
    """How long answers took, in buckets, so that a sync of any length takes the same memory."""

    def __init__(self) -> None:
        self._buckets = [0] * _BUCKETS
        self.count = 0
        """Answers so far."""
        self.longest = 0.0
        self.seconds = 0.0
        """Of all answers together."""

    def note(self, seconds: float) -> None:
        """Counts one answer."""
        self.count += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)
        self._buckets[bisect_right(_ENDS, seconds)] += 1

    def percentile(self, share: float) -> float:
        """Seconds that this share (0 to 1) of the answers did not exceed, within five per cent."""
        left = math.ceil(self.count * share)
        for bucket, answers in enumerate(self._buckets[:-1]):
            left -= answers
            if left <= 0:
                return min(_ENDS[bucket], self.longest)
        return self.longest


class OpenTransactions(NamedTuple):
    """What Inflection has taken, and has not yet said what became of."""

    number: int
    oldest: float
    """The age of the oldest in seconds; 0 where there is none."""


class Settled(NamedTuple):
    """The transactions that Inflection has said the end of, and their ages then, added up."""

    number: int
    seconds: float


NOTHING_SETTLED: Final = Settled(0, 0.0)


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
    settled: Settled = NOTHING_SETTLED
    failed: int = 0
    """Answers, or the lack of one, that were neither a success nor a verdict on the call."""
    failed_in_a_row: int = 0
    """Of them, those after which no other answer has come yet."""
    trouble: str = ""
    """What was wrong with the last of them, in a few words."""
    waited: dict[Bottleneck, float] = field(default_factory=lambda: dict.fromkeys(Bottleneck, 0.0))
    """Seconds spent waiting, by what could not start meanwhile and why."""

    @property
    def in_flight(self) -> int:
        """Requests without an answer yet."""
        return self.requests - self.latencies.count

    @property
    def accepted(self) -> int:
        """Answers that got a call through, or judged it."""
        return self.latencies.count - self.failed
