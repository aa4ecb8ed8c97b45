"""The world's contacts: who there is, with which properties and under which id. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from random import Random
from typing import Final, NamedTuple

from destination_inflection.json_types import Json, JsonObject
from simulation.developer_habits import Habits, Rare

_ID_BYTES: Final = 16


class Status(StrEnum):
    """What became of one contact, in the API's words."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    NO_CHANGE = "NO_CHANGE"
    FAILED = "FAILED"


class Write(NamedTuple):
    """A contact of a batch. A tuple, because one is made for each."""

    email: str
    """As it is known: trimmed and in lower case."""
    spelled: str
    """As it was sent."""
    properties: JsonObject
    marks: Sequence[str]
    """The marks of records among its properties."""


@dataclass(slots=True, eq=False)
class Contact:
    """A contact as it is stored."""

    email: str
    found_from: float
    """When look-ups by email find it."""
    properties: JsonObject = field(default_factory=dict)
    written: list[Sequence[str]] = field(default_factory=list)
    """The marks of each write that held any, in the order in which they were carried out."""
    last_write: int = 0
    """The highest number of a transaction that has written it."""


class People:
    """All contacts, by email and by id."""

    def __init__(self, habits: Habits, rng: Random, reached: Counter[str]) -> None:
        self._habits = habits
        self._rng = rng
        self._reached = reached
        self._contacts: dict[str, Contact] = {}
        self.created_by: dict[str, Sequence[str]] = {}
        """The marks of the write that created each contact."""
        self._by_id: dict[str, Contact] = {}

    def __len__(self) -> int:
        return len(self._contacts)

    def stored(self, email: str) -> Mapping[str, Json]:
        """The properties of a contact now; empty if nobody has this email."""
        known = self._contacts.get(email_of(email))
        return known.properties if known else {}

    def written(self, email: str) -> Sequence[Sequence[str]]:
        """The marks of each write of a contact, in the order in which they were carried out."""
        known = self._contacts.get(email_of(email))
        return known.written if known else ()

    def write(self, write: Write, number: int, at: float) -> Status:
        """Merges properties into a contact, new or known; `number` is the transaction's."""
        known = self._contacts.get(write.email)
        is_new = known is None
        if known is None:
            known = self._create(write.email, at)
            self.created_by[write.email] = write.marks
        elif number < known.last_write:
            self._reached[Rare.OVERTAKEN] += 1
        known.last_write = max(known.last_write, number)
        if write.marks:
            known.written.append(write.marks)
        is_changed = _merge(known.properties, write.properties)
        if is_new:
            return Status.CREATED
        return Status.UPDATED if is_changed else Status.NO_CHANGE

    def look_up(self, spelled: str, now: float) -> Contact | None:
        """The contact that is found by this email now."""
        email = email_of(spelled)
        known = self._contacts.get(email)
        if known is None:
            return None
        if now < known.found_from:
            self._reached[Rare.NOT_FOUND_YET] += 1
            return None
        if self._habits.exact_look_up and spelled != email:
            self._reached[Rare.OTHER_SPELLING] += 1
            return None
        return known

    def identity(self, contact: Contact, now: float) -> str:
        """The id of a contact now."""
        changes_at = self._habits.new_ids.get(contact.email)
        return _id(contact.email, is_new=changes_at is not None and now >= changes_at)

    def by_identity(self, identity: str, now: float) -> Contact | None:
        """The contact that has this id now."""
        known = self._by_id.get(identity)
        if known is None:
            return None
        if known.email in self._habits.new_ids and self.identity(known, now) != identity:
            self._reached[Rare.STALE_ID] += 1
            return None
        return known

    def _create(self, email: str, at: float) -> Contact:
        lag = self._habits.lookup_lag
        created = Contact(email, at + (self._rng.uniform(0, lag) if lag else 0.0))
        self._contacts[email] = created
        self._by_id[_id(email, is_new=False)] = created
        if email in self._habits.new_ids:
            self._by_id[_id(email, is_new=True)] = created
        return created


def email_of(spelled: str) -> str:
    """The form in which an email is known."""
    return spelled.strip().lower()


def _id(email: str, *, is_new: bool) -> str:
    person = b"new" if is_new else b""
    return blake2b(email.encode(), digest_size=_ID_BYTES, person=person).hexdigest()


def _merge(stored: JsonObject, properties: Mapping[str, Json]) -> bool:
    """Writes properties over those that are stored; returns whether that changed anything."""
    is_changed = False
    for name, value in properties.items():
        # A name that is not in snake_case is saved as null, whatever its value.
        if value is None or name != name.lower():
            is_changed = stored.pop(name, None) is not None or is_changed
        elif stored.get(name) != value:
            stored[name] = value
            is_changed = True
    return is_changed
