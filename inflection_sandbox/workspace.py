"""What the sandbox holds: people, users, orgs, memberships and activity, in SQLite.

The effects are those Inflection documents for its Segment connector: identify ties a userId to the
person with that email and fills the person's traits; track adds to product activity; group ties a
user to an org, one of many. A repeated messageId is kept as a repeat and has no effect.

The people are the Developer API's contacts: `contacts` and `lists` are that face of the workspace.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import orjson

from inflection_sandbox import contacts, journal, lists
from inflection_sandbox.journal import Kind, Outcome
from inflection_sandbox.reads import Reads

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS users (user_id TEXT PRIMARY KEY, email TEXT);
CREATE INDEX IF NOT EXISTS users_by_email ON users (email);
CREATE TABLE IF NOT EXISTS orgs (group_id TEXT PRIMARY KEY, traits TEXT);
CREATE TABLE IF NOT EXISTS members (group_id TEXT, user_id TEXT, PRIMARY KEY (group_id, user_id));
CREATE INDEX IF NOT EXISTS members_by_user ON members (user_id);
"""
_FORMAT: Final = 2
"""Of the database; a file with another one is not opened."""


class Workspace:
    """One Inflection workspace. Used by one thread."""

    def __init__(self, database: Path | None = None) -> None:
        self._db = sqlite3.connect(database or ":memory:", isolation_level=None)
        with ExitStack() as until_open:
            until_open.callback(self._db.close)
            # The counts are kept in memory, so a second sandbox must not write to the same file.
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            tables = self._one("SELECT COUNT(*) FROM sqlite_master")
            if tables and self._one("PRAGMA user_version") != _FORMAT:
                raise ValueError(
                    "The database file belongs to another version of the sandbox, or to another "
                    "program: name a new file with --database."
                )
            self._db.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA user_version={_FORMAT};"
                f"{journal.SCHEMA}{_SCHEMA}{contacts.SCHEMA}{lists.SCHEMA}"
            )
            self.journal = journal.Journal(self._db)
            self.contacts = contacts.Contacts(self._db)
            self.lists = lists.Lists(self._db)
            self.reads = Reads(self._db)
            until_open.pop_all()

    def close(self) -> None:
        """Closes the database."""
        self._db.close()

    def take(self, message: dict[str, Any]) -> Outcome:
        """Applies a valid message, unless its messageId was seen before."""
        message_id = message.get("messageId")
        if message_id is not None and self.journal.has_taken(message_id):
            return Outcome.REPEAT
        who = message.get("userId") or message.get("anonymousId")
        if message["type"] == "identify":
            email = contacts.normalised(message["traits"]["email"])
            self.contacts.identify(email, message["traits"])
            self._db.execute("INSERT OR REPLACE INTO users VALUES (?, ?)", (who, email))
        elif message["type"] == "group":
            traits = message.get("traits")
            self._merge_org(message["groupId"], traits if isinstance(traits, dict) else {})
            self._db.execute(
                "INSERT OR IGNORE INTO members VALUES (?, ?)", (message["groupId"], who)
            )
        return Outcome.ACCEPTED

    def people(self) -> Iterator[dict[str, Any]]:
        """People by email: the users they are, traits as identified, properties as contacts."""
        rows = self._db.execute("SELECT email, id, traits, properties FROM people ORDER BY email")
        for email, contact_id, traits, properties in rows:
            users = self._db.execute(
                "SELECT user_id FROM users WHERE email = ? ORDER BY user_id", (email,)
            )
            yield {
                "email": email,
                "contact_id": contact_id,
                "user_ids": [user for (user,) in users],
                "traits": orjson.loads(traits),
                "properties": orjson.loads(properties),
            }

    def orgs(self) -> Iterator[dict[str, Any]]:
        """Orgs by their id, with their members."""
        rows = self._db.execute("SELECT group_id, traits FROM orgs ORDER BY group_id")
        for group_id, traits in rows:
            members = self._db.execute(
                "SELECT user_id FROM members WHERE group_id = ? ORDER BY user_id", (group_id,)
            )
            yield {
                "group_id": group_id,
                "members": [user for (user,) in members],
                "traits": orjson.loads(traits),
            }

    def activity(self) -> Iterator[dict[str, Any]]:
        """Product activity, each user's in time order, repeats left out."""
        return self._activity("1 ORDER BY subject, happened, number")

    def activity_of(self, contact_id: str) -> Iterator[dict[str, Any]]:
        """Product activity of all the users a contact is, in time order."""
        users = "SELECT user_id FROM users JOIN people USING (email) WHERE id = ?"
        return self._activity(f"subject IN ({users}) ORDER BY happened, number", contact_id)

    def calls(self) -> Iterator[dict[str, Any]]:
        """Every message taken, in the order of arrival."""
        for number, outcome, body in self._db.execute(
            "SELECT number, outcome, body FROM calls WHERE kind IN ('identify', 'track', 'group')"
            " AND outcome IN ('accepted', 'repeat') ORDER BY number"
        ):
            repeat = outcome == Outcome.REPEAT
            yield {"number": number, "repeat": repeat, "message": orjson.loads(body)}

    def counts(self) -> dict[str, int]:
        """How many there are of everything."""
        counts = {
            table: self._one(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - names from here
            for table in ("people", "users", "orgs", "members")
        }
        tally = self.journal.tally
        taken = {
            kind: [tally.count(kind=kind, outcome=outcome) for outcome in journal.TAKEN]
            for kind in journal.MESSAGES
        }
        counts["calls"] = sum(map(sum, taken.values()))
        counts["repeats"] = sum(repeats for _accepted, repeats in taken.values())
        counts["activity"] = taken[Kind.TRACK][0]
        return {**counts, **self.contacts.counts(), **self.lists.counts()}

    def _activity(self, which: str, *values: str) -> Iterator[dict[str, Any]]:
        rows = self._db.execute(
            "SELECT subject, event, timestamp, message_id, body FROM calls"  # noqa: S608 - from here
            f" WHERE kind = 'track' AND outcome = 'accepted' AND {which}",
            values,
        )
        for user, event, timestamp, message_id, body in rows:
            yield {
                "user_id": user,
                "event": event,
                "timestamp": timestamp,
                "message_id": message_id,
                "properties": orjson.loads(body).get("properties"),
            }

    def _one(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0])

    def _merge_org(self, group_id: str, traits: dict[str, Any]) -> None:
        row = self._db.execute("SELECT traits FROM orgs WHERE group_id = ?", (group_id,)).fetchone()
        known = orjson.loads(row[0]) if row else {}
        merged = orjson.dumps({**known, **traits}).decode()
        self._db.execute("INSERT OR REPLACE INTO orgs VALUES (?, ?)", (group_id, merged))
