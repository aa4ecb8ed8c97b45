"""What a source declares a column to hold, as far as the mapping asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final


class Kind(Enum):
    """The kinds of JSON values, without null."""

    TEXT = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    LIST = "array"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """The kinds that a column may hold, none where the source does not say.

    `inside` are the types of an object's entries as far as they are declared, `item` that of a
    list's items. `is_time` is true for text that the source declares to be a date or a time.
    """

    kinds: frozenset[Kind] = frozenset()
    is_time: bool = False
    inside: "Mapping[str, ColumnType]" = field(default_factory=lambda: MappingProxyType({}))
    item: "ColumnType | None" = None

    def holds_only(self, *kinds: Kind) -> bool:
        """Whether it is declared to hold nothing but these."""
        return bool(self.kinds) and self.kinds <= set(kinds)

    def may_hold(self, kinds: Collection[Kind]) -> bool:
        """Whether it can hold one of these, as far as is known."""
        return not self.kinds or not self.kinds.isdisjoint(kinds)

    @property
    def may_hold_any_text(self) -> bool:
        """Whether it can hold text other than a time's, as far as is known."""
        return self.may_hold((Kind.TEXT,)) and not self.is_time

    def at(self, path: Sequence[str]) -> "ColumnType | None":
        """The type of what is at a path inside it; None where nothing can be."""
        if not path:
            return self
        first, *rest = path
        if Kind.OBJECT in self.kinds and first in self.inside:
            return self.inside[first].at(rest)
        if Kind.LIST in self.kinds and self.item is not None and first.isdecimal():
            return self.item.at(rest)
        # Text may be JSON, and an object may hold what nobody declared.
        reaches = (Kind.OBJECT, Kind.LIST) if first.isdecimal() else (Kind.OBJECT,)
        may_be_json = () if self.is_time else (Kind.TEXT,)
        return UNKNOWN if self.may_hold((*reaches, *may_be_json)) else None


UNKNOWN: Final = ColumnType()
BOOLEAN: Final = ColumnType(frozenset({Kind.BOOLEAN}))
