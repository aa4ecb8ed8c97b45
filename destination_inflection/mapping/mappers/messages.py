"""How the rows of one stream become one kind of call: compiled once, run for each row.

A row yields a call, or a reject that says what is missing, or a skip. Rows are only read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.calls import LIBRARY, Call, Mapped, Reject, Skip, encode
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.message_ids import MessageId
from destination_inflection.mapping.mappers.sealing import (
    QUOTE_IN_TEXT,
    without_told_credentials,
)
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.tables.deletion import Deleted
from destination_inflection.mapping.values.emails import clean_email
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.ids import (
    NoId,
    clean_event,
    clean_id,
)
from destination_inflection.mapping.values.timestamps import (
    ReadTime,
    from_milliseconds,
    is_no_time,
    to_utc,
)

_ABSENT: Final = NoId.ABSENT

Mapper: TypeAlias = Callable[[Row, "int | None"], Mapped]
Filled: TypeAlias = "Reject | tuple[str, ...]"
Filler: TypeAlias = Callable[[JsonObject, Row, JsonObject, JsonObject], Filled]
"""Adds to a message what its kind of call asks for; a reject when the row lacks it.

Otherwise the columns whose values were left out, as they could not be read.
"""
Arrange: TypeAlias = Callable[[Row], Arranged | Reject | Skip]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """Every column here is tried in order; `event_name` is for rows whose `event` is empty.

    An audience call (`is_audience`) is an identify whose only traits are memberships: a deleted row
    means "no member" instead of nothing.
    """

    kind: CallKind
    user_id: tuple[Column, ...]
    anonymous_id: tuple[Column, ...]
    group_id: tuple[Column, ...]
    email: tuple[Column, ...]
    event: tuple[Column, ...]
    timestamp: tuple[Column, ...]
    message_id: MessageId
    arrange: Arrange
    is_deleted: Deleted
    read_time: ReadTime = to_utc
    needs_time: bool = False
    """Whether a row whose time columns give no time is a reject."""
    cursor: Column | None = None
    """By what a source knows newer rows, where it says so."""
    event_name: str | None = None
    is_audience: bool = False
    list_id: str | None = None


def mapper_of(plan: CallPlan) -> Mapper:  # noqa: C901 - one path, run once a record
    """The function that maps one row by this plan; it takes `read_at` in epoch milliseconds.

    A closure, not a method: it runs once a record, and what it needs is at hand as local names.
    """
    kind, type_name, is_audience = plan.kind, str(plan.kind), plan.is_audience
    user_ids, anonymous_ids, times = plan.user_id, plan.anonymous_id, plan.timestamp
    arrange, message_id_of = plan.arrange, plan.message_id
    fill, is_deleted = _FILLERS[kind](plan), plan.is_deleted
    first_time = times[0].read if times else lambda _row: None
    read_time, needs_time, is_track = plan.read_time, plan.needs_time, kind is CallKind.TRACK
    is_group = kind is CallKind.GROUP

    def map_row(row: Row, read_at: int | None) -> Mapped:  # noqa: C901, PLR0912 - as above
        if not is_audience and is_deleted(row):
            return Skip(SkipReason.DELETED)
        user = _first_id(user_ids, row)
        anonymous = _first_id(anonymous_ids, row) if anonymous_ids else _ABSENT
        if not isinstance(user, str) and (fault := _identity_fault(plan, user, anonymous)):
            return fault
        arranged = arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        body, context, unreadable, withheld = arranged
        unread: tuple[str, ...] = ()
        untimed: Reject | None = None
        if (moment := read_time(first_time(row))) is None and times:
            moment, unread = _moment(times, read_time, row)
            if moment is None and is_track and (unread or needs_time):
                untimed = _untimed(times, unread)
        message_id = message_id_of(row, moment)
        message: JsonObject = {"type": type_name, "messageId": message_id}
        if moment is None and read_at is not None:
            moment = from_milliseconds(read_at)
        if moment is not None:
            message["timestamp"] = moment
        if isinstance(user, str):
            message["userId"] = user
        if isinstance(anonymous, str):
            message["anonymousId"] = anonymous
        filled = fill(message, row, body, context)
        if isinstance(filled, Reject):
            return filled
        if untimed is not None:
            return untimed
        context["library"] = LIBRARY
        message["context"] = context
        encoded = encode(message)
        if isinstance(encoded, Reject):
            return encoded
        if QUOTE_IN_TEXT in encoded and (found := without_told_credentials(message)):
            encoded, withheld = to_json(message), (*withheld, *found)
        identity = user if isinstance(user, str) else str(anonymous)
        left_out = unread + unreadable + filled
        if is_group and body:
            org = str(message["groupId"])
            return Call(kind, identity, message_id, encoded, left_out, withheld, org=org)
        return Call(kind, identity, message_id, encoded, left_out, withheld)

    return map_row


def _identity_fault(plan: CallPlan, user: str | NoId, anonymous: str | NoId) -> Reject | None:
    """What is wrong when there is no user id; an anonymous id will do, except for a group."""
    if isinstance(anonymous, str) and plan.kind is not CallKind.GROUP:
        # A word that stands for "nobody" is not a user id; the anonymous id still says who.
        return Reject(Reason.INVALID_ID, _names(plan.user_id)) if user is NoId.WRONG else None
    if user is _ABSENT and (anonymous is _ABSENT or plan.kind is CallKind.GROUP):
        return Reject(Reason.MISSING_USER_ID, _names(plan.user_id or plan.anonymous_id))
    return Reject(Reason.INVALID_ID, _names(plan.anonymous_id if user is _ABSENT else plan.user_id))


def _fill_identify(plan: CallPlan) -> Filler:
    emails = plan.email

    def fill(message: JsonObject, row: Row, body: JsonObject, _: JsonObject) -> Filled:
        email = first_email(emails, row)
        if not isinstance(email, str):
            return email
        # An object of its own: the body may be the row's.
        message["traits"] = {**body, "email": email}
        return ()

    return fill


def _fill_track(plan: CallPlan) -> Filler:
    columns, fixed = plan.event, plan.event_name
    emails = plan.email

    def fill(message: JsonObject, row: Row, body: JsonObject, context: JsonObject) -> Filled:
        event = _first_event(columns, row) if columns else fixed
        if event is None and (event := fixed) is None:
            return Reject(Reason.MISSING_EVENT, _names(columns))
        message["event"] = event
        message["properties"] = body
        return _add_email(context, emails, row) if emails else ()

    return fill


def _fill_group(plan: CallPlan) -> Filler:
    groups, emails = plan.group_id, plan.email

    def fill(message: JsonObject, row: Row, body: JsonObject, context: JsonObject) -> Filled:
        group = _first_id(groups, row)
        if isinstance(group, NoId):
            reason = Reason.MISSING_GROUP_ID if group is _ABSENT else Reason.INVALID_ID
            return Reject(reason, _names(groups))
        message["groupId"] = group
        message["traits"] = body
        return _add_email(context, emails, row) if emails else ()

    return fill


_FILLERS: Final = {
    CallKind.IDENTIFY: _fill_identify,
    CallKind.TRACK: _fill_track,
    CallKind.GROUP: _fill_group,
}


def _add_email(context: JsonObject, columns: tuple[Column, ...], row: Row) -> Filled:
    """Traits of the user on another call travel in the context (Segment's common fields).

    The call does not need them: an email that can't be read is left out.
    """
    email = first_email(columns, row)
    if isinstance(email, str):
        traits = context.get("traits")
        context["traits"] = {**(traits if isinstance(traits, dict) else {}), "email": email}
        return ()
    return () if email.reason is Reason.MISSING_EMAIL else tuple(c.name for c in columns)


def _moment(
    columns: tuple[Column, ...], read_time: ReadTime, row: Row
) -> tuple[str | None, tuple[str, ...]]:
    """The row's own time, if it has one, and the columns that hold one nobody can read."""
    unread: tuple[str, ...] = ()
    for source in columns:
        value = source.read(row)
        if (moment := read_time(value)) is not None:
            return moment, unread
        if not is_no_time(value):
            unread = (*unread, source.name)
    return None, unread


def _untimed(columns: tuple[Column, ...], unread: tuple[str, ...]) -> Reject:
    if unread:
        return Reject(Reason.INVALID_TIMESTAMP, ", ".join(unread))
    return Reject(Reason.MISSING_TIMESTAMP, _names(columns))


def _first_id(columns: tuple[Column, ...], row: Row) -> str | NoId:
    """The first usable id; a value of a wrong type ends the search, it may be the real one."""
    found = _ABSENT
    for source in columns:
        value = clean_id(source.read(row))
        if isinstance(value, str) or value is NoId.WRONG:
            return value
        if value is NoId.BLOCKED:
            found = value
    return found


def first_email(columns: tuple[Column, ...], row: Row) -> str | Reject:
    """The first usable email, trimmed; a reject when there is none."""
    blank = True
    for source in columns:
        if email := clean_email(source.read(row)):
            return email
        blank = blank and email is not None
    return Reject(Reason.MISSING_EMAIL if blank else Reason.INVALID_EMAIL, _names(columns))


def _first_event(columns: tuple[Column, ...], row: Row) -> str | None:
    for source in columns:
        if (name := clean_event(source.read(row))) is not None:
            return name
    return None


def _names(columns: tuple[Column, ...]) -> str | None:
    return ", ".join(source.name for source in columns) or None
