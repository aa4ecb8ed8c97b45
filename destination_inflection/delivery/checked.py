"""What a check of a route looks at and finds out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListInUse:
    """A static list, and the stream in the rule that names it."""

    list_id: str
    stream: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong, if anything is, in one sentence; and what else the user should hear."""

    problem: str | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What could not be found out."""
