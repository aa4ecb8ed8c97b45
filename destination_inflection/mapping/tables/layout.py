"""Who wrote a table, and what one row of it stands for: told from its names and columns alone.

Segment and RudderStack are recognised by a name of theirs together with a mark, or by a column that
nobody else has. A user's own table may well have `sent_at` and `received_at`: these say nothing.
"""

from collections.abc import Collection
from enum import Enum
from typing import Final

from destination_inflection.mapping.values.names import snake_case

_UNMISTAKABLE: Final = frozenset({"event_text", "context_library_name"})
_ENGAGE_KEYS: Final = frozenset({"audience_key", "trait_key"})
# What the tools add to each row: next to a name of theirs, or to a key of Engage's, it is a mark.
_STAMPS: Final = frozenset({"uuid_ts", "original_timestamp", "rudder_event"})
# And of the context these; `context_notes` may be anybody's.
_CONTEXT_STAMPS: Final = (
    *("context_library_", "context_page_", "context_campaign_", "context_traits_"),
    *("context_device_", "context_os_", "context_app_", "context_screen_", "context_network_"),
    *("context_ip", "context_locale", "context_user_agent", "context_timezone"),
    *("context_request_ip", "context_passed_ip", "context_source_", "context_destination_"),
    *("context_personas_", "context_protocols_", "context_referrer_", "context_group_id"),
)
_OF_PEOPLE: Final = frozenset({"identifies", "users"})
_OTHER_NAMES: Final = frozenset({"groups", "accounts", "tracks", "pages", "screens", "aliases"})
_WHO: Final = frozenset({"user_id", "anonymous_id"})


class Layout(Enum):
    """The three ways in which a table is laid out."""

    OWN = "the user's own table"
    MESSAGES = "Segment's or RudderStack's, with one row for each message"
    NEWEST_STATE = "Segment's or RudderStack's, with one row for each user"

    @property
    def is_warehouse(self) -> bool:
        """Whether Segment or RudderStack wrote it."""
        return self is not Layout.OWN


def layout_of(names: Collection[str], columns: Collection[str]) -> Layout:
    """The layout of a table that is known by any of `names` (see `stream_names`)."""
    if not _is_warehouse(names, {column.lower() for column in columns}):
        return Layout.OWN
    has_user = any(snake_case(column) in _WHO for column in columns)
    return Layout.MESSAGES if has_user else Layout.NEWEST_STATE


def _is_warehouse(names: Collection[str], columns: Collection[str]) -> bool:
    if not _UNMISTAKABLE.isdisjoint(columns):
        return True
    has_stamp = not _STAMPS.isdisjoint(columns) or any(
        column.startswith(_CONTEXT_STAMPS) for column in columns
    )
    has_mark = has_stamp or "received_at" in columns
    if not _ENGAGE_KEYS.isdisjoint(columns):
        return has_mark
    if not _OF_PEOPLE.isdisjoint(names):
        return has_mark
    # Pages and accounts are words of everybody's: when a row was received is not enough there.
    return has_stamp and not _OTHER_NAMES.isdisjoint(names)
