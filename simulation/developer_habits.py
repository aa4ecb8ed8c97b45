"""What the world's Developer API does, as a scenario decides it; and its rare states, by name.

Emails are written here in lower case. Where an email is asked for, the mark of a record may stand
as well: then only what holds that record is meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Final

MARK: Final = "mark_"
"""How the marks of records begin: a property that is such a text, or has such a name."""


class Rare(StrEnum):
    """States that are worth being reached; a counter says how often each of them was."""

    OUT_OF_ORDER = "transaction settled out of order"
    OVERTAKEN = "older write of a contact settled after a newer one"
    LATE = "write that nobody heard of carried out late"
    NEVER = "transaction never settles"
    LOST = "transaction is never known"
    NOT_EXIST = "NOT_EXIST"
    LEFT_OUT = "results leave an email out"
    CONTACT_FAILED = "contact failed"
    FAILED_BY_CHANCE = "contact failed once"
    REFUSED = "batch refused as a whole"
    POISON = "batch answered 500 for one contact"
    TOO_LARGE = "413"
    LIST_GONE = "list gone"
    NOT_FOUND_YET = "contact not found yet by email"
    OTHER_SPELLING = "contact not found in this spelling"
    UNKNOWN_MEMBER = "unknown id among members"
    NOT_A_MEMBER = "removed who is not a member"
    STALE_ID = "old id of a contact"
    ODD_ANSWER = "odd answer"


@dataclass(frozen=True, slots=True)
class Habits:
    """Times are in seconds, shares from 0 to 1. What is random stops at `quiet_from`."""

    settle_from: float = 0.2
    settle_to: float = 0.38
    """A transaction settles between the two. The second is less than twice the first, so that a
    client that rests for twice the time it has seen is safe from late writes."""
    share_never: float = 0.0
    """Transactions that stay pending and are not carried out."""
    share_lost: float = 0.0
    """Transactions that nobody knows of afterwards; half of them are carried out."""
    share_unknown: float = 0.0
    """Transactions that are not known at first, for at most `unknown_for`."""
    unknown_for: float = 2.0
    share_partly: float = 0.0
    """Transactions whose results leave contacts out, which may have been written or not."""
    share_failed: float = 0.0
    """Contacts that fail once, and never by chance again."""
    share_odd: float = 0.0
    """Answers in a form that is not documented."""
    quiet_from: float = inf
    """From here on the shares are 0, for what is asked or taken then."""

    failing: frozenset[str] = frozenset()
    """Emails that always end as FAILED."""
    refused: frozenset[str] = frozenset()
    """Emails for which a batch is answered 400 as a whole."""
    poison: str | None = None
    """An email for which a batch, and a look-up, is always answered 500."""
    batch_bytes: int = 0
    """The largest batch that is taken; 0 takes all."""

    lists: frozenset[str] = frozenset()
    """The ids of the lists there are."""
    gone: Mapping[str, float] = field(default_factory=dict)
    """From when some of them are gone."""
    new_ids: Mapping[str, float] = field(default_factory=dict)
    """From when the contacts with these emails have another id, and the old one is unknown."""
    lookup_lag: float = 0.0
    """How long, at most, a look-up by email does not find a contact after it was created."""
    exact_look_up: bool = False
    """Whether a look-up finds an email in lower case only."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for times that can't be."""
        if not 0 <= self.settle_from <= self.settle_to:
            raise ValueError("settle_from must be from 0 to settle_to")
