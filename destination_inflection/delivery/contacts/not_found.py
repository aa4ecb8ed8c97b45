"""What an answer says of members that are not contacts. Pure.

Inflection adds the ids that it knows, skips the others and reports them in `errors`. How it writes
them is not documented, and neither is whether `added` counts those who were members already. So
nobody is judged by what the error says: an id is added when it was sent in a call without the
error, and unknown when it was sent alone and came back with it. The names only tell how to divide
a call in between. If that guess is wrong, it costs some more calls and nothing else.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from destination_inflection.delivery.contacts.answers import SOME_NOT_FOUND, data_of
from destination_inflection.delivery.lanes.answers import json_of
from destination_inflection.delivery.transport.seam import Response


@dataclass(frozen=True, slots=True)
class NotFound:
    """Some of the ids that were sent are not contacts; probably these, if there are any here."""

    suspects: frozenset[str]


def read_not_found(response: Response, sent: Collection[str]) -> NotFound | None:
    """Reads the answer to a call that was to add the ids `sent`; None when it knows all of them.

    The suspects are those that the error names, if it seems to name all: then they and those that
    were added make up what was sent. An answer without `added` is trusted to name all.
    """
    errors = json_of(response).get("errors")
    listed = errors if isinstance(errors, list) else []
    told = [e for e in listed if isinstance(e, dict) and e.get("errorCode") == SOME_NOT_FOUND]
    if not told:
        return None
    text = "\n".join(strings(told)).lower()
    named = frozenset(each for each in sent if names(text, each.lower()))
    added = data_of(response).get("added")
    if isinstance(added, int) and len(named) + added != len(sent):
        return NotFound(frozenset())
    return NotFound(named)


def strings(values: Sequence[object]) -> Iterator[str]:
    """All text in JSON values, and numbers as text; however deeply they are nested."""
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif value is not None:
            yield str(value)


def names(text: str, word: str) -> bool:
    """Whether the word stands in the text, and not inside a longer word or id."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not _goes_on(text[at - 1 : at]) and not _goes_on(text[end : end + 1]):
            return True
        at = text.find(word, at + 1)
    return False


def _goes_on(character: str) -> bool:
    return character.isalnum() or character in ("_", "-")
