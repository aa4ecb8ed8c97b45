"""What the pages show of a workspace: each function is one or a few queries, however many rows.

Lists come in pages. A page begins after a place, the last row of the page before it, so that a late
page costs as little as the first.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Generic, TypeVar

import orjson

from inflection_sandbox.contacts import JsonObject, normalised, searchable

T = TypeVar("T")

PAGE_SIZE: Final = 50
LAST_NUMBER: Final = 2**63 - 1
"""The largest that SQLite has."""
_NEWEST: Final = 50


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list; `after` is where the next one begins, None on the last page."""

    rows: Sequence[T]
    after: str | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call of the journal; `body` is what was sent, None if it was not kept."""

    number: int
    at: float
    kind: str
    outcome: str
    status: int | None
    reason: str
    subject: str | None
    event: str | None
    group_id: str | None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list."""

    id: str
    email: str
    name: str
    company: str
    user_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Person:
    """Everything about a person but the activity."""

    id: str
    email: str
    user_ids: Sequence[str]
    traits: JsonObject
    properties: JsonObject
    not_in_schema: Sequence[str]
    orgs: Sequence[str]
    lists: Sequence[str]


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One track that took effect; `contact_id` is the person's, None while the user is unknown."""

    number: int
    happened: float
    timestamp: str | None
    event: str
    user_id: str
    contact_id: str | None
    email: str | None
    body: str

    @property
    def properties(self) -> JsonObject:
        """The event's properties; none if what was sent as such is not an object."""
        found = orjson.loads(self.body).get("properties")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class OrgRow:
    """An org."""

    group_id: str
    name: str
    members: int
    traits: JsonObject


@dataclass(frozen=True, slots=True)
class Member:
    """A user of an org; `contact_id` and `email` as in `ActivityRow`."""

    user_id: str
    contact_id: str | None
    email: str | None


_CALL: Final = "SELECT number, at, kind, outcome, status, reason, subject, event, group_id"
_ORG: Final = (
    "SELECT group_id, (SELECT COUNT(*) FROM members WHERE group_id = orgs.group_id), traits"
    " FROM orgs"
)
_TRACK: Final = (
    "SELECT number, happened, timestamp, event, subject, people.id, people.email, body FROM calls"
    " LEFT JOIN users ON users.user_id = subject LEFT JOIN people ON people.email = users.email"
)
_IS_TRACK: Final = "kind = 'track' AND outcome = 'accepted'"


class Reads:
    """The queries, on the workspace's database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        db.create_function("searchable", 1, searchable, deterministic=True)

    def newest_calls(self, after: int = 0) -> list[CallRow]:
        """The newest calls of those after a number, the newest first."""
        rows = self._db.execute(
            f"{_CALL} FROM calls WHERE number > ? ORDER BY number DESC LIMIT ?", (after, _NEWEST)
        )
        return [CallRow(*row) for row in rows]

    def call(self, number: int) -> CallRow | None:
        """A call with what was sent."""
        row = self._db.execute(
            f"{_CALL}, body FROM calls WHERE number = ?", (min(number, LAST_NUMBER),)
        ).fetchone()
        return CallRow(*row) if row else None

    def calls_about_org(self, group_id: str) -> list[CallRow]:
        """The newest group calls of an org."""
        rows = self._db.execute(
            f"{_CALL} FROM calls WHERE kind = 'group' AND group_id = ?"
            " ORDER BY number DESC LIMIT ?",
            (group_id, _NEWEST),
        )
        return [CallRow(*row) for row in rows]

    def people(self, sought: str, after: str) -> Listed[PersonRow]:
        """People by email: those whose email, name, company or user id holds a text."""
        found = self._db.execute(
            "SELECT id, email, properties,"
            " (SELECT json_group_array(user_id) FROM users WHERE users.email = people.email)"
            " FROM people WHERE email > ? AND (instr(sought, ?) OR email IN"
            " (SELECT email FROM users WHERE instr(searchable(user_id), ?)))"
            " ORDER BY email LIMIT ?",
            (after, *[searchable(sought)] * 2, PAGE_SIZE + 1),
        )
        rows = [
            PersonRow(
                contact_id,
                email,
                _words(properties := orjson.loads(text), "first_name", "last_name"),
                _words(properties, "company_name"),
                sorted(orjson.loads(users)),
            )
            for contact_id, email, text, users in found
        ]
        return _listed(rows, lambda row: row.email)

    def person(self, contact_id: str) -> Person | None:
        """The person with a contact id."""
        row = self._db.execute(
            "SELECT email, traits, properties FROM people WHERE id = ?", (contact_id,)
        ).fetchone()
        if row is None:
            return None
        email, traits, properties = row
        return Person(
            contact_id,
            email,
            self._column("SELECT user_id FROM users WHERE email = ? ORDER BY user_id", email),
            orjson.loads(traits),
            orjson.loads(properties),
            self._column("SELECT key FROM ignored_keys WHERE email = ? ORDER BY key", email),
            self._column(
                "SELECT DISTINCT group_id FROM members JOIN users USING (user_id)"
                " WHERE email = ? ORDER BY group_id",
                email,
            ),
            self._column(
                "SELECT name FROM list_members JOIN lists ON lists.id = list_id"
                " WHERE contact_id = ? AND NOT deleted ORDER BY name",
                contact_id,
            ),
        )

    def activity_of(self, person: Person, after: str) -> Listed[ActivityRow]:
        """A person's activity in time order."""
        which = f"subject IN ({_marks(person.user_ids)}) AND (happened, number) > (?, ?)"
        return self._tracks(which, "ASC", (*person.user_ids, *_moment(after, -inf)))

    def activity(self, event: str, person: str, after: str) -> Listed[ActivityRow]:
        """Activity, the newest first: of one event, one person (a user id or an email), or all."""
        which, wanted = "(happened, number) < (?, ?)", list[str | float](_moment(after, inf))
        if event:
            which += " AND event = ?"
            wanted.append(event)
        if person:
            users = self._users(person)
            which += f" AND subject IN ({_marks(users)})"
            wanted += users
        return self._tracks(which, "DESC", wanted)

    def _tracks(self, which: str, order: str, values: Sequence[str | float]) -> Listed[ActivityRow]:
        """A page of tracks. They are sorted by what is in an index, and looked up after that."""
        by = f"ORDER BY happened {order}, number {order}"
        page = f"SELECT number FROM calls WHERE {_IS_TRACK} AND {which} {by} LIMIT ?"  # noqa: S608 - from here
        found = self._db.execute(
            f"{_TRACK} WHERE number IN ({page}) {by}", (*values, PAGE_SIZE + 1)
        )
        rows = [ActivityRow(*row) for row in found]
        return _listed(rows, lambda row: f"{row.happened!r},{row.number}")

    def orgs(self, after: str) -> Listed[OrgRow]:
        """Orgs by their id."""
        found = self._db.execute(
            f"{_ORG} WHERE group_id > ? ORDER BY group_id LIMIT ?", (after, PAGE_SIZE + 1)
        )
        return _listed([_org(*row) for row in found], lambda row: row.group_id)

    def org(self, group_id: str) -> OrgRow | None:
        """The org with this id."""
        row = self._db.execute(f"{_ORG} WHERE group_id = ?", (group_id,)).fetchone()
        return _org(*row) if row else None

    def members(self, group_id: str, after: str) -> Listed[Member]:
        """The users of an org by their id."""
        found = self._db.execute(
            "SELECT members.user_id, people.id, people.email FROM members"
            " LEFT JOIN users ON users.user_id = members.user_id"
            " LEFT JOIN people ON people.email = users.email"
            " WHERE group_id = ? AND members.user_id > ? ORDER BY members.user_id LIMIT ?",
            (group_id, after, PAGE_SIZE + 1),
        )
        return _listed([Member(*row) for row in found], lambda row: row.user_id)

    def ignored_keys(self) -> dict[str, int]:
        """Keys of contacts that are not in the published schema, with their numbers of contacts."""
        return dict(
            self._db.execute(
                "SELECT key, COUNT(*) FROM ignored_keys GROUP BY key ORDER BY key"
            ).fetchall()
        )

    def _users(self, person: str) -> list[str]:
        """The user ids that a user id or an email stands for."""
        users = self._column("SELECT user_id FROM users WHERE email = ?", normalised(person))
        return list({*users, person})

    def _column(self, query: str, value: str) -> list[str]:
        return [found for (found,) in self._db.execute(query, (value,))]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _org(group_id: str, members: int, traits: str) -> OrgRow:
    known = orjson.loads(traits)
    return OrgRow(group_id, _words(known, "name"), members, known)


def _words(values: JsonObject, *names: str) -> str:
    """The texts among some values, with a space between them."""
    return " ".join(value for name in names if isinstance(value := values.get(name), str))


def _moment(after: str, otherwise: float) -> tuple[float, int]:
    """The place that `_activity` wrote; one that can't be read is the beginning."""
    happened, _, number = after.partition(",")
    try:
        return float(happened), max(0, min(int(number), LAST_NUMBER))
    except ValueError:
        return otherwise, 0


def _listed(rows: Sequence[T], place: Callable[[T], str]) -> Listed[T]:
    shown = rows[:PAGE_SIZE]
    return Listed(shown, place(shown[-1]) if len(rows) > PAGE_SIZE else None)
