"""Static lists and their members.

Not documented, and so the sandbox's own: the name of a deleted list is free again, and one who is
a member already is not added a second time.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import orjson

from inflection_sandbox.contacts import Contact, JsonObject

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS lists (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT, folder TEXT, deleted INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS list_members (
    number INTEGER PRIMARY KEY, list_id TEXT, contact_id TEXT, UNIQUE (list_id, contact_id)
);
CREATE INDEX IF NOT EXISTS lists_by_contact ON list_members (contact_id);
"""


@dataclass(frozen=True, slots=True)
class StaticList:
    """A list that is not deleted."""

    id: str
    name: str
    folder: str | None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of contact ids: how many were added, and those nobody has."""

    count: int
    unknown: Sequence[str]


class Lists:
    """The lists of a workspace, in its database. A deleted list is kept and no longer found."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def create(self, name: str, folder: str | None) -> StaticList | None:
        """A new list; None if another has the name."""
        if self._holder(name) is not None:
            return None
        created = StaticList(uuid4().hex, name, folder)
        self._db.execute(
            "INSERT INTO lists (id, name, folder) VALUES (?, ?, ?)", (created.id, name, folder)
        )
        return created

    def find(self, list_id: str) -> StaticList | None:
        """The list with this id."""
        row = self._db.execute(
            "SELECT id, name, folder FROM lists WHERE id = ? AND NOT deleted", (list_id,)
        ).fetchone()
        return StaticList(*row) if row else None

    def rename(self, known: StaticList, name: str) -> StaticList | None:
        """The list under its new name; None if another has the name."""
        if self._holder(name) not in (None, known.id):
            return None
        self._db.execute("UPDATE lists SET name = ? WHERE id = ?", (name, known.id))
        return StaticList(known.id, name, known.folder)

    def delete(self, known: StaticList) -> None:
        """Marks a list as deleted."""
        self._db.execute("UPDATE lists SET deleted = 1 WHERE id = ?", (known.id,))

    def members(self, known: StaticList) -> list[Contact]:
        """The members in the order they were added."""
        rows = self._db.execute(
            "SELECT people.id, people.email, people.properties FROM list_members"
            " JOIN people ON people.id = contact_id WHERE list_id = ? ORDER BY number",
            (known.id,),
        )
        return [Contact(key, email, orjson.loads(text)) for key, email, text in rows]

    def add(self, known: StaticList, contact_ids: Sequence[str]) -> Added:
        """Adds the contacts there are."""
        count, unknown = 0, []
        with self._db:
            self._db.execute("BEGIN")
            for contact_id in contact_ids:
                found = self._db.execute("SELECT 1 FROM people WHERE id = ?", (contact_id,))
                if found.fetchone() is None:
                    unknown.append(contact_id)
                    continue
                count += self._db.execute(
                    "INSERT OR IGNORE INTO list_members (list_id, contact_id) VALUES (?, ?)",
                    (known.id, contact_id),
                ).rowcount
        return Added(count, unknown)

    def remove(self, known: StaticList, contact_id: str) -> bool:
        """Takes a contact off a list; returns whether it was on it."""
        removed = self._db.execute(
            "DELETE FROM list_members WHERE list_id = ? AND contact_id = ?", (known.id, contact_id)
        )
        return removed.rowcount > 0

    def lists(self) -> Iterator[JsonObject]:
        """Lists in the order they were made, with the emails of their members."""
        for row in self._db.execute(
            "SELECT id, name, folder FROM lists WHERE NOT deleted ORDER BY number"
        ):
            found = StaticList(*row)
            members = [member.email for member in self.members(found)]
            yield {
                "id": found.id,
                "name": found.name,
                "folder": found.folder,
                "members": members,
            }

    def counts(self) -> dict[str, int]:
        """How many lists and members there are, without deleted lists and their members."""
        counts = self._db.execute(
            "SELECT COUNT(DISTINCT lists.id), COUNT(contact_id) FROM lists"
            " LEFT JOIN list_members ON list_id = lists.id WHERE NOT deleted"
        ).fetchone()
        return {"lists": counts[0], "list_members": counts[1]}

    def _holder(self, name: str) -> str | None:
        row = self._db.execute(
            "SELECT id FROM lists WHERE name = ? AND NOT deleted", (name,)
        ).fetchone()
        return row[0] if row else None
