"""Static lists: a batch of memberships becomes look-ups, one call that adds, and removals.

Members are added by contact id, so ids are looked up by email first and remembered for the run. Of
several rows of one email the newest counts. Who is not a contact can't be added, and need not be
removed.

A remembered id may be stale, because the contact was deleted in Inflection and made anew. So when
Inflection does not know it, the email is looked up afresh, once, before that means anything.
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import chain, count
from typing import Final, Generic, TypeAlias, TypeVar, cast

import orjson

from destination_inflection.delivery.contacts.answers import data_of
from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.calls import (
    Ask,
    add_members,
    remove_member,
)
from destination_inflection.delivery.contacts.lookups import LookUps
from destination_inflection.delivery.contacts.not_found import NotFound, read_not_found
from destination_inflection.delivery.contacts.recent import Recent
from destination_inflection.delivery.outcomes import Delivered, Outcome, is_a_no, leaves_doubt
from destination_inflection.json_types import JsonObject

_MOST_REMEMBERED: Final = 100_000
_MOST_REMEMBERED_BYTES: Final = 32 * 1024 * 1024
"""A hundred thousand emails and ids of the usual length take so much. What was remembered first is
forgotten first, and looked up again when it is needed."""

T = TypeVar("T")
Adding: TypeAlias = dict[str, list[str]]
"""Emails by their contact's id; nobody knows whether two of them may be one contact."""


def list_of(body: bytes) -> str:
    """The list that a member call is about."""
    return str(orjson.loads(body)["list_id"])


@dataclass(frozen=True, slots=True)
class Ends:
    """What can become of an email in a batch of memberships: one of the first two is called."""

    settle: Callable[[str, Outcome], None]
    """Takes the verdict on an email."""
    missed: Callable[[str], None]
    """The newest row of an email adds it to a list, and no contact has it."""
    doubt: Callable[[Iterable[str]], None]
    """A change of a list for these emails was answered now, and is in doubt."""


@dataclass(slots=True, eq=False)
class _Work(Generic[T]):
    """One batch: whom to add and remove by contact id, and how many look-ups are still out."""

    batch: Batch[T]
    looking_up: int = 0
    adding: Adding = field(default_factory=dict)
    remembered: set[str] = field(default_factory=set)
    """The emails whose id was not looked up for this batch."""
    stale: dict[str, str] = field(default_factory=dict)
    """The remembered ids that Inflection did not know, by email."""


class ListMembers(Generic[T]):
    """Works on batches whose channel is a list's id."""

    def __init__(self, ask: Ask, look_ups: LookUps, ends: Ends) -> None:
        """`ask` sends a request and calls back."""
        self._ask = ask
        self._look_ups = look_ups
        self._ends = ends
        self._numbers = count(1)
        self._ids = Recent(_MOST_REMEMBERED, _MOST_REMEMBERED_BYTES)

    def send(self, batch: Batch[T]) -> None:
        """Begins the work on a closed batch; each of its emails ends once."""
        work = _Work(batch)
        for email in batch.rows:
            identity = self._ids.get(email)
            if identity is None:
                self._look_up(work, email)
            else:
                work.remembered.add(email)
                self._found(work, email, identity)
        self._add_when_ready(work)

    def _look_up(self, work: _Work[T], email: str) -> None:
        work.looking_up += 1
        spelled = str(_newest(work.batch, email)["email"])
        self._look_ups.find(email, spelled, partial(self._looked_up, work))

    def _look_up_afresh(self, work: _Work[T], email: str, stale: str) -> None:
        work.remembered.remove(email)
        work.stale[email] = stale
        self._ids.forget(email)
        self._look_up(work, email)

    def _looked_up(self, work: _Work[T], email: str, _spelled: str, outcome: Outcome) -> None:
        work.looking_up -= 1
        if not isinstance(outcome, Delivered):
            self._ends.settle(email, outcome)
        elif outcome.response.status == HTTPStatus.OK:
            identity = str(data_of(outcome.response)["id"])
            if work.stale.get(email) == identity:
                self._unknown(work, email, outcome)
            else:
                self._ids.put(email, identity)
                self._found(work, email, identity)
        else:
            self._unknown(work, email, outcome)
        self._add_when_ready(work)

    def _unknown(self, work: _Work[T], email: str, outcome: Outcome) -> None:
        """Who is not a contact can't join, and is not on the list."""
        if _joins(work.batch, email):
            self._ends.missed(email)
        else:
            self._ends.settle(email, outcome)

    def _found(self, work: _Work[T], email: str, identity: str) -> None:
        if _joins(work.batch, email):
            work.adding.setdefault(identity, []).append(email)
        else:
            call = remove_member(work.batch.channel, identity)
            self._ask(call, partial(self._removed, work, email, identity))

    def _removed(self, work: _Work[T], email: str, identity: str, outcome: Outcome) -> None:
        if leaves_doubt(outcome):
            self._ends.doubt([email])
        if (
            isinstance(outcome, Delivered)
            and outcome.response.status == HTTPStatus.NOT_FOUND
            and email in work.remembered
        ):
            self._look_up_afresh(work, email, identity)
        else:
            self._ends.settle(email, outcome)

    def _add_when_ready(self, work: _Work[T]) -> None:
        if not work.looking_up and work.adding:
            adding, work.adding = work.adding, {}
            self._add(work, adding)

    def _add(self, work: _Work[T], adding: Adding) -> None:
        body = json.dumps({"contactIds": list(adding)}).encode()
        call = add_members(next(self._numbers), work.batch.channel, body)
        self._ask(call, partial(self._added, work, adding))

    def _added(self, work: _Work[T], adding: Adding, outcome: Outcome) -> None:
        if leaves_doubt(outcome):
            self._ends.doubt(chain.from_iterable(adding.values()))
        if isinstance(outcome, Delivered):
            not_found = read_not_found(outcome.response, adding)
            if not_found is not None:
                self._not_found(work, adding, not_found)
                return
        elif is_a_no(outcome) and len(adding) > 1:
            self._add_apart(work, adding, _second_half(adding))
            return
        for email in chain.from_iterable(adding.values()):
            self._ends.settle(email, outcome)

    def _not_found(self, work: _Work[T], adding: Adding, not_found: NotFound) -> None:
        """Divides a call of which only a part was taken, until who is unknown stands alone."""
        if len(adding) > 1:
            self._add_apart(work, adding, _chosen(adding, not_found.suspects))
            return
        for identity, emails in adding.items():
            for email in emails:
                if email in work.remembered:
                    self._look_up_afresh(work, email, identity)
                else:
                    self._ids.forget(email)
                    self._ends.missed(email)

    def _add_apart(self, work: _Work[T], adding: Adding, chosen: Collection[str]) -> None:
        """Adds in two calls: first the others, then the chosen ids."""
        self._add(work, {each: adding[each] for each in adding if each not in chosen})
        self._add(work, {each: adding[each] for each in adding if each in chosen})


def _chosen(adding: Adding, suspects: Collection[str]) -> Collection[str]:
    """The ids to be added apart: the suspects if they are some of them, else the second half."""
    if 0 < len(suspects) < len(adding):
        return suspects
    return _second_half(adding)


def _second_half(adding: Adding) -> frozenset[str]:
    return frozenset(list(adding)[(len(adding) + 1) // 2 :])


def _newest(batch: Batch[T], email: str) -> JsonObject:
    return cast(JsonObject, orjson.loads(batch.rows[email][-1].body))


def _joins(batch: Batch[T], email: str) -> bool:
    return bool(_newest(batch, email)["member"])
