"""Deleted rows of an audience: only a contact that Inflection has is changed.

An upsert creates whoever is unknown, and nobody wants a contact for somebody who has left. So the
emails of a batch are looked up first, one request each: those that are found are sent on, the
others end as `Unneeded`. Only a bounded number of look-ups is on its way at a time, so that other
requests get their turn. Whom this run has written needs no look-up: Inflection may not show a new
contact at once, and a look-up that misses it would lose the row. No input or output in here.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeAlias, TypeVar

import orjson

from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.calls import ApiCall, look_up
from destination_inflection.delivery.contacts.written import Written
from destination_inflection.delivery.outcomes import Delivered, Outcome, Unneeded

_MOST_AT_ONCE: Final = 200
"""Look-ups on their way. More make nothing faster: they wait for a connection."""

T = TypeVar("T")
Ask: TypeAlias = Callable[[ApiCall, Callable[[Outcome], None]], None]


@dataclass(slots=True, eq=False)
class _Work(Generic[T]):
    """One batch: how many of its emails are not looked up yet, and those that were found."""

    batch: Batch[T]
    left: int
    known: list[str] = field(default_factory=list)


class KnownContacts(Generic[T]):
    """Sorts closed batches into the emails that Inflection has, and those it has not."""

    def __init__(
        self,
        ask: Ask,
        settle: Callable[[str, Outcome], None],
        send: Callable[[Batch[T], Sequence[str]], None],
        written: Written,
    ) -> None:
        """`ask` sends a request and calls back; `settle` takes the verdict on an email.

        `send` gets those emails of a batch that Inflection has, once all of it is looked up.
        """
        self._ask = ask
        self._settle = settle
        self._send = send
        self._written = written
        self._waiting: deque[tuple[_Work[T], str]] = deque()
        self._asked = 0

    def sort(self, batch: Batch[T]) -> None:
        """Begins the work on a closed batch; each of its emails is settled, or sent on, once."""
        work = _Work(batch, len(batch.rows))
        strangers = [email for email in batch.rows if email not in self._written]
        work.known = [email for email in batch.rows if email in self._written]
        work.left = len(strangers)
        self._waiting += [(work, email) for email in strangers]
        self._send_when_sorted(work)
        self._ask_more()

    def _ask_more(self) -> None:
        while self._waiting and self._asked < _MOST_AT_ONCE:
            work, email = self._waiting.popleft()
            newest = orjson.loads(work.batch.rows[email][-1].body)
            self._look_up(work, email, str(newest["email"]))

    def _look_up(self, work: _Work[T], email: str, spelling: str) -> None:
        self._asked += 1
        self._ask(look_up(spelling), lambda out: self._looked_up(work, email, spelling, out))

    def _looked_up(self, work: _Work[T], email: str, spelling: str, outcome: Outcome) -> None:
        self._asked -= 1
        if not isinstance(outcome, Delivered):
            self._settle(email, outcome)
        elif outcome.response.status == 200:
            work.known.append(email)
        elif spelling != (lower := spelling.lower()):
            # Whether Inflection finds an email that is stored in another case is not documented.
            self._look_up(work, email, lower)
            return
        else:
            self._settle(email, Unneeded(outcome.attempts))
        work.left -= 1
        self._send_when_sorted(work)
        self._ask_more()

    def _send_when_sorted(self, work: _Work[T]) -> None:
        if not work.left and work.known:
            self._send(work.batch, work.known)
