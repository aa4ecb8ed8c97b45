"""The world's transactions: batches that were taken, and what becomes of them. Pure.

A batch is written when its transaction settles; transactions settle in any order, and some never.
What is said of one is decided when it settles, and stays the same however often it is asked about.
"""

import heapq
from collections import Counter
from collections.abc import Sequence
from math import inf
from random import Random
from typing import Final

from destination_inflection.json_types import JsonObject
from simulation.contacts_world import People, Status, Write
from simulation.developer_habits import Habits, Rare
from simulation.transaction_forms import (
    ODD,
    OTHER_WORD,
    PAGE,
    Form,
    Transaction,
    data_of,
    note_results,
)
from simulation.violation import Rule, Violation

_SHARE_LEFT_OUT: Final = 0.3

_LONGEST_WAITED_FOR: Final = 1_300.0
"""Seconds from when any was settled last: the deadline, and as long again for the last question."""
_LONGEST_TO_BE_DELAYED: Final = 20.0
"""Seconds: a client rests for a minute at most."""


class Transactions:
    """All transactions; `people` are written as they settle."""

    def __init__(self, habits: Habits, rng: Random, people: People, reached: Counter[str]) -> None:
        self._habits = habits
        self._rng = rng
        self._people = people
        self._reached = reached
        self._by_identity: dict[str, Transaction] = {}
        self._settling: list[tuple[float, int, Transaction]] = []
        """A heap, by when they settle."""
        self._last_settled = 0
        """The highest number of one that has settled."""
        self._unlucky: set[str] = set()
        """The emails that have failed by chance."""
        self._settled_at = -inf
        self._newest: Transaction | None = None
        self.taken: set[str] = set()
        self.applied: set[str] = set()
        self.said_good: set[str] = set()
        self.said_failed: set[str] = set()

    def take(self, writes: Sequence[Write], now: float) -> Transaction:
        """Takes a batch."""
        habits, number = self._habits, len(self._by_identity) + 1
        is_quiet = now >= habits.quiet_from
        form = Form.USUAL if is_quiet else self._draw_form()
        settles_at = now + self._rng.uniform(habits.settle_from, habits.settle_to)
        identity: str | int = f"{number}-{self._rng.getrandbits(64):016x}"
        if form is Form.NUMBER:
            identity = number
        transaction = Transaction(number, identity, writes, form, is_quiet, settles_at, now)
        if form is Form.AT_ONCE:
            transaction.settles_at = now
        elif not is_quiet:
            self._draw_delays(transaction, now)
        self._by_identity[str(identity)] = self._newest = transaction
        for write in writes:
            self.taken.update(write.marks)
        if transaction.settles_at < inf:
            heapq.heappush(self._settling, (transaction.settles_at, number, transaction))
        self.advance(now)
        return transaction

    def advance(self, now: float) -> None:
        """Lets all settle whose time has come."""
        while self._settling and self._settling[0][0] <= now:
            at, number, transaction = heapq.heappop(self._settling)
            if at != transaction.settles_at:
                continue  # it was delayed meanwhile
            if number < self._last_settled:
                self._reached[Rare.OUT_OF_ORDER] += 1
            self._last_settled = max(self._last_settled, number)
            self._settle(transaction, at)
            self._settled_at = max(self._settled_at, at)

    def delay_newest(self, now: float) -> None:
        """Nobody hears of the newest one: it is carried out later than any other would be.

        Yet not so late that a client which waits as long as ours does can't know.
        """
        newest, first = self._newest, self._habits.settle_from
        if newest is None or newest.is_settled or first > _LONGEST_TO_BE_DELAYED:
            return
        if newest.settles_at < inf:
            self._reached[Rare.LATE] += 1
            newest.settles_at = now + first * self._rng.uniform(2.05, 2.9)
            heapq.heappush(self._settling, (newest.settles_at, newest.number, newest))

    def find(self, identity: str, now: float) -> Transaction | None:
        """The transaction with this id, if it is known now."""
        found = self._by_identity.get(identity)
        if found is None or now < found.known_from:
            self._reached[Rare.NOT_EXIST] += 1
            return None
        since = max(found.known_from, self._settled_at)
        if not found.is_settled and now > since + _LONGEST_WAITED_FOR:
            raise Violation(Rule.ENDS, "a transaction is asked about for too long")
        return found

    def tell(self, transaction: Transaction) -> JsonObject:
        """How it stands, as an envelope's `data`; what it says counts as said."""
        if transaction.is_settled:
            self.said_good.update(transaction.good)
            self.said_failed.update(transaction.failed)
        return data_of(transaction)

    def _happens(self, share: float) -> bool:
        return share > 0 and self._rng.random() < share

    def _draw_form(self) -> Form:
        if self._happens(self._habits.share_partly):
            return Form.LEAVES_OUT
        if self._happens(self._habits.share_odd):
            self._reached[Rare.ODD_ANSWER] += 1
            return self._rng.choice(ODD)
        return Form.USUAL

    def _draw_delays(self, transaction: Transaction, now: float) -> None:
        habits = self._habits
        if self._happens(habits.share_never):
            self._reached[Rare.NEVER] += 1
            transaction.settles_at = inf
        elif self._happens(habits.share_lost):
            self._reached[Rare.LOST] += 1
            transaction.known_from = inf
            if self._rng.random() < 0.5:
                transaction.settles_at = inf
        elif self._happens(habits.share_unknown):
            transaction.known_from = now + self._rng.uniform(0, habits.unknown_for)

    def _settle(self, transaction: Transaction, at: float) -> None:
        transaction.is_settled = True
        writes, transaction.writes = transaction.writes, ()
        if transaction.form is Form.FAILED:
            transaction.failed = [mark for write in writes for mark in write.marks]
            return
        carried_out = self._carry_out(transaction, writes, at)
        note_results(transaction, self._told(transaction, carried_out))

    def _carry_out(
        self, transaction: Transaction, writes: Sequence[Write], at: float
    ) -> list[tuple[Write, str]]:
        """Writes a batch; returns what became of each contact that the results don't leave out."""
        left_out: frozenset[str] = frozenset()
        are_written = True
        if transaction.form is Form.LEAVES_OUT:
            self._reached[Rare.LEFT_OUT] += 1
            chosen = [write.email for write in writes if self._happens(_SHARE_LEFT_OUT)]
            left_out = frozenset(chosen or [write.email for write in writes[:1]])
            are_written = self._rng.random() < 0.5
        told: list[tuple[Write, str]] = []
        for write in writes:
            is_left_out = write.email in left_out
            if is_left_out and not are_written:
                continue
            status = self._write(transaction, write, at)
            if not is_left_out:
                told.append((write, status))
        return told

    def _write(self, transaction: Transaction, write: Write, at: float) -> Status:
        failing = self._habits.failing
        if write.email in failing or not failing.isdisjoint(write.marks):
            self._reached[Rare.CONTACT_FAILED] += 1
            return Status.FAILED
        if (
            not transaction.is_quiet
            and self._happens(self._habits.share_failed)
            and write.email not in self._unlucky
        ):
            self._unlucky.add(write.email)
            self._reached[Rare.FAILED_BY_CHANCE] += 1
            return Status.FAILED
        self.applied.update(write.marks)
        return self._people.write(write, transaction.number, at)

    def _told(
        self, transaction: Transaction, told: list[tuple[Write, str]]
    ) -> list[tuple[Write, str]]:
        """What is said of each contact."""
        match transaction.form:
            case Form.NO_RESULTS:
                return []
            case Form.ONE_PAGE:
                return told[:PAGE]
            case Form.OTHER_WORD:
                return [(w, OTHER_WORD if self._happens(0.5) else word) for w, word in told]
            case Form.OTHER_ORDER:
                self._rng.shuffle(told)
        return told
