"""People, as the Developer API calls them: contacts; and the transactions that write them.

A person is known by the email, trimmed and in lower case. A write is applied at once, but what
became of it is told only when its transaction has settled. Not documented, and so the sandbox's
own: a null is stored like any value, and an email without an `@` ends as FAILED. Of an identify's
traits only text becomes a property that is documented as text.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from time import time
from typing import Any, Final, TypeAlias
from uuid import uuid4

import orjson

JsonObject: TypeAlias = dict[str, Any]

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS people (
    email TEXT PRIMARY KEY, id TEXT UNIQUE, traits TEXT, properties TEXT, sought TEXT
);
CREATE TABLE IF NOT EXISTS ignored_keys (
    email TEXT, key TEXT, PRIMARY KEY (email, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transactions (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, operation TEXT, settles_at REAL,
    written INTEGER, failed INTEGER, results TEXT
);
"""

SOURCE: Final = "_source"
"""The property that says where a contact was written; only Inflection sets it."""

# Reserved traits "populate the Person DB"; these are the ones whose property is documented.
_RESERVED: Final = {"firstName": "first_name", "lastName": "last_name", "phone": "phone_number"}

_NAMES: Final = ("first_name", "last_name", "company_name")
"""The properties that a search for a person looks at."""


class Operation(StrEnum):
    """What a transaction does with a contact: `CREATE` fails if it is known already."""

    CREATE = "create"
    UPDATE = "update"
    BATCH = "batch"


class Verdict(StrEnum):
    """What became of one contact."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    NO_CHANGE = "NO_CHANGE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it is stored."""

    id: str
    email: str
    properties: JsonObject


@dataclass(frozen=True, slots=True)
class Change:
    """A contact to write: the email as it was sent. One that is `doomed` ends as FAILED.

    `ignored` are the keys that came with it and are not in the published schema.
    """

    email: str
    properties: JsonObject
    doomed: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delays:
    """When a transaction settles, and when those that it created are found.

    It settles `settle_ms` after it was taken, and not before `queue_ms` after the one before it
    (0: all at once). A look-up by email finds a new contact `lookup_lag` seconds after that.
    """

    settle_ms: float
    queue_ms: float
    lookup_lag: float


class Contacts:
    """The contacts of a workspace, in its database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._found_from: dict[str, float] = {}
        """From when a look-up by email finds those who were created in this run."""

    def identify(self, email: str, traits: JsonObject) -> None:
        """Merges the traits an identify brought for a person, new or known."""
        key = normalised(email)
        row = self._db.execute(
            "SELECT traits, properties FROM people WHERE email = ?", (key,)
        ).fetchone()
        known, properties = map(orjson.loads, row or ("{}", "{}"))
        reserved = {
            name: traits[trait]
            for trait, name in _RESERVED.items()
            if isinstance(traits.get(trait), str)
        }
        self._store(key, _text({**known, **traits}), {**properties, **reserved})

    def take(
        self,
        operation: Operation,
        changes: Sequence[Change],
        delays: Delays,
    ) -> str:
        """Writes contacts in one transaction, which settles later; returns its id."""
        with self._db:
            self._db.execute("BEGIN")
            verdicts = [self._write(operation, change) for change in changes]
            failed = verdicts.count(Verdict.FAILED)
            results = [
                {"email": change.email, "status": verdict}
                for change, verdict in zip(changes, verdicts, strict=True)
            ]
            last, before = self._db.execute(
                "SELECT COALESCE(MAX(number), 0), COALESCE(MAX(settles_at), 0) FROM transactions"
            ).fetchone()
            queue_ms = delays.queue_ms
            settles_at = max(
                time() + delays.settle_ms / 1000, queue_ms and before + queue_ms / 1000
            )
            for change, verdict in zip(changes, verdicts, strict=True):
                if delays.lookup_lag and verdict is Verdict.CREATED:
                    self._found_from[normalised(change.email)] = settles_at + delays.lookup_lag
            transaction_id = f"{last + 1}-{uuid4()}"
            self._db.execute(
                "INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    last + 1,
                    transaction_id,
                    operation,
                    settles_at,
                    len(verdicts) - failed,
                    failed,
                    _text(results),
                ),
            )
        return transaction_id

    def transaction(self, transaction_id: str) -> JsonObject:
        """How a transaction stands, in the API's words."""
        row = self._db.execute(
            "SELECT settles_at, results FROM transactions WHERE id = ?", (transaction_id,)
        ).fetchone()
        if row is None:
            return {"transactionId": transaction_id, "status": "NOT_EXIST"}
        if time() < row[0]:
            return {"transactionId": transaction_id, "status": "PENDING"}
        results = {"results": orjson.loads(row[1])}
        return {"transactionId": transaction_id, "status": "DONE", "data": results}

    def by_id(self, contact_id: str) -> Contact | None:
        """The contact with this id."""
        return self._find("SELECT id, email, properties FROM people WHERE id = ?", contact_id)

    def by_email(self, email: str) -> Contact | None:
        """The contact with this email, in any case, unless look-ups lag behind."""
        key = normalised(email)
        if time() < self._found_from.get(key, 0.0):
            return None
        return self._find("SELECT id, email, properties FROM people WHERE email = ?", key)

    def counts(self) -> dict[str, int]:
        """What was written: rows taken and failed, repeats too; transactions and batches."""
        counts = self._db.execute(
            "SELECT TOTAL(written), TOTAL(failed), COUNT(*), TOTAL(operation = ?)"
            " FROM transactions",
            (Operation.BATCH,),
        ).fetchone()
        names = ("contacts_written", "contacts_failed", "transactions", "batches")
        return {name: int(count) for name, count in zip(names, counts, strict=True)}

    def _write(self, operation: Operation, change: Change) -> Verdict:
        key = normalised(change.email)
        row = self._db.execute(
            "SELECT traits, properties FROM people WHERE email = ?", (key,)
        ).fetchone()
        if change.doomed or "@" not in key or (row and operation is Operation.CREATE):
            return Verdict.FAILED
        if change.ignored:
            self._db.executemany(
                "INSERT OR IGNORE INTO ignored_keys VALUES (?, ?)",
                [(key, each) for each in change.ignored],
            )
        traits, known = row or ("{}", "{}")
        merged = orjson.loads(known)
        for name, value in change.properties.items():
            if name != SOURCE:
                # Documented: a key that is not snake_case is silently saved as null.
                merged[name] = value if name == name.lower() else None
        if row and _text(merged) == known:
            return Verdict.NO_CHANGE
        self._store(key, traits, {**merged, SOURCE: "api"})
        return Verdict.UPDATED if row else Verdict.CREATED

    def _store(self, email: str, traits: str, properties: JsonObject) -> None:
        names = [value for name in _NAMES if isinstance(value := properties.get(name), str)]
        self._db.execute(
            "INSERT INTO people VALUES (?, ?, ?, ?, ?) ON CONFLICT (email) DO UPDATE SET"
            " traits = excluded.traits, properties = excluded.properties, sought = excluded.sought",
            (
                email,
                contact_id(email),
                traits,
                _text(properties),
                searchable(" ".join([email, *names])),
            ),
        )

    def _find(self, query: str, value: str) -> Contact | None:
        row = self._db.execute(query, (value,)).fetchone()
        return Contact(row[0], row[1], orjson.loads(row[2])) if row else None


def normalised(email: str) -> str:
    """The form a person is known by."""
    return email.strip().lower()


def searchable(text: str) -> str:
    """The form in which texts are compared by a search."""
    return text.strip().casefold()


def contact_id(email: str) -> str:
    """32 hex digits, the same in every run, so that a sandbox may be started anew."""
    return blake2b(email.encode(), digest_size=16).hexdigest()


def _text(value: object) -> str:
    return orjson.dumps(value).decode()
