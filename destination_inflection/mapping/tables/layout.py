"""Who wrote a table, and what one row of it stands for: told from its name and columns alone."""

from collections.abc import Collection
from enum import Enum
from typing import Final

from destination_inflection.mapping.values.names import snake_case

_MARKS: Final = frozenset(
    {"uuid_ts", "original_timestamp", "context_library_name", "rudder_event", "event_text"}
)
_NAMES: Final = frozenset(
    {"identifies", "users", "groups", "accounts", "tracks", "pages", "screens", "aliases"}
)
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


def layout_of(name: str, columns: Collection[str]) -> Layout:
    """The layout of a table."""
    if not _is_warehouse(name, {column.lower() for column in columns}):
        return Layout.OWN
    has_user = any(snake_case(column) in _WHO for column in columns)
    return Layout.MESSAGES if has_user else Layout.NEWEST_STATE


def _is_warehouse(name: str, columns: Collection[str]) -> bool:
    """Whether Segment or RudderStack wrote a table.

    `received_at` alone says little, a product's own tables may have one: it takes a name of theirs,
    or another column of theirs next to it.
    """
    if not _MARKS.isdisjoint(columns):
        return True
    named = name.lower().removesuffix("_view") in _NAMES
    beside = "sent_at" in columns or any(column.startswith("context_") for column in columns)
    return "received_at" in columns and (named or beside)
