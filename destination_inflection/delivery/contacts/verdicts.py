"""Verdicts: what a settled transaction says of each email that was in its batch. Pure.

Nobody has failed of whom it does not say so, and nobody is delivered of whom it does not say so:
the others are unclear or missing, and nobody knows what became of them.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from destination_inflection.delivery.contacts.answers import word_of
from destination_inflection.delivery.contacts.transaction_words import (
    Stage,
    Status,
    is_paged,
    results_in,
    stage_of,
    status_of,
)
from destination_inflection.delivery.lanes.answers import json_of
from destination_inflection.delivery.outcomes import Change, larger
from destination_inflection.delivery.transport.seam import Response
from destination_inflection.emails import email_alias, email_key
from destination_inflection.json_types import Json, JsonObject

_CHANGES: Final = MappingProxyType(
    {
        Status.CREATED: Change.CREATED,
        Status.UPDATED: Change.UPDATED,
        Status.NO_CHANGE: Change.NO_CHANGE,
    }
)
_LONGEST_WORD: Final = 16 * 1024
"""Characters kept of a status, which the API could make as long as it likes. It is shortened
further once the key was looked for in it: a piece of the key could not be found."""
_CONTRADICTION: Final = "FAILED as a whole, but not of this contact"


class Oddity(StrEnum):
    """Why a transaction that is done leaves open what became of contacts, for a warning."""

    NO_RESULTS = "it is done and has no list of results"
    PAGES = "its results come in pages"
    WORDS = "a status of a contact is not among those that are documented"
    LEFT_OUT = "its results leave contacts out"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a settled transaction says: emails as keys, and how many it made up."""

    delivered: dict[str, Change]
    """What was changed for each email that was delivered."""
    failed: dict[str, str]
    """The word that was given for each email that failed."""
    unclear: dict[str, str]
    """The same for each email of which it says neither."""
    missing: tuple[str, ...]
    unknown: int
    oddity: Oddity | None = None
    """Why some are unclear or missing."""


def read_verdict(response: Response, sent: Collection[str]) -> Verdict | None:
    """Reads a transaction about the emails `sent` (as keys); None while it is not settled.

    An email that is listed with a failure and with a success counts as failed. One that is listed
    with two successes counts with the one that changed more. Of a transaction that failed as a
    whole, all have failed that are not listed.
    """
    envelope = json_of(response)
    data = envelope.get("data")
    stage = stage_of(data) if isinstance(data, dict) else None
    if not isinstance(data, dict) or stage not in (Stage.DONE, Stage.FAILED):
        return None
    results = results_in(data)
    reading = _Reading(sent)
    reading.read(results or ())
    failed, unclear, good = reading.failed, reading.unclear, reading.good
    if stage is Stage.FAILED:
        unclear.update(dict.fromkeys(good, _CONTRADICTION))
        good = {}
        failed.update((e, "FAILED") for e in sent if e not in failed and e not in unclear)
    for email in failed:
        unclear.pop(email, None)
    for email in failed.keys() | unclear.keys():
        good.pop(email, None)
    missing: tuple[str, ...] = ()
    if len(good) + len(failed) + len(unclear) < len(sent):  # seldom: nearly always all are told of
        missing = tuple(e for e in sent if not (e in good or e in failed or e in unclear))
    oddity = _oddity(envelope, results, missing, unclear)
    in_order = {email: good[email] for email in sent if email in good}
    return Verdict(in_order, failed, unclear, missing, reading.unknown, oddity)


class _Reading:
    """The results, by whom of the emails `sent` they are about."""

    def __init__(self, sent: Collection[str]) -> None:
        self._sent = sent
        self.good: dict[str, Change] = {}
        self.failed: dict[str, str] = {}
        self.unclear: dict[str, str] = {}
        self.unknown = 0

    def read(self, results: Iterable[Json]) -> None:
        """Reads them all. What is spelled in another way counts where nothing else is said."""
        strange: list[JsonObject] = []
        for result in results:
            email = result.get("email") if isinstance(result, dict) else None
            if not isinstance(result, dict) or not isinstance(email, str):
                self.unknown += 1
            elif (key := email if email in self._sent else email_key(email)) in self._sent:
                self._note(key, result.get("status"))
            else:
                strange.append(result)
        if strange:
            told = self.good.keys() | self.failed.keys() | self.unclear.keys()
            for result, known in self._found(strange, told):
                self._note(known, result.get("status"))

    def _found(
        self, strange: Iterable[JsonObject], told: Collection[str]
    ) -> Iterator[tuple[JsonObject, str]]:
        """The results about emails in another spelling, each with the one that was sent."""
        by_alias: dict[str, str | None] = {}
        for email in self._sent:
            alias = email_alias(email)
            by_alias[alias] = None if alias in by_alias else email
        for result in strange:
            known = by_alias.get(email_alias(str(result["email"])))
            if known is None or known in told:
                self.unknown += 1
            else:
                yield result, known

    def _note(self, email: str, word: Json) -> None:
        status = status_of(word)
        if status is None:
            self.unclear[email] = word_of(word)[:_LONGEST_WORD]
        elif (change := _CHANGES.get(status)) is None:
            self.failed[email] = status.value
        else:
            known = self.good.get(email)
            self.good[email] = change if known is None else larger(known, change)


def _oddity(
    envelope: JsonObject,
    results: list[Json] | None,
    missing: Collection[str],
    unclear: Collection[str],
) -> Oddity | None:
    if missing:
        if results is None:
            return Oddity.NO_RESULTS
        return Oddity.PAGES if is_paged(envelope) else Oddity.LEFT_OUT
    return Oddity.WORDS if unclear else None
