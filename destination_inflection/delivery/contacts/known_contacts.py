"""Deleted rows of an audience: only a contact that Inflection has is changed.

An upsert creates whoever is unknown, and nobody wants a contact for somebody who has left. So the
emails of a batch are looked up first, one request each: those that are found are sent on, the
others end as `Unneeded`. Whom this run has written needs no look-up: Inflection may not show a new
contact at once, and a look-up that misses it would lose the row. No input or output in here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Generic, TypeVar

import orjson

from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.lookups import LookUps
from destination_inflection.delivery.contacts.written import Written
from destination_inflection.delivery.outcomes import Delivered, Outcome, Unneeded

T = TypeVar("T")


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
        look_ups: LookUps,
        settle: Callable[[str, Outcome], None],
        send: Callable[[Batch[T], Sequence[str]], None],
        written: Written,
    ) -> None:
        """`settle` takes the verdict on an email.

        `send` gets those emails of a batch that Inflection has, once all of it is looked up.
        """
        self._look_ups = look_ups
        self._settle = settle
        self._send = send
        self._written = written

    def sort(self, batch: Batch[T]) -> None:
        """Begins the work on a closed batch; each of its emails is settled, or sent on, once."""
        work = _Work(batch, len(batch.rows))
        strangers = [email for email in batch.rows if email not in self._written]
        work.known = [email for email in batch.rows if email in self._written]
        work.left = len(strangers)
        self._send_when_sorted(work)
        for email in strangers:
            newest = orjson.loads(batch.rows[email][-1].body)
            self._look_ups.find(email, str(newest["email"]), partial(self._looked_up, work))

    def _looked_up(self, work: _Work[T], email: str, spelled: str, outcome: Outcome) -> None:
        if not isinstance(outcome, Delivered):
            self._settle(email, outcome)
        elif outcome.response.status == HTTPStatus.OK:
            # In another spelling, an upsert might create a contact.
            work.batch.spelled[email] = spelled
            work.known.append(email)
        else:
            self._settle(email, Unneeded(outcome.attempts))
        work.left -= 1
        self._send_when_sorted(work)

    def _send_when_sorted(self, work: _Work[T]) -> None:
        if not work.left and work.known:
            self._send(work.batch, work.known)
