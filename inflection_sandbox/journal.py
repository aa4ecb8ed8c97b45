"""Every call the sandbox was asked to take, and what became of it, in SQLite; and their counts.

A call is a message to the event endpoint, a write to the Developer API, or a read that was refused.
The rows of messages that took effect are the workspace's product activity, too, and keep what was
sent. Of all others only the newest keep it, so that a long run with large batches stays small.
"""

import sqlite3
from collections import Counter, deque
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from math import floor
from time import time
from typing import Final, TypeAlias

from inflection_sandbox.instants import instant

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY, at REAL, kind TEXT, outcome TEXT, status INTEGER, reason TEXT,
    subject TEXT, event TEXT, group_id TEXT, message_id TEXT, timestamp TEXT, happened REAL,
    body TEXT
);
CREATE INDEX IF NOT EXISTS calls_by_id ON calls (message_id) WHERE outcome = 'accepted';
CREATE INDEX IF NOT EXISTS calls_by_org ON calls (group_id, number) WHERE kind = 'group';
CREATE INDEX IF NOT EXISTS activity_by_time ON calls (happened, number)
    WHERE kind = 'track' AND outcome = 'accepted';
CREATE INDEX IF NOT EXISTS activity_by_event ON calls (event, happened, number)
    WHERE kind = 'track' AND outcome = 'accepted';
CREATE INDEX IF NOT EXISTS activity_by_user ON calls (subject, happened, number)
    WHERE kind = 'track' AND outcome = 'accepted';
"""

_BODIES_KEPT: Final = 500
"""Of calls that are not product activity."""
_SECONDS_KEPT: Final = 3600
_MOST_EVENTS: Final = 100


class Kind(StrEnum):
    """What a call is."""

    IDENTIFY = "identify"
    TRACK = "track"
    GROUP = "group"
    CONTACTS = "contacts"
    CONTACT = "contact"
    LIST = "list"
    READ = "read"
    OTHER = "other"


MESSAGES: Final = (Kind.IDENTIFY, Kind.TRACK, Kind.GROUP)


class Outcome(StrEnum):
    """What became of a call: `REPEAT` was taken and had no effect, `FAULT` was not taken."""

    ACCEPTED = "accepted"
    REPEAT = "repeat"
    REFUSED = "refused"
    FAULT = "fault"


TAKEN: Final = (Outcome.ACCEPTED, Outcome.REPEAT)
_ACTIVITY: Final = (Kind.TRACK, Outcome.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Call:
    """What a call says of itself, as far as it can be read; `subject` is whom or what it is about.

    A message's subject is its user. `timestamp` is text as it was sent.
    """

    kind: Kind
    body: bytes
    subject: str | None = None
    event: str | None = None
    group_id: str | None = None
    message_id: str | None = None
    timestamp: str | None = None


Second: TypeAlias = tuple[int, Counter[Outcome]]


class Tally:
    """The counts of all calls in the journal, and of each second of the last hour of calls."""

    def __init__(self) -> None:
        self.last = 0
        """The number of the newest call."""
        self._kinds: Counter[tuple[Kind, Outcome]] = Counter()
        self._reasons: Counter[str] = Counter()
        self._seconds: deque[Second] = deque()
        self._events: Counter[str] = Counter()

    def add(self, number: int, at: float, kind: Kind, outcome: Outcome, reason: str) -> None:
        """Counts a call, which is newer than those before."""
        self.last = number
        self._kinds[kind, outcome] += 1
        if reason:
            self._reasons[reason] += 1
        second = floor(at)
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append((second, Counter()))
            while self._seconds[0][0] <= second - _SECONDS_KEPT:
                self._seconds.popleft()
        self._seconds[-1][1][outcome] += 1

    def add_event(self, event: str) -> None:
        """Counts the event of a track that took effect."""
        self._events[event] += 1

    def count(self, *, kind: Kind | None = None, outcome: Outcome | None = None) -> int:
        """How many calls there are of a kind, with an outcome, or both."""
        return sum(
            count
            for (its_kind, its_outcome), count in self._kinds.items()
            if kind in (None, its_kind) and outcome in (None, its_outcome)
        )

    def reasons(self) -> dict[str, int]:
        """Why calls were not accepted, the most frequent first."""
        return dict(sorted(self._reasons.items(), key=lambda item: (-item[1], item[0])))

    def events(self) -> dict[str, int]:
        """The most frequent events of tracks that took effect."""
        most = nsmallest(_MOST_EVENTS, self._events.items(), key=lambda item: (-item[1], item[0]))
        return dict(most)

    def seconds(self) -> tuple[Second, ...]:
        """The seconds with calls, in order, with the calls of each by outcome."""
        return tuple(self._seconds)


class Journal:
    """The calls of a workspace, in its database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.tally = Tally()
        self._bodies: deque[int] = deque()
        for number, at, kind, outcome, reason, event, is_dropped in db.execute(
            "SELECT number, at, kind, outcome, reason, event, body IS NULL FROM calls"
            " ORDER BY number"
        ):
            self.tally.add(number, at, Kind(kind), Outcome(outcome), reason)
            if event is not None and (kind, outcome) == _ACTIVITY:
                self.tally.add_event(event)
            if not (is_dropped or _is_kept(kind, outcome)):
                self._bodies.append(number)

    def has_taken(self, message_id: str) -> bool:
        """Whether a message with this id took effect."""
        row = self._db.execute(
            "SELECT 1 FROM calls WHERE message_id = ? AND outcome = 'accepted'", (message_id,)
        ).fetchone()
        return row is not None

    def note(self, call: Call, outcome: Outcome, status: int | None, reason: str = "") -> None:
        """Adds a call. `status` is None if it got no answer; `reason` says why that is no 2xx."""
        now = time()
        row = self._db.execute(
            "INSERT INTO calls (at, kind, outcome, status, reason, subject, event, group_id,"
            " message_id, timestamp, happened, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now,
                call.kind.value,  # to SQLite, an enum's member is a type to look up each time
                outcome.value,
                status,
                reason,
                call.subject,
                call.event,
                call.group_id,
                call.message_id,
                call.timestamp,
                now if (moment := instant(call.timestamp)) is None else moment.timestamp(),
                call.body.decode(errors="replace"),
            ),
        )
        number = row.lastrowid or 0
        self.tally.add(number, now, call.kind, outcome, reason)
        if call.event is not None and (call.kind, outcome) == _ACTIVITY:
            self.tally.add_event(call.event)
        if not _is_kept(call.kind, outcome):
            self._bodies.append(number)
            if len(self._bodies) > _BODIES_KEPT:
                self._db.execute(
                    "UPDATE calls SET body = NULL WHERE number = ?", (self._bodies.popleft(),)
                )


def _is_kept(kind: str, outcome: str) -> bool:
    return kind in MESSAGES and outcome in TAKEN
