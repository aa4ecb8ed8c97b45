"""Remarks: the `errors` next to a transaction, and what they say of each contact that failed. Pure.

A result has no reason in it, so these are often the only reason there is. One that names contacts
of the batch, by email or by place, is about those; any other may be about each that failed. What it
says of one contact must not show the values of another, so all values of the batch are taken out.
How Inflection writes such errors is not documented: a guess that is wrong shows a reason in the
wrong place, and changes nothing about what is delivered.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, cast

import orjson

from destination_inflection.delivery.contacts.not_found import names, strings
from destination_inflection.delivery.lanes.answers import json_of
from destination_inflection.delivery.transport.seam import Response
from destination_inflection.json_types import Json, JsonObject
from destination_inflection.scrub import GONE, scrubbed

_MOST_REMARKS: Final = 50
"""Kept of one transaction; a batch in which more contacts fail shows the kinds of reasons."""
_LONGEST_REMARK: Final = 1_000
"""Characters kept of one, up to a blank: half a value could not be found in it."""
_MOST_OF_ONE_CONTACT: Final = 3
_SHOWN: Final = ("errorCode", "message", "detail")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*")
_ADDRESS: Final = re.compile(r"\S*@\S*")
_PLACE: Final = re.compile(r"contacts(?:\[|\.|/)(\d{1,4})(?!\d)")


class Sent(Protocol):
    """A contact as it was sent."""

    @property
    def body(self) -> bytes:
        """The JSON."""
        ...


Rows: TypeAlias = Mapping[str, Sequence[Sent]]
"""What was sent of each email of a batch, in its order."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One error: its code, its words, all text in it, and the places in the batch it names."""

    code: str
    words: str
    text: str
    places: frozenset[int]


def remarks_in(response: Response) -> tuple[Remark, ...]:
    """The envelope's errors, as much of them as is kept."""
    errors = json_of(response).get("errors")
    listed = errors[:_MOST_REMARKS] if isinstance(errors, list) else []
    return tuple(_remark(error) for error in listed if isinstance(error, dict))


def reasons(remarks: Sequence[Remark], rows: Rows, failed: Collection[str]) -> Mapping[str, str]:
    """What is said of each email that failed, without any value; none where nothing is."""
    if not remarks or not failed:
        return {}
    emails = list(rows)
    shown = _without_values(remarks, rows)
    about: dict[str, list[str]] = {email: [] for email in failed}
    for remark in remarks:
        for email in _meant(remark, emails, about.keys()):
            about[email].append(shown[remark])
    return {
        email: "; ".join(list(dict.fromkeys(said))[:_MOST_OF_ONE_CONTACT])
        for email, said in about.items()
        if said
    }


def _meant(remark: Remark, emails: Sequence[str], failed: Collection[str]) -> Collection[str]:
    """Those who failed and whom a remark may be about."""
    named = {e for e in emails if names(remark.text, e)} if "@" in remark.text else set()
    if named:
        return [email for email in failed if email in named]
    # Where places are counted from is not documented: they hold if those there have failed.
    at = {emails[place] for place in remark.places if place < len(emails)}
    return at if at and at.issubset(failed) else failed


def _remark(error: JsonObject) -> Remark:
    said = [value for name in _SHOWN if isinstance(value := error.get(name), str)]
    code = said[0] if said and said[0] == error.get("errorCode") else ""
    if not _CODE.fullmatch(code[:_LONGEST_REMARK]):
        code = ""
    text = _cut("\n".join(_cut(each) for each in strings([error])).lower())
    index = error.get("index")
    given = [index] if isinstance(index, int) and not isinstance(index, bool) and index >= 0 else []
    places = frozenset((*given, *(int(found) for found in _PLACE.findall(text))))
    words = _cut(" ".join(" ".join(_cut(each).split()) for each in said[bool(code) :]))
    return Remark(code, words, text, places)


def _without_values(remarks: Sequence[Remark], rows: Rows) -> Mapping[Remark, str]:
    """The remarks as they are shown. All at once: to collect the values is what takes time."""
    joined = "\n".join(remark.words for remark in remarks)
    found = _ADDRESS.sub(GONE, scrubbed(joined, [*_values(rows)])).split("\n")
    words = found if len(found) == len(remarks) else [GONE] * len(remarks)
    return {
        remark: f"{remark.code} {said}".strip() for remark, said in zip(remarks, words, strict=True)
    }


def _values(rows: Rows) -> Iterator[list[Json]]:
    for each in rows.values():
        for row in each:
            contact = cast(JsonObject, orjson.loads(row.body))
            properties = contact.get("properties")
            yield [contact.get("email")]
            yield [*properties.values()] if isinstance(properties, dict) else []


def _cut(text: str) -> str:
    """The text, or its beginning without the word that would be cut in two."""
    if len(text) <= _LONGEST_REMARK:
        return text
    return text[:_LONGEST_REMARK].rpartition(" ")[0]
