"""Which columns fill a role when a rule names none.

Names are compared in snake_case, so `userId`, `USER_ID` and `User ID` are the same. Which names
count for plain product tables is our choice; no specification fixes it. Of those the best that is
there is taken. In tables that Segment or RudderStack wrote the columns are known, and the ones that
can hold a value are tried in order.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from destination_inflection.mapping.kinds import CallKind, CallShape
from destination_inflection.mapping.rules import ROLES
from destination_inflection.mapping.tables.column_types import Kind
from destination_inflection.mapping.tables.layout import Layout
from destination_inflection.mapping.tables.table import Table

Names: TypeAlias = Mapping[str, tuple[str, ...]]

GROUP_IDS: Final = (
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
EMAILS: Final = ("email", "email_address")
AUDIENCE_NAMES: Final = ("audience_name", "audience", "segment_name")
MEMBER_MARKS: Final = ("is_member", "member", "in_audience")
# A contact is known by its email; its ids are recognised so as not to be sent.
_CONTACT: Final[Names] = MappingProxyType(
    {
        "user_id": ("user_id", "id"),
        "anonymous_id": ("anonymous_id",),
        "email": EMAILS,
    }
)
PLAIN: Final[Mapping[CallKind, Names]] = MappingProxyType(
    {
        CallKind.IDENTIFY: {
            "user_id": ("user_id", "id"),
            "anonymous_id": ("anonymous_id",),
            "email": EMAILS,
            "timestamp": ("timestamp", "updated_at"),
        },
        CallKind.TRACK: {
            "user_id": ("user_id",),
            "anonymous_id": ("anonymous_id",),
            "event_column": ("event_name", "event", "event_type"),
            "timestamp": (
                "timestamp",
                "occurred_at",
                "event_time",
                "event_timestamp",
                "event_at",
                "created_at",
                "time",
            ),
        },
        CallKind.GROUP: {
            "user_id": ("user_id",),
            "group_id": GROUP_IDS,
            "email": (*EMAILS, "user_email"),
            "timestamp": ("timestamp", "updated_at"),
        },
        CallKind.CONTACT: _CONTACT,
        CallKind.MEMBER: _CONTACT,
    }
)
_WAREHOUSE: Final[Names] = MappingProxyType(
    {
        "user_id": ("user_id",),
        "anonymous_id": ("anonymous_id",),
        "group_id": ("group_id",),
        "email": ("email", "context_traits_email"),
        "event_column": ("event_text", "event"),
        "timestamp": ("timestamp", "original_timestamp", "received_at"),
        "message_id": ("id",),
    }
)
# In the newest-state table of users, `id` is the user's and no message has an id.
_WAREHOUSE_USERS: Final[Names] = MappingProxyType(
    {**_WAREHOUSE, "user_id": ("id",), "anonymous_id": (), "message_id": ()}
)
_WORDS: Final = (Kind.TEXT, Kind.NUMBER)
KINDS: Final[Mapping[str, tuple[Kind, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(ROLES, _WORDS),
        "email": (Kind.TEXT,),
        "member_column": (*_WORDS, Kind.BOOLEAN),
        "deleted_column": (*_WORDS, Kind.BOOLEAN),
    }
)
"""What the columns of each role hold."""
_BY_LAYOUT: Final = MappingProxyType(
    {Layout.MESSAGES: _WAREHOUSE, Layout.NEWEST_STATE: _WAREHOUSE_USERS}
)


def by_convention(table: Table, shape: CallShape, role: str) -> tuple[str, ...]:
    """The table's columns for a role, in the order to try; none if it has none."""
    if role not in shape.conventional:
        return ()
    found = table.spellings
    if names := _BY_LAYOUT.get(table.layout):
        if shape.kind is CallKind.GROUP and role == "email":
            return ()  # the column of this name is a trait of the org's
        return tuple(found[name] for name in names.get(role, ()) if name in found)
    known = (table.find(name) for name in PLAIN[shape.kind].get(role, ()))
    found_columns = (column for column in known if column is not None)
    # Whom a row is about is asked for by name: a list of orgs is an error, not an absence.
    kinds = KINDS[role] if role not in ("user_id", "group_id") else tuple(Kind)
    fitting = (column for column in found_columns if table.type_of(column).may_hold(kinds))
    return next(((column,) for column in fitting), ())
