"""Rests: emails of which nothing is sent for a while, because an earlier write is in doubt. Pure.

A write whose answer was lost is sent again, and Inflection may carry out both: the second first,
and the first some time later. Whatever is newer must not come in between. So after such a write
its emails rest, counted from the answer to the last attempt: twice as long as any transaction of
this run has taken to settle, and at most a minute. How long a lost write can take is not
documented, so this makes it unlikely that it comes later still, and can't exclude it.
"""

import heapq
from typing import Final

LONGEST_REST_SECONDS: Final = 60.0
"""Also what counts while no transaction has settled. Our own choice: a rest holds checkpoints, and
Airbyte wants one within minutes."""
_TIMES_A_SETTLEMENT: Final = 2
MOST_EMAILS: Final = 100_000
"""Some 20 MB: a hundred full batches in doubt within a minute. Beyond, the rest that would end
first is over early."""


class Rests:
    """The emails that rest; all times are in seconds."""

    def __init__(self) -> None:
        self._longest_settlement: float | None = None
        self._ends: list[tuple[float, str]] = []
        """When each rest is over: a heap of the same emails."""
        self._emails: set[str] = set()

    def __contains__(self, email: str) -> bool:
        """Whether an email rests."""
        return email in self._emails

    @property
    def next_end(self) -> float | None:
        """When the next rest is over."""
        return self._ends[0][0] if self._ends else None

    def settled_in(self, seconds: float) -> None:
        """Learns how long a transaction took, from its beginning until it was seen settled."""
        self._longest_settlement = max(self._longest_settlement or 0.0, seconds)

    def begin(self, email: str, answered: float, now: float) -> None:
        """Lets an email rest whose last write in doubt was answered at that time."""
        length = LONGEST_REST_SECONDS
        if self._longest_settlement is not None:
            length = min(_TIMES_A_SETTLEMENT * self._longest_settlement, length)
        if answered + length > now and email not in self._emails:
            self._emails.add(email)
            heapq.heappush(self._ends, (answered + length, email))

    def over(self, now: float) -> list[str]:
        """Takes out the emails that have rested long enough."""
        over: list[str] = []
        while self._ends and (self._ends[0][0] <= now or len(self._ends) > MOST_EMAILS):
            _, email = heapq.heappop(self._ends)
            self._emails.remove(email)
            over.append(email)
        return over
