"""Static lists: a batch of memberships becomes look-ups, one call that adds, and removals.

Members are added by contact id, so ids are looked up by email first and remembered for the run. Of
several rows of one email the newest counts. Who is not a contact can't be added, and need not be
removed.
"""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final, Generic, TypeAlias, TypeVar, cast

import orjson

from destination_inflection.delivery.contacts.answers import data_of
from destination_inflection.delivery.contacts.batches import Batch
from destination_inflection.delivery.contacts.calls import (
    ApiCall,
    add_members,
    look_up,
    remove_member,
)
from destination_inflection.delivery.contacts.not_found import NotFound, read_not_found
from destination_inflection.delivery.outcomes import Delivered, Outcome, Refusal, Refused, is_a_no
from destination_inflection.json_types import JsonObject

_MOST_REMEMBERED: Final = 100_000
"""Contact ids, some 20 MB with their emails; beyond, they are forgotten and looked up again."""

T = TypeVar("T")
Ask: TypeAlias = Callable[[ApiCall, Callable[[Outcome], None]], None]
Adding: TypeAlias = dict[str, list[str]]
"""Emails by their contact's id; nobody knows whether two of them may be one contact."""
_UNKNOWN: Final = Refused(1, 200, "no contact has this email", Refusal.UNKNOWN_CONTACT)


def list_of(body: bytes) -> str:
    """The list that a member call is about."""
    return str(orjson.loads(body)["list_id"])


@dataclass(slots=True, eq=False)
class _Work(Generic[T]):
    """One batch: whom to add and remove by contact id, and how many look-ups are still out."""

    batch: Batch[T]
    looking_up: int = 0
    adding: Adding = field(default_factory=dict)


class ListMembers(Generic[T]):
    """Works on batches whose channel is a list's id."""

    def __init__(self, ask: Ask, settle: Callable[[str, Outcome], None]) -> None:
        """`ask` sends a request and calls back; `settle` takes the verdict on an email."""
        self._ask = ask
        self._settle = settle
        self._numbers = count(1)
        self._ids: dict[str, str] = {}

    def send(self, batch: Batch[T]) -> None:
        """Begins the work on a closed batch; each of its emails is settled once."""
        work = _Work(batch)
        strangers = [email for email in batch.rows if email not in self._ids]
        known = {email: self._ids[email] for email in batch.rows if email in self._ids}
        work.looking_up = len(strangers)
        for email, identity in known.items():
            self._found(work, email, identity)
        for email in strangers:
            as_given = str(_newest(batch, email)["email"])
            self._ask(look_up(as_given), partial(self._looked_up, work, email))
        self._add_when_ready(work)

    def _looked_up(self, work: _Work[T], email: str, outcome: Outcome) -> None:
        work.looking_up -= 1
        if not isinstance(outcome, Delivered):
            self._settle(email, outcome)
        elif outcome.response.status == 200:
            identity = str(data_of(outcome.response)["id"])
            if len(self._ids) >= _MOST_REMEMBERED:
                self._ids.clear()
            self._ids[email] = identity
            self._found(work, email, identity)
        else:
            self._settle(email, _UNKNOWN if _joins(work.batch, email) else outcome)
        self._add_when_ready(work)

    def _found(self, work: _Work[T], email: str, identity: str) -> None:
        if _joins(work.batch, email):
            work.adding.setdefault(identity, []).append(email)
        else:
            call = remove_member(work.batch.channel, identity)
            self._ask(call, partial(self._settle, email))

    def _add_when_ready(self, work: _Work[T]) -> None:
        if not work.looking_up and work.adding:
            adding, work.adding = work.adding, {}
            self._add(work.batch, adding)

    def _add(self, batch: Batch[T], adding: Adding) -> None:
        body = json.dumps({"contactIds": list(adding)}).encode()
        call = add_members(next(self._numbers), batch.channel, body)
        self._ask(call, partial(self._added, batch, adding))

    def _added(self, batch: Batch[T], adding: Adding, outcome: Outcome) -> None:
        if isinstance(outcome, Delivered):
            not_found = read_not_found(outcome.response, adding)
            if not_found is not None:
                self._not_found(batch, adding, not_found)
                return
        elif is_a_no(outcome) and len(adding) > 1:
            self._add_apart(batch, adding, _second_half(adding))
            return
        self._settle_all(adding, outcome)

    def _not_found(self, batch: Batch[T], adding: Adding, not_found: NotFound) -> None:
        """Divides a call of which only a part was taken, until who is unknown stands alone."""
        if len(adding) > 1:
            self._add_apart(batch, adding, _chosen(adding, not_found.suspects))
            return
        for emails in adding.values():
            for email in emails:
                self._ids.pop(email, None)
        self._settle_all(adding, _UNKNOWN)

    def _add_apart(self, batch: Batch[T], adding: Adding, chosen: Collection[str]) -> None:
        """Adds in two calls: first the others, then the chosen ids."""
        self._add(batch, {each: adding[each] for each in adding if each not in chosen})
        self._add(batch, {each: adding[each] for each in adding if each in chosen})

    def _settle_all(self, adding: Adding, outcome: Outcome) -> None:
        for emails in adding.values():
            for email in emails:
                self._settle(email, outcome)


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
