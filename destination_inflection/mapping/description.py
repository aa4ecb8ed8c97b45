"""A plan in words: which column feeds what, and what is left out and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from destination_inflection.mapping.tables.columns import Column


@dataclass(frozen=True, slots=True)
class Feed:
    """A place in the message (`userId`, `traits.address.city`) and the column that fills it."""

    to: str
    source: str


@dataclass(frozen=True, slots=True)
class Description:
    """What one part of a plan says of itself."""

    becomes: str
    feeds: tuple[Feed, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    """Columns, each with the reason."""
    origin: str = ""

    def __str__(self) -> str:
        """One line, for the log."""
        fields = [f"{f.to} from {f.source}" for f in self.feeds if "." not in f.to]
        text = self.becomes + (f": {', '.join(fields)}" if fields else "")
        for outer in ("traits", "properties", "context"):
            inner = [_short(f, outer) for f in self.feeds if f.to.startswith(f"{outer}.")]
            text += f"; {outer}: {', '.join(inner)}" if inner else ""
        if self.left_out:
            text += f"; left out: {', '.join(f'{name} ({why})' for name, why in self.left_out)}"
        return f"{text} ({self.origin})" if self.origin else text


def listed(columns: Iterable[Column]) -> str:
    """Columns that are tried in order."""
    return " or ".join(column.name for column in columns)


def _short(feed: Feed, outer: str) -> str:
    name = feed.to.removeprefix(f"{outer}.")
    return name if name == feed.source else f"{name} from {feed.source}"
