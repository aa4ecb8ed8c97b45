"""What a row of an audience says: `snake_case(audience name): true | false`, as Engage sends it.

A membership that is null is not stated, and one nobody can read is left out and named; a row that
was deleted in the source says that its user is not a member.
"""

from collections.abc import Callable, Collection
from enum import Enum
from typing import Final, TypeAlias

from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import Reject, Skip
from destination_inflection.mapping.description import listed
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.tables.deletion import Deleted
from destination_inflection.mapping.values.ids import clean_event, is_blank
from destination_inflection.mapping.values.lengths import lowered
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.transforms import (
    UNREADABLE,
    Unreadable,
    to_boolean,
    to_text,
)
from destination_inflection.mapping.values.visible import trimmed

_JOINED: Final = frozenset({"added", "entered", "joined", "member"})
_LEFT: Final = frozenset({"removed", "exited", "left", "deleted"})

Reading: TypeAlias = Callable[[Json], "bool | Unreadable | None"]
"""Whether a value says member; None where nothing is stated."""
Saying: TypeAlias = Callable[[Row], "bool | Unreadable | None"]
"""Whether a row says member; None where it does not say."""
Said: TypeAlias = dict[str, "bool | Unreadable"]
Memberships: TypeAlias = Callable[[Row], "Said | Reject"]
"""The audiences a row speaks of; one whose membership is null is not among them."""


class Presence(Enum):
    """What a row says by being there, where no column says more."""

    MEMBER = True
    NO_MEMBER = False


def membership(value: Json) -> bool | Unreadable | None:
    """Whether a value says member: a boolean in any spelling, or a word such as added, removed."""
    if is_blank(value):
        return None
    word = lowered(trimmed(value)) if isinstance(value, str) else ""
    if word in _JOINED:
        return True
    return False if word in _LEFT else to_boolean(value)


def reading_of(words: Collection[str]) -> Reading:
    """How a rule's words, which are in small letters, are read: they say member, all others not.

    Values that are not text are compared by their text, a whole number with or without `.0`.
    Without words the usual ones count (`membership`).
    """
    if not words:
        return membership

    def read(value: Json) -> bool | None:
        if is_blank(value):
            return None
        text = lowered(trimmed(to_text(value)))
        return text in words or (isinstance(value, float) and text.removesuffix(".0") in words)

    return read


def of_one(name: str, says: Saying) -> Memberships:
    """Every row speaks of the one audience `name`."""

    def read(row: Row) -> Said:
        said = says(row)
        return {} if said is None else {name: said}

    return read


def by_name(
    names: tuple[Column, ...], says: Saying, named: Callable[[str], str] = snake_case
) -> Memberships:
    """Each row names the audience it speaks of; of the columns `names` the first filled one.

    `named` makes the trait's name of the audience's.
    """

    def read(row: Row) -> Said | Reject:
        audience = next((n for c in names if (n := clean_event(c.read(row))) is not None), None)
        name = named(audience) if audience is not None else ""
        if not name:
            return Reject(Reason.MISSING_AUDIENCE, listed(names))
        said = says(row)
        return {} if said is None else {name: said}

    return read


def by_column(members: tuple[Column, ...], reading: Reading, is_deleted: Deleted) -> Memberships:
    """Each column is an audience."""
    names = [(snake_case(column.name), column) for column in members]

    def read(row: Row) -> Said:
        if is_deleted(row):
            return {name: False for name, _ in names}
        said = {name: reading(column.read(row)) for name, column in names}
        return {name: value for name, value in said.items() if value is not None}

    return read


def saying(
    members: tuple[Column, ...], reading: Reading, is_deleted: Deleted, presence: Presence
) -> Saying:
    """How a row says member or not, whatever the audience."""

    def says(row: Row) -> bool | Unreadable | None:
        if is_deleted(row):
            return False
        if not members:
            return presence.value
        return next((said for c in members if (said := reading(c.read(row))) is not None), None)

    return says


def membership_traits(memberships: Memberships, members: str) -> Arrange:
    """Memberships as traits; `members` names the columns they were read from."""

    def arrange(row: Row) -> Arranged | Reject | Skip:
        found = memberships(row)
        if isinstance(found, Reject):
            return found
        traits: JsonObject = {n: said for n, said in found.items() if said is not UNREADABLE}
        unreadable = (members,) if len(traits) < len(found) else ()
        if traits:
            return Arranged(traits, {"personas": _personas(traits)}, unreadable)
        unstated = Skip(SkipReason.NO_MEMBERSHIP)
        return Reject(Reason.UNREADABLE_MEMBER, members) if found else unstated

    return arrange


def _personas(traits: JsonObject) -> JsonObject:
    """What Engage says of the computation; its key is the trait's name (of one audience)."""
    kind: JsonObject = {"computation_class": "audience"}
    return {**kind, "computation_key": next(iter(traits))} if len(traits) == 1 else kind
