"""How transactions are written: their id, how far they are, and each contact's status. Pure.

The published description has three words for a transaction and four for a contact, in capitals.
Both are read in any case (`noChange` is `NO_CHANGE`), ids also as numbers, and FAILED is read of a
whole transaction too. All else is a form that is not documented: `stage_of` and `status_of` say so,
and nobody guesses.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeVar

from destination_inflection.delivery.bounds import MOST_ID_CHARACTERS
from destination_inflection.json_types import Json, JsonObject

_LONGEST_WORD: Final = 100
"""Characters. The words that are known have ten at most."""
_BETWEEN: Final = str.maketrans("", "", "_- ")


class Stage(Enum):
    """How far a transaction is."""

    PENDING = "PENDING"
    NOT_EXIST = "NOT_EXIST"
    DONE = "DONE"
    FAILED = "FAILED"
    """Not documented of a whole transaction."""
    UNKNOWN = "a word that is not documented"


class Status(Enum):
    """What became of one contact."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    NO_CHANGE = "NO_CHANGE"
    FAILED = "FAILED"


W = TypeVar("W", Stage, Status)


def _plainly(words: type[W]) -> Mapping[str, W]:
    return MappingProxyType({str(word.value).translate(_BETWEEN): word for word in words})


_STAGES: Final = _plainly(Stage)
_STATUSES: Final = _plainly(Status)
_AS_DOCUMENTED: Final[Mapping[Json, Status]] = MappingProxyType({s.value: s for s in Status})


def identity_in(data: JsonObject, name: str) -> str | None:
    """An id, which may be a number; None if it is missing or too long for a URL."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= MOST_ID_CHARACTERS else None


def stage_of(data: JsonObject) -> Stage | None:
    """How far the transaction is that an envelope's `data` describes; None: it does not say."""
    value = data.get("status")
    if not isinstance(value, str) or not value.strip():
        return None
    return _STAGES.get(_plain(value), Stage.UNKNOWN)


def status_of(value: Json) -> Status | None:
    """A contact's status; None for what is not a word that is known."""
    if not isinstance(value, str):
        return None
    return _AS_DOCUMENTED.get(value) or _STATUSES.get(_plain(value))


def results_in(data: JsonObject) -> list[Json] | None:
    """The results of a transaction; None where there is no list of them in its place."""
    inner = data.get("data")
    results = inner.get("results") if isinstance(inner, dict) else None
    return results if isinstance(results, list) else None


def has_results(data: JsonObject) -> bool:
    """Whether it is done and says what became of the contacts."""
    return stage_of(data) is Stage.DONE and results_in(data) is not None


def states_something(envelope: JsonObject) -> bool:
    """Whether an answer holds data at all; without any it is no more than trouble."""
    data = envelope.get("data")
    return isinstance(data, dict | list) and bool(data)


def is_paged(envelope: JsonObject) -> bool:
    """Whether the answer says that it is one page of several, at one of the places for that."""
    data = envelope.get("data")
    inner = data.get("data") if isinstance(data, dict) else None
    return any(isinstance(each, dict) and "pagination" in each for each in (envelope, data, inner))


def _plain(word: str) -> str:
    return word[:_LONGEST_WORD].translate(_BETWEEN).strip().upper()
