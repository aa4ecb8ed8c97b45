"""How the rows of one stream become one kind of call: compiled once, run for each row.

A row yields a call, or a reject that says what is missing, or a skip. Rows are only read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.arrangement import Arranged
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject, Skip, encode
from destination_inflection.mapping.columns import DELETED_AT, Column
from destination_inflection.mapping.message_ids import MessageId
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import CallKind
from destination_inflection.mapping.timestamps import from_milliseconds, to_utc
from destination_inflection.mapping.values import (
    NoId,
    clean_email,
    clean_event,
    clean_id,
    is_blank,
)

Arrange: TypeAlias = Callable[[Row], Arranged | Reject | Skip]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Every column here is tried in order; `event` is a fixed name, else the columns say it.

    An audience call (`is_audience`) is an identify whose only traits are memberships: it goes out
    without an email when the row has none, and a deleted row means "no member" instead of nothing.
    """

    kind: CallKind
    user_id: tuple[Column, ...]
    anonymous_id: tuple[Column, ...]
    group_id: tuple[Column, ...]
    email: tuple[Column, ...]
    event: str | tuple[Column, ...]
    timestamp: tuple[Column, ...]
    message_id: MessageId
    arrange: Arrange
    is_audience: bool = False

    def map(self, row: Row, emitted_at: int | None) -> Mapped:
        """Maps one row; `emitted_at` (epoch ms) is its time when it holds no other."""
        if not self.is_audience and row.get(DELETED_AT) is not None:
            return Skip(SkipReason.DELETED)
        user = _first_id(self.user_id, row)
        anonymous = _first_id(self.anonymous_id, row) if self.anonymous_id else NoId.ABSENT
        if not isinstance(user, str) and (fault := self._identity_fault(user, anonymous)):
            return fault
        arranged = self.arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        message_id = self.message_id(row)
        message: JsonObject = {"type": str(self.kind), "messageId": message_id}
        moment, unread = self._moment(row, emitted_at)
        if moment is not None:
            message["timestamp"] = moment
        if isinstance(user, str):
            message["userId"] = user
        if isinstance(anonymous, str):
            message["anonymousId"] = anonymous
        if fault := self._fill(message, row, arranged):
            return fault
        body = encode(message)
        if isinstance(body, Reject):
            return body
        identity = user if isinstance(user, str) else str(anonymous)
        return Call(self.kind, identity, message_id, body, unread + arranged.unreadable)

    def _identity_fault(self, user: NoId, anonymous: str | NoId) -> Reject | None:
        if isinstance(anonymous, str) and self.kind is not CallKind.GROUP:
            # A word that stands for "nobody" is no user id; the anonymous id still says who.
            return Reject(Reason.INVALID_ID, _names(self.user_id)) if user is NoId.WRONG else None
        if user is NoId.ABSENT and (anonymous is NoId.ABSENT or self.kind is CallKind.GROUP):
            return Reject(Reason.MISSING_USER_ID, _names(self.user_id or self.anonymous_id))
        faulty = self.anonymous_id if user is NoId.ABSENT else self.user_id
        return Reject(Reason.INVALID_ID, _names(faulty))

    def _fill(self, message: JsonObject, row: Row, arranged: Arranged) -> Reject | None:
        """Adds what the kind of call asks for; a reject when the row lacks it."""
        context, body = arranged.context, arranged.body
        email: str | Reject | None = _first_email(self.email, row) if self.email else None
        optional = self.is_audience or self.kind is not CallKind.IDENTIFY
        if isinstance(email, Reject):
            if not (optional and email.reason is Reason.MISSING_EMAIL):
                return email
            email = None
        if self.kind is CallKind.IDENTIFY:
            message["traits"] = body if email is None else {**body, "email": email}
        elif self.kind is CallKind.TRACK:
            event = self.event if isinstance(self.event, str) else _first_event(self.event, row)
            if event is None:
                return Reject(Reason.MISSING_EVENT, _names(self.event))
            message["event"] = event
            message["properties"] = body
        else:
            group = _first_id(self.group_id, row)
            if isinstance(group, NoId):
                absent = group is NoId.ABSENT
                reason = Reason.MISSING_GROUP_ID if absent else Reason.INVALID_ID
                return Reject(reason, _names(self.group_id))
            message["groupId"] = group
            message["traits"] = body
        if email is not None and self.kind is not CallKind.IDENTIFY:
            # Traits of the user on another call travel in the context (Segment's common fields).
            traits = context.get("traits")
            context["traits"] = {**(traits if isinstance(traits, dict) else {}), "email": email}
        context["library"] = LIBRARY
        message["context"] = context
        return None

    def _moment(self, row: Row, emitted_at: int | None) -> tuple[str | None, tuple[str, ...]]:
        """The row's time, and the columns that hold one nobody can read."""
        unread: tuple[str, ...] = ()
        for source in self.timestamp:
            value = source.read(row)
            if (moment := to_utc(value)) is not None:
                return moment, unread
            if not is_blank(value):
                unread = (*unread, source.name)
        return (None if emitted_at is None else from_milliseconds(emitted_at)), unread


def _first_id(columns: tuple[Column, ...], row: Row) -> str | NoId:
    """The first usable id; a value of a wrong type ends the search, it may be the real one."""
    found = NoId.ABSENT
    for source in columns:
        value = clean_id(source.read(row))
        if isinstance(value, str) or value is NoId.WRONG:
            return value
        if value is NoId.BLOCKED:
            found = value
    return found


def _first_email(columns: tuple[Column, ...], row: Row) -> str | Reject:
    blank = True
    for source in columns:
        value = source.read(row)
        if (email := clean_email(value)) is not None:
            return email
        blank = blank and is_blank(value)
    return Reject(Reason.MISSING_EMAIL if blank else Reason.INVALID_EMAIL, _names(columns))


def _first_event(columns: tuple[Column, ...], row: Row) -> str | None:
    for source in columns:
        if (name := clean_event(source.read(row))) is not None:
            return name
    return None


def _names(columns: str | tuple[Column, ...]) -> str | None:
    if isinstance(columns, str):
        return None
    return ", ".join(source.name for source in columns) or None
