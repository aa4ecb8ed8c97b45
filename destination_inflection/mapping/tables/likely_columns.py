"""Which column of a table is likeliest to fill a role: for proposals, never for a plan.

What a plan needs is known by `conventions`; here a person is asked whether the guess is right.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from destination_inflection.mapping.kinds import GROUP, IDENTIFY, TRACK, CallShape
from destination_inflection.mapping.tables.columns import is_system
from destination_inflection.mapping.tables.conventions import KINDS, by_convention
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.names import snake_case

_PERSONS: Final = (
    *("user", "person", "member", "customer", "contact", "lead", "profile", "owner", "subscriber"),
    *("employee", "author", "creator", "student", "patient", "buyer", "client", "recipient"),
)
_ORGS: Final = (
    *("group", "organization", "organisation", "org", "account", "company", "workspace", "team"),
    *("tenant", "site", "business", "institution", "school"),
)
_USER_IDS: Final = ("distinct_id", "external_id", "created_by", "owner", "uid", "user")
_ID_ENDINGS: Final = ("id", "key", "uid", "uuid", "guid", "identifier", "ref")


def likely_column(table: Table, role: str) -> str | None:
    """The likeliest column for `user_id`, `email`, `group_id`, `event_column` or `timestamp`."""
    shape, is_like = _LIKELY[role]
    found = [*by_convention(table, shape, role), *_alike(table, is_like)]
    return next((name for name in found if table.type_of(name).may_hold(KINDS[role])), None)


def _alike(table: Table, is_like: Callable[[Table, str], bool]) -> Iterator[str]:
    return (name for name in table.columns if not is_system(name) and is_like(table, name))


def _is_user_id(_table: Table, column: str) -> bool:
    *words, last = snake_case(column).split("_") or [""]
    if snake_case(column) in _USER_IDS:
        return True
    return last in _ID_ENDINGS and bool(words) and words[-1] in _PERSONS


def _is_group_id(_table: Table, column: str) -> bool:
    *words, last = snake_case(column).split("_") or [""]
    return last in _ID_ENDINGS and bool(words) and words[-1] in _ORGS


def _is_email(_table: Table, column: str) -> bool:
    words = snake_case(column).split("_")
    return "email" in words or words[-1:] == ["mail"] or words[-1].endswith("email")


def _is_event(table: Table, column: str) -> bool:
    words = snake_case(column).split("_")
    if words == ["name"]:
        return snake_case(table.name).split("_")[-1] in ("event", "events", "activity")
    return words[0] in ("event", "action", "activity") and words[-1] in (
        *("event", "name", "key", "type", "action", "activity"),
    )


def _is_time(table: Table, column: str) -> bool:
    words = snake_case(column).split("_")
    if not {"updated", "modified", "deleted", "synced", "loaded"}.isdisjoint(words):
        return False  # a row's, not an event's
    return table.type_of(column).is_time or words[-1] in ("at", "date", "time", "timestamp", "on")


_LIKELY: Final[Mapping[str, tuple[CallShape, Callable[[Table, str], bool]]]] = MappingProxyType(
    {
        "user_id": (TRACK, _is_user_id),
        "email": (IDENTIFY, _is_email),
        "group_id": (GROUP, _is_group_id),
        "event_column": (TRACK, _is_event),
        "timestamp": (TRACK, _is_time),
    }
)
