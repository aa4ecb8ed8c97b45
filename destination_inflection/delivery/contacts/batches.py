"""Batches: the rows of many emails, collected to be sent in one request. Pure.

An email stands in a batch once: its rows are merged, the newest value of each property winning. The
newest is the one with the latest cursor or, where cursors can't be compared, the one read last.
The rows stay apart inside, so that each of them gets its own verdict when the merged contact is
refused. Limits: Inflection's API takes 1,000 contacts a batch; how many bytes it takes is not
documented, so the cap is our own choice and an answer of 413 halves what was sent.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final, Generic, NamedTuple, TypeVar

from destination_inflection.delivery.contacts.remarks import Remark
from destination_inflection.delivery.seam import Cursor
from destination_inflection.json_types import JsonObject

MOST_CONTACTS: Final = 1_000
MOST_BYTES: Final = 4 * 1024 * 1024
LONGEST_WAIT_SECONDS: Final = 10.0
"""A row waits no longer for others to come: long enough to fill batches from a slow source, short
next to the minutes after which Airbyte wants a checkpoint."""
CONTACTS: Final = ""
"""The channel of contacts; every other channel but the next is the id of a static list."""
IF_KNOWN: Final = "\0if known"
"""The channel of contacts that are changed only if Inflection has them. No id holds a NUL."""

T = TypeVar("T")


class Row(NamedTuple, Generic[T]):
    """One call, and the ticket it was handed in with. A tuple, because one is made for each."""

    body: bytes
    ticket: T
    cursor: Cursor | None = None


@dataclass(slots=True, eq=False)
class Batch(Generic[T]):
    """The rows of each email; `channel` is `CONTACTS`, `IF_KNOWN` or the list they are for.

    While it is open they are in the order they were read, once it is closed the newest is the last.
    """

    channel: str
    opened_at: float
    rows: dict[str, list[Row[T]]] = field(default_factory=dict)
    size: int = 0
    is_open: bool = True
    is_taken: bool = False
    """Whether Inflection has taken it, so that only its verdict is waited for."""
    sent_again: bool = False
    """Whether these emails were in a batch whose transaction left open what became of them."""
    remarks: tuple[Remark, ...] = ()
    """The errors that came with its transaction."""
    spelled: dict[str, str] = field(default_factory=dict)
    """How to write an email, where that is not as its newest row does."""

    def add(self, email: str, row: Row[T]) -> None:
        """Puts a row in, after those of the same email."""
        known = self.rows.get(email)
        if known is None:
            self.rows[email] = [row]
        else:
            known.append(row)
        self.size += len(row.body)

    def close(self) -> None:
        """Ends the collecting."""
        self.is_open = False
        for email, rows in self.rows.items():
            if len(rows) > 1:
                self.rows[email] = by_age(rows)

    def hurry(self) -> None:
        """Lets it go out at once."""
        self.opened_at = -inf

    @property
    def due(self) -> float:
        """When it has to go out, full or not."""
        return self.opened_at + LONGEST_WAIT_SECONDS

    def is_full(self, most_bytes: int = MOST_BYTES) -> bool:
        """Whether it has to go out before more is put in."""
        return len(self.rows) >= MOST_CONTACTS or self.size >= most_bytes

    def body(self) -> bytes:
        """The request that upserts these contacts."""
        contacts = [
            spelled_as(self.spelled[email], merged(rows)) if email in self.spelled else merged(rows)
            for email, rows in self.rows.items()
        ]
        return b'{"contacts":[' + b",".join(contacts) + b"]}"

    def part(self, emails: Sequence[str]) -> "Batch[T]":
        """A closed batch of some of its emails."""
        rows = {email: self.rows[email] for email in emails}
        size = sum(len(row.body) for each in rows.values() for row in each)
        return Batch(
            self.channel,
            self.opened_at,
            rows,
            size,
            is_open=False,
            sent_again=self.sent_again,
            spelled={email: self.spelled[email] for email in emails if email in self.spelled},
        )


def by_age(rows: Sequence[Row[T]]) -> list[Row[T]]:
    """The rows with the newest last: those of one kind of cursor change places among themselves."""
    ordered = list(rows)
    for kind in {row.cursor[0] for row in rows if row.cursor is not None}:
        cursors = [(row.cursor, place) for place, row in enumerate(rows) if row.cursor is not None]
        alike = [(cursor, place) for cursor, place in cursors if cursor[0] == kind]
        for (_, place), (_, oldest) in zip(alike, sorted(alike), strict=True):
            ordered[place] = rows[oldest]
    return ordered


def merged(rows: Sequence[Row[T]]) -> bytes:
    """One contact of all its rows, the newest last: its email as spelled, the newest properties."""
    if len(rows) == 1:
        return rows[0].body
    properties: JsonObject = {}
    contact: JsonObject = {}
    for row in rows:
        contact = json.loads(row.body)  # not orjson, which rounds very large integers
        newer = contact.get("properties")
        if isinstance(newer, dict):
            properties.update(newer)
    contact["properties"] = properties
    return _written(contact)


def spelled_as(email: str, contact: bytes) -> bytes:
    """The contact with its email spelled so."""
    return _written({**json.loads(contact), "email": email})


def _written(contact: JsonObject) -> bytes:
    return json.dumps(contact, ensure_ascii=False, separators=(",", ":")).encode()
