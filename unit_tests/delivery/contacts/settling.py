"""A simulated Inflection that settles transactions late, and how well they are asked about. Pure.

`python -m benchmarks.questions` prints the table of what it measures.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from statistics import mean
from typing import Final, Protocol

from destination_inflection.delivery.contacts.batches import CONTACTS, MOST_CONTACTS, Batch
from destination_inflection.delivery.contacts.transactions import Transaction, Transactions

ROUND_TRIP: Final = 0.1
READING: Final = 0.03
"""Seconds that it takes to read and map the contacts of a batch."""
DEADLINE: Final = 600.0
Delay = Callable[[int, float], float]
"""When a batch settles, by its number and by when it was taken."""


class Room(Protocol):
    """How many contacts may be on their way."""

    contacts: int

    def settled(self, age: float) -> None:
        """A transaction settled at this age."""
        ...


@dataclass
class FixedRoom:
    """Always as many."""

    contacts: int

    def settled(self, age: float) -> None:
        """Changes nothing."""


@dataclass
class Measured:
    """What it cost to hear of a number of batches, and how late that was, in seconds."""

    batches: int
    questions: int = 0
    overshoots: list[float] = field(default_factory=list)
    """How long after it had settled each was known to have."""
    ages: list[float] = field(default_factory=list)
    """How old each was then."""
    rooms: list[int] = field(default_factory=list)
    """How many contacts might be on their way from then on."""
    given_up: int = 0
    ended_at: float = 0.0

    @property
    def questions_a_batch(self) -> float:
        return self.questions / self.batches

    @property
    def overshoot(self) -> float:
        return mean(self.overshoots)


def simulate(batches: int, delay: Delay, room: Room, deadline: float = DEADLINE) -> Measured:
    """Sends batches as long as there is room, and asks about each until it has settled."""
    transactions: Transactions[float] = Transactions(deadline)
    measured = Measured(batches)
    numbers = count()
    answers: list[tuple[float, int, Transaction[float]]] = []
    settles_at: dict[str, float] = {}
    now, read_at, begun = 0.0, READING, 0
    while len(measured.ages) + measured.given_up < batches:
        on_their_way = begun - len(measured.ages) - measured.given_up
        may_begin = begun < batches and on_their_way * MOST_CONTACTS < room.contacts
        moments = [read_at] if may_begin else []
        moments += [answers[0][0]] if answers else []
        moments += [next_at] if (next_at := transactions.next_at) is not None else []
        now = max(min(moments), now)
        while answers and answers[0][0] <= now:
            _, _, transaction = heapq.heappop(answers)
            settled_at = settles_at[transaction.identity]
            if now - ROUND_TRIP / 2 >= settled_at:
                transactions.settled(transaction, now)
                room.settled(now - transaction.began)
                measured.overshoots.append(now - settled_at)
                measured.ages.append(now - transaction.began)
                measured.rooms.append(room.contacts)
            elif not transactions.pending(transaction, now):
                measured.given_up += 1
        if may_begin and read_at <= now:
            settles_at[str(begun)] = delay(begun, now)
            transactions.begin(str(begun), Batch(CONTACTS, now), now)
            begun += 1
            read_at = now + READING
        for transaction in transactions.due(now):
            measured.questions += 1
            heapq.heappush(answers, (now + ROUND_TRIP, next(numbers), transaction))
    measured.ended_at = now
    return measured


def after(seconds: float, spread: float = 0.0, seed: int = 0) -> Delay:
    """Each batch settles so long after it was taken, give or take a part of that."""
    chance = Random(seed)  # noqa: S311 - chance for a test
    return lambda _number, began: began + seconds * (1 + spread * (2 * chance.random() - 1))


class Queue:
    """Works the batches off one after the other, each in so many seconds, give or take a part."""

    def __init__(self, seconds: float, spread: float = 0.0, seed: int = 0) -> None:
        self._each = after(seconds, spread, seed)
        self._free_at = 0.0
        self.idle = 0.0
        """Seconds in which there was nothing to work on, from the first batch to the last."""

    def __call__(self, number: int, began: float) -> float:
        if number:
            self.idle += max(began - self._free_at, 0.0)
        self._free_at = self._each(number, max(began, self._free_at))
        return self._free_at
