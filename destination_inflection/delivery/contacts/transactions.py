"""Transactions: when to ask what became of a batch, and how to read the answer. Pure.

How long Inflection takes is not documented, so the wait before the first question is learned, from
first questions alone: one that came too early makes it half as long again, each other one a little
shorter. So a batch costs one question, as a rule, and a single slow transaction teaches little.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from destination_inflection.delivery.contacts.api import data_of
from destination_inflection.delivery.transport.seam import Response
from destination_inflection.emails import email_key

_FIRST_WAIT_SECONDS: Final = 0.5
_SHORTEST_WAIT_SECONDS: Final = 0.1
_LONGEST_WAIT_SECONDS: Final = 15.0
_GROWTH: Final = 1.5
_SHRINKING: Final = 0.99
_FORGETTING: Final = 0.999
_MARGIN: Final = 1.2
_GOOD: Final = ("CREATED", "UPDATED", "NO_CHANGE")
_LONGEST_WORD: Final = 16 * 1024  # shortened further once the key was looked for in it


class Patience:
    """How long to wait before asking; all times are in seconds."""

    def __init__(self) -> None:
        self.first = _FIRST_WAIT_SECONDS
        self._too_early = 0.0

    def in_time(self) -> None:
        """A first question was answered with a verdict."""
        self._too_early *= _FORGETTING
        shortest = max(self._too_early * _MARGIN, _SHORTEST_WAIT_SECONDS)
        self.first = min(max(self.first * _SHRINKING, shortest), _LONGEST_WAIT_SECONDS)

    def too_early(self, age: float) -> None:
        """A first question, asked at this age of the transaction, found it pending."""
        self._too_early = min(max(self._too_early, age), _LONGEST_WAIT_SECONDS)
        self.first = min(max(self.first, age * _GROWTH), _LONGEST_WAIT_SECONDS)

    @staticmethod
    def again(age: float) -> float:
        """How long to wait before the next question about a transaction of this age."""
        return min(max(age / 2, _SHORTEST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a settled transaction says: emails in lower case, and how many it made up."""

    delivered: frozenset[str]
    failed: dict[str, str]
    """The word that was given for each email that failed."""
    missing: tuple[str, ...]
    unknown: int


def read_verdict(response: Response, sent: Collection[str]) -> Verdict | None:
    """Reads a transaction about the emails `sent` (in lower case); None while it is not done.

    An email that is listed with a failure and with a success counts as failed.
    """
    data = data_of(response)
    if data.get("status") != "DONE":
        return None
    inner = data.get("data")
    results = inner.get("results") if isinstance(inner, dict) else None
    delivered: set[str] = set()
    failed: dict[str, str] = {}
    unknown = 0
    for result in results if isinstance(results, list) else []:
        email = result.get("email") if isinstance(result, dict) else None
        key = email_key(email) if isinstance(email, str) else ""
        if not isinstance(result, dict) or key not in sent:
            unknown += 1
        elif (status := result.get("status")) in _GOOD:
            delivered.add(key)
        else:
            failed[key] = str(status)[:_LONGEST_WORD]
    delivered -= failed.keys()
    missing = tuple(email for email in sent if email not in delivered and email not in failed)
    return Verdict(frozenset(delivered), failed, missing, unknown)
