"""Transactions: batches that Inflection has taken, and when to ask what became of each. Pure.

How long to wait and how often to ask, `patience` says. A transaction is given up when neither it
nor any other has settled for as long as the deadline: while Inflection works batches off, however
slowly, there is only a queue.
"""

import heapq
from collections import deque
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.patience import Patience
from destination_inflection.delivery.traffic import (
    NOTHING_SETTLED,
    OpenTransactions,
    Settled,
)

_SHORTEST_WAIT_SECONDS: Final = 0.1
"""Before the last question, at the deadline."""
_UNKNOWN_SECONDS: Final = 60.0
_FEWEST_QUESTIONS: Final = 3
"""When a transaction that Inflection says does not exist is taken for lost."""
_OFTEN: Final = 3
"""Questions about one transaction. Most take two at most: this one is twice as old as usual."""
_LONGEST_WAIT_AT_THE_END_SECONDS: Final = 1.0
"""Before any question, when there are only ten seconds left to hear of it."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Transaction(Generic[T]):
    """A batch that Inflection has taken, and how often it was asked what became of it."""

    identity: str
    batch: Batch[T]
    began: float
    polls: int = 0
    first_asked_at: float = 0.0
    """Its age when it was first asked about."""
    asked_at: float = 0.0
    """Its age when it was last asked about."""
    pending_at: float = 0.0
    """Its age when it was last found pending."""

    def is_long_unknown(self, now: float) -> bool:
        """Whether Inflection, which does not know it, has had time enough to."""
        return self.polls >= _FEWEST_QUESTIONS and now - self.began >= _UNKNOWN_SECONDS


class Transactions(Generic[T]):
    """Those that nobody is asking about now, by when to ask. All times are in seconds."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is how long nothing may settle before a transaction is given up."""
        self._deadline = deadline
        self._patience = Patience(deadline)
        self._numbers = count()
        self._fresh: deque[Transaction[T]] = deque()
        """Those never asked about, the oldest first: what is learned meanwhile holds for them."""
        self._asked: list[tuple[float, int, Transaction[T]]] = []
        """When to ask about the others; the number keeps equal times apart."""
        self._asked_fresh = False
        """Whether the last question was about a fresh one."""
        self._longest_wait = inf
        self._last_settled = -inf
        self._open: dict[Transaction[T], None] = {}
        """All that have not ended, those that are asked about now among them; the oldest first."""
        self.ended = NOTHING_SETTLED
        """Those that ended with a verdict."""

    @property
    def next_at(self) -> float | None:
        """When the next question is due."""
        if not self._fresh and not self._asked:
            return None
        return max(min(self._fresh_due, self._asked_due), self._patience.silent_until)

    @property
    def are_open(self) -> bool:
        """Whether there are any that have not ended."""
        return bool(self._open)

    def open(self, now: float) -> OpenTransactions:
        """How many have not ended, and the age of the oldest."""
        oldest = next(iter(self._open), None)
        return OpenTransactions(len(self._open), 0.0 if oldest is None else now - oldest.began)

    def begin(self, identity: str, batch: Batch[T], now: float) -> None:
        """Notes that a batch was taken; it is asked about later."""
        transaction = Transaction(identity, batch, now)
        self._open[transaction] = None
        self._fresh.append(transaction)

    def due(self, now: float) -> list[Transaction[T]]:
        """Takes out those to be asked about now, and counts the question."""
        due: list[Transaction[T]] = []
        while (next_at := self.next_at) is not None and next_at <= now:
            self._asked_fresh = self._is_fresh_next(now)
            if self._asked_fresh:
                transaction = self._fresh.popleft()
            else:
                _, _, transaction = heapq.heappop(self._asked)
            transaction.polls += 1
            transaction.asked_at = now - transaction.began
            if transaction.polls == 1:
                transaction.first_asked_at = transaction.asked_at
            self._patience.asked(transaction.asked_at, now)
            due.append(transaction)
        return due

    def settled(self, transaction: Transaction[T], now: float) -> None:
        """Ends one with a verdict, and learns from it."""
        self.end(transaction)
        number, seconds = self.ended
        self.ended = Settled(number + 1, seconds + now - transaction.began)
        self._last_settled = now
        self._patience.settled(transaction.asked_at, transaction.pending_at)

    def end(self, transaction: Transaction[T]) -> None:
        """Ends one of which nothing more will be heard."""
        self._open.pop(transaction, None)

    def pending(self, transaction: Transaction[T], now: float) -> bool:
        """Has it asked about again, less and less often; False when its deadline is spent."""
        transaction.pending_at = transaction.asked_at
        left = max(transaction.began, self._last_settled) + self._deadline - now
        if left <= 0:
            self.end(transaction)
            return False
        wait = self._patience.again(transaction.first_asked_at, transaction.polls)
        wait = min(wait, max(left, _SHORTEST_WAIT_SECONDS), self._longest_wait)
        heapq.heappush(self._asked, (now + wait, next(self._numbers), transaction))
        return True

    def hurry(self, now: float) -> None:
        """Little time is left: all are due now, and later questions come at short intervals."""
        self._longest_wait = _LONGEST_WAIT_AT_THE_END_SECONDS
        self._patience.hurry()
        waiting = [*self._fresh, *(transaction for _, _, transaction in self._asked)]
        self._fresh.clear()
        self._asked = [(now, next(self._numbers), transaction) for transaction in waiting]

    def _is_fresh_next(self, now: float) -> bool:
        """Whether a fresh one is asked about next: the one that is due first, as a rule.

        But one that was asked about so often may never settle. Where questions are few, it takes
        turns with the fresh ones: many of its kind would take all questions.
        """
        if max(self._fresh_due, self._asked_due) <= now and self._asked[0][2].polls >= _OFTEN:
            return not self._asked_fresh
        return self._fresh_due <= self._asked_due

    @property
    def _fresh_due(self) -> float:
        if not self._fresh:
            return inf
        return self._fresh[0].began + min(self._patience.wait, self._longest_wait)

    @property
    def _asked_due(self) -> float:
        return self._asked[0][0] if self._asked else inf
