"""What a table is, told from its name and columns alone, never from a record.

Column names are compared in snake_case, so `userId`, `USER_ID` and `User ID` are the same. Which
names count for plain product tables is our choice; no specification fixes it. A table that fits
two readings is an error that names both: a wrong guess would put wrong data into Inflection.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.rules import CallKind
from destination_inflection.mapping.tables import Table, spellings

_USER: Final = ("user_id",)
_EVENT_TIMES: Final = (
    "timestamp",
    "occurred_at",
    "event_time",
    "event_timestamp",
    "event_at",
    "created_at",
    "time",
)
_GROUP_IDS: Final = (
    "group_id",
    "organization_id",
    "organisation_id",
    "org_id",
    "account_id",
    "company_id",
    "workspace_id",
    "team_id",
    "tenant_id",
)

CONVENTIONS: Final[Mapping[CallKind, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        CallKind.IDENTIFY: {
            "user_id": ("user_id", "id"),
            "anonymous_id": ("anonymous_id",),
            "email": ("email", "email_address"),
            "timestamp": ("timestamp", "updated_at"),
            "message_id": ("message_id",),
        },
        CallKind.TRACK: {
            "user_id": _USER,
            "anonymous_id": ("anonymous_id",),
            "event_column": ("event", "event_name", "event_type"),
            "timestamp": _EVENT_TIMES,
            "message_id": ("message_id",),
        },
        CallKind.GROUP: {
            "user_id": _USER,
            "group_id": _GROUP_IDS,
            "timestamp": ("timestamp", "updated_at"),
            "message_id": ("message_id",),
        },
    }
)
"""The columns that fill a role when a rule names none, in snake_case, the best first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing a table can be; `becomes` is a call, or messages that name their call per row."""

    label: str
    becomes: CallKind | Literal["message"]


def by_convention(table: Table, kind: CallKind, role: str) -> tuple[str, ...]:
    """The table's column for a role: the best of the conventional names, or none."""
    names = CONVENTIONS[kind].get(role, ())
    found = spellings(table)
    return next(((found[name],) for name in names if name in found), ())


def recognise(table: Table) -> Reading:
    """What the table is.

    Raises:
        ConfigError: it fits no reading, or more than one.
    """
    readings = list(_messages(table)) or list(_plain(table))
    if len(readings) == 1:
        return readings[0]
    if readings:
        fits = " and as ".join(reading.label for reading in readings)
        raise ConfigError(
            f'Stream "{table.name}" can be read as {fits}: add a rule for it under streams that '
            "says which call it becomes."
        )
    raise ConfigError(
        f'Stream "{table.name}" is no kind of table this connector knows (people need an email '
        "and an id column; events a user id, an event name and a time; memberships a user id and "
        "a group id): add a rule for it under streams, or deselect it."
    )


def _messages(table: Table) -> Iterator[Reading]:
    found = spellings(table)
    has_id, has_body = ({"user_id", "anonymous_id"}, {"traits", "properties"})
    if "type" in found and found.keys() & has_id and found.keys() & has_body:
        yield Reading("Segment messages", "message")


def _plain(table: Table) -> Iterator[Reading]:
    def has(kind: CallKind, *roles: str) -> bool:
        return all(by_convention(table, kind, role) for role in roles)

    if has(CallKind.IDENTIFY, "user_id", "email"):
        yield Reading("people", CallKind.IDENTIFY)
    if has(CallKind.TRACK, "user_id", "event_column", "timestamp"):
        yield Reading("events", CallKind.TRACK)
    if has(CallKind.GROUP, "user_id", "group_id"):
        groups = [name for name in _GROUP_IDS if name in spellings(table)]
        if len(groups) > 1:
            raise ConfigError(
                f'Stream "{table.name}" has several group id columns ({", ".join(groups)}): add a '
                "rule for it under streams with the group_id to use."
            )
        yield Reading("memberships", CallKind.GROUP)
