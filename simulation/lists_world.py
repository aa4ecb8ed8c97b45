"""The world's static lists: who is a member, and who has joined and left in which order. Pure."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from simulation.contacts_world import People
from simulation.developer_habits import Habits, Rare


class Move(NamedTuple):
    """A contact that joined a list or left it."""

    email: str
    joins: bool


class Added(NamedTuple):
    """What became of contact ids that were to be added."""

    new: int
    """Members that were none before."""
    known: Sequence[str]
    """The emails of those that are members now, whether they were before or not."""
    unknown: Sequence[str]
    """The ids that no contact has."""


class Lists:
    """All lists. A member that is added again changes nothing."""

    def __init__(self, habits: Habits, people: People, reached: Counter[str]) -> None:
        self._habits = habits
        self._people = people
        self._reached = reached
        self._members: dict[str, set[str]] = {}
        self._history: dict[str, list[Move]] = {}

    def is_there(self, list_id: str, now: float) -> bool:
        """Whether there is such a list now."""
        gone_at = self._habits.gone.get(list_id)
        if gone_at is not None and now >= gone_at:
            self._reached[Rare.LIST_GONE] += 1
            return False
        return list_id in self._habits.lists

    def members(self, list_id: str) -> set[str]:
        """The emails of a list's members now."""
        return set(self._members.get(list_id, ()))

    def history(self, list_id: str) -> Sequence[Move]:
        """All that was carried out on a list, the oldest first, with what changed nothing."""
        return self._history.get(list_id, ())

    def add(self, list_id: str, identities: Sequence[str], now: float) -> Added:
        """Adds the contacts that there are."""
        members = self._members.setdefault(list_id, set())
        history = self._history.setdefault(list_id, [])
        before = len(members)
        known: list[str] = []
        unknown: list[str] = []
        for identity in identities:
            contact = self._people.by_identity(identity, now)
            if contact is None:
                self._reached[Rare.UNKNOWN_MEMBER] += 1
                unknown.append(identity)
                continue
            members.add(contact.email)
            history.append(Move(contact.email, joins=True))
            known.append(contact.email)
        return Added(len(members) - before, known, unknown)

    def remove(self, list_id: str, identity: str, now: float) -> tuple[str | None, bool]:
        """Takes a contact off a list; returns its email, if known, and whether it was on it."""
        contact = self._people.by_identity(identity, now)
        members = self._members.get(list_id, set())
        if contact is None or contact.email not in members:
            self._reached[Rare.NOT_A_MEMBER] += 1
            return (contact.email if contact else None), False
        members.remove(contact.email)
        self._history.setdefault(list_id, []).append(Move(contact.email, joins=False))
        return contact.email, True
