"""Verdicts: what a settled transaction says of each email that was in its batch. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from destination_inflection.delivery.contacts.answers import data_of, word_of
from destination_inflection.delivery.outcomes import Change, larger
from destination_inflection.delivery.transport.seam import Response
from destination_inflection.emails import email_key

_GOOD: Final = MappingProxyType(
    {"CREATED": Change.CREATED, "UPDATED": Change.UPDATED, "NO_CHANGE": Change.NO_CHANGE}
)
_LONGEST_WORD: Final = 16 * 1024
"""Characters kept of a status, which the API could make as long as it likes. It is shortened
further once the key was looked for in it: a piece of the key could not be found."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a settled transaction says: emails in lower case, and how many it made up."""

    delivered: dict[str, Change]
    """What was changed for each email that was delivered."""
    failed: dict[str, str]
    """The word that was given for each email that failed."""
    missing: tuple[str, ...]
    unknown: int


def is_not_known(response: Response) -> bool:
    """Whether Inflection says that there is no such transaction."""
    return data_of(response).get("status") == "NOT_EXIST"


def read_verdict(response: Response, sent: Collection[str]) -> Verdict | None:
    """Reads a transaction about the emails `sent` (in lower case); None while it is not done.

    An email that is listed with a failure and with a success counts as failed. One that is listed
    with two successes counts with the one that changed more.
    """
    data = data_of(response)
    if data.get("status") != "DONE":
        return None
    inner = data.get("data")
    results = inner.get("results") if isinstance(inner, dict) else None
    delivered: dict[str, Change] = {}
    failed: dict[str, str] = {}
    unknown = 0
    for result in results if isinstance(results, list) else []:
        email = result.get("email") if isinstance(result, dict) else None
        key = email_key(email) if isinstance(email, str) else ""
        if not isinstance(result, dict) or key not in sent:
            unknown += 1
        elif (change := _GOOD.get(word := word_of(result.get("status")))) is not None:
            delivered[key] = larger(delivered.get(key, change), change)
        else:
            failed[key] = word[:_LONGEST_WORD]
    for key in failed:
        delivered.pop(key, None)
    missing = tuple(email for email in sent if email not in delivered and email not in failed)
    in_order = {email: delivered[email] for email in sent if email in delivered}
    return Verdict(in_order, failed, missing, unknown)
