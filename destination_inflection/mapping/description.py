"""A plan in words: which column feeds what, and what is left out and why.

Columns stay columns here; they become text where a plan is shown, and no text is read again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.values.names import Path

_MOST_NAMED: Final = 50
"""So many columns of a kind are named in the log; a table may have thousands."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A place in the call (`userId`, or `city` in `address` in `traits`) and what fills it."""

    path: Path
    columns: tuple[Column, ...] = ()
    """Tried in order."""
    words: str = ""
    """What fills the place where no column does, or behind them."""
    note: str = ""
    """How a column's value is read, where that needs saying."""

    @property
    def to(self) -> str:
        """The place, as it is shown."""
        return ".".join(self.path)

    @property
    def source(self) -> str:
        """What fills it, as it is shown."""
        columns = listed(self.columns)
        if self.note:
            columns += f" ({self.note})"
        return " or ".join(filter(None, (columns, self.words)))


@dataclass(frozen=True, slots=True)
class Description:
    """What one part of a plan says of itself."""

    becomes: str
    feeds: tuple[Feed, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    """Columns, each with the reason."""
    origin: str = ""
    doubts: tuple[str, ...] = ()
    """What looks wrong, as sentences without their stream."""

    def __str__(self) -> str:
        """One line, for the log. Of many columns it names the first ones."""
        fields = [f"{feed.to} from {feed.source}" for feed in self.feeds if len(feed.path) == 1]
        text = self.becomes + (f": {', '.join(fields)}" if fields else "")
        for outer in ("traits", "properties", "context"):
            inside = [_short(f) for f in self.feeds if len(f.path) > 1 and f.path[0] == outer]
            text += f"; {outer}: {_some(inside)}" if inside else ""
        if self.left_out:
            text += f"; left out: {_some([f'{name} ({why})' for name, why in self.left_out])}"
        return f"{text} ({self.origin})" if self.origin else text


def listed(columns: Iterable[Column]) -> str:
    """Columns that are tried in order."""
    return " or ".join(column.name for column in columns)


def _some(texts: Sequence[str]) -> str:
    """The first of the texts, and how many more there are."""
    more = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _short(feed: Feed) -> str:
    """A place without the object that all of its like are in."""
    name = ".".join(feed.path[1:])
    return name if name == feed.source else f"{name} from {feed.source}"
