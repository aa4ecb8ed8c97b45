"""Transactions: batches that Inflection has taken, and when to ask what became of each. Pure.

How long Inflection takes is not documented, so the wait before the first question is learned, from
first questions alone: one that came too early makes it half as long again, each other one a little
shorter. So a batch costs one question, as a rule, and a single slow transaction teaches little.
"""

import heapq
from dataclasses import dataclass
from itertools import count
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.traffic import OpenTransactions

# Our own choices, all of them: a question costs one request, waiting too long costs only time.
_FIRST_WAIT_SECONDS: Final = 0.5
"""Before anything is learned."""
_SHORTEST_WAIT_SECONDS: Final = 0.1
"""About a round trip: asking sooner finds nothing out sooner."""
_LONGEST_WAIT_SECONDS: Final = 15.0
"""A transaction that takes minutes is noticed within this; forty questions fill the deadline."""
_UNKNOWN_SECONDS: Final = 60.0
_FEWEST_QUESTIONS: Final = 3
"""When a transaction that Inflection says does not exist is taken for lost."""
_LONGEST_WAIT_AT_THE_END_SECONDS: Final = 1.0
"""The same when there are only ten seconds left to hear of it."""
_GROWTH: Final = 1.5
"""How many times its age a transaction that was asked too early teaches the next to wait."""
_SHRINKING: Final = 0.99
"""What a first question in time does to the wait: it halves in 69 batches."""
_FORGETTING: Final = 0.999
"""The same for the age that was too early, ten times as slowly: it keeps the wait from sinking to
where it has just been shown to be too short."""
_MARGIN: Final = 1.2
"""How far the wait stays above that age."""

T = TypeVar("T")


class Patience:
    """How long to wait before asking; all times are in seconds."""

    def __init__(self) -> None:
        self.first = _FIRST_WAIT_SECONDS
        self._too_early = 0.0

    def in_time(self) -> None:
        """A first question was answered with a verdict."""
        self._too_early *= _FORGETTING
        shortest = max(self._too_early * _MARGIN, _SHORTEST_WAIT_SECONDS)
        self.first = min(max(self.first * _SHRINKING, shortest), _LONGEST_WAIT_SECONDS)

    def too_early(self, age: float) -> None:
        """A first question, asked at this age of the transaction, found it pending."""
        self._too_early = min(max(self._too_early, age), _LONGEST_WAIT_SECONDS)
        self.first = min(max(self.first, age * _GROWTH), _LONGEST_WAIT_SECONDS)

    @staticmethod
    def again(age: float) -> float:
        """How long to wait before the next question about a transaction of this age."""
        return min(max(age / 2, _SHORTEST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS)


@dataclass(slots=True, eq=False)
class Transaction(Generic[T]):
    """A batch that Inflection has taken, and how often it was asked what became of it."""

    identity: str
    batch: Batch[T]
    began: float
    polls: int = 0

    def is_long_unknown(self, now: float) -> bool:
        """Whether Inflection, which does not know it, has had time enough to."""
        return self.polls >= _FEWEST_QUESTIONS and now - self.began >= _UNKNOWN_SECONDS


class Transactions(Generic[T]):
    """Those that nobody is asking about now, by when to ask. All times are in seconds."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is the age at which a transaction is given up."""
        self._deadline = deadline
        self._patience = Patience()
        self._numbers = count()
        self._waiting: list[tuple[float, int, Transaction[T]]] = []
        """When to ask about each; the number keeps equal times apart."""
        self._longest_wait = _LONGEST_WAIT_SECONDS
        self._open: dict[Transaction[T], None] = {}
        """All that have not ended, those that are asked about now among them; the oldest first."""

    @property
    def next_at(self) -> float | None:
        """When the next question is due."""
        return self._waiting[0][0] if self._waiting else None

    def open(self, now: float) -> OpenTransactions:
        """How many have not ended, and the age of the oldest."""
        oldest = next(iter(self._open), None)
        return OpenTransactions(len(self._open), 0.0 if oldest is None else now - oldest.began)

    def begin(self, identity: str, batch: Batch[T], now: float) -> None:
        """Notes that a batch was taken; it is asked about later."""
        transaction = Transaction(identity, batch, now)
        self._open[transaction] = None
        self._ask_after(self._patience.first, transaction, now)

    def due(self, now: float) -> list[Transaction[T]]:
        """Takes out those to be asked about now, and counts the question."""
        due: list[Transaction[T]] = []
        while self._waiting and self._waiting[0][0] <= now:
            _, _, transaction = heapq.heappop(self._waiting)
            transaction.polls += 1
            due.append(transaction)
        return due

    def done(self, transaction: Transaction[T]) -> None:
        """Ends one with a verdict, and learns from it."""
        self.end(transaction)
        if transaction.polls == 1:
            self._patience.in_time()

    def end(self, transaction: Transaction[T]) -> None:
        """Ends one of which nothing more will be heard."""
        self._open.pop(transaction, None)

    def pending(self, transaction: Transaction[T], now: float) -> bool:
        """Has it asked about again, less and less often; False when its deadline is spent."""
        age = now - transaction.began
        if transaction.polls == 1:
            self._patience.too_early(age)
        if age >= self._deadline:
            self.end(transaction)
            return False
        self._ask_after(self._patience.again(age), transaction, now)
        return True

    def hurry(self, now: float) -> None:
        """Little time is left: all are due now, and later questions come at short intervals."""
        self._longest_wait = _LONGEST_WAIT_AT_THE_END_SECONDS
        self._waiting = sorted((now, number, each) for _, number, each in self._waiting)

    def _ask_after(self, seconds: float, transaction: Transaction[T], now: float) -> None:
        due = now + min(seconds, self._longest_wait)
        heapq.heappush(self._waiting, (due, next(self._numbers), transaction))
