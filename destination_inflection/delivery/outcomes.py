"""What became of a call, whichever route it took."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.delivery.transport.seam import Response

_NOTHING: Final = Response(200)


class Change(StrEnum):
    """What a write changed, in the words of the Developer API; what changed most comes first."""

    CREATED = "created"
    UPDATED = "updated"
    NO_CHANGE = "no change"


_BY_WEIGHT: Final = tuple(Change)


def larger(one: Change, other: Change) -> Change:
    """The one that changed more."""
    if one is other:  # nearly always, and this is asked for each contact
        return one
    return min(one, other, key=_BY_WEIGHT.index)


class Delivered(NamedTuple):
    """Inflection has it; `response` is its answer. A tuple, because one is made for each call.

    `doubts` counts the earlier attempts that may have been taken too: then the same request may
    still be carried out once more, later. `change` is what it changed, where Inflection says so.
    """

    attempts: int
    response: Response = _NOTHING
    doubts: int = 0
    change: Change | None = None


class Refusal(StrEnum):
    """Why Inflection did not take something."""

    REFUSED = "refused"
    """It said no to the request."""
    CONTACT_FAILED = "contact_failed"
    """It took the request, and said later that this contact failed."""
    NOT_CONFIRMED = "not_confirmed"
    """It took the request, and what it says of it can't be read: nobody knows."""
    UNKNOWN_CONTACT = "unknown_contact"
    """It knows no contact with this email, and a list holds contacts only."""
    BREAKS_ENDPOINT = "breaks_endpoint"
    """It failed on this one every time, while it took others (`delivery.breaking`)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Inflection does not want this one; `detail` is its answer in words."""

    attempts: int
    status: int | None
    detail: str
    why: Refusal = Refusal.REFUSED
    doubts: int = 0
    """Earlier attempts that may have been taken all the same."""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """What was to be changed is not in Inflection, so there was nothing to do."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Failing:
    """All tries that its `Effort` allows were spent; it may have been taken.

    `faults` of its attempts ended in a 5xx or a time-out.
    """

    attempts: int
    faults: int
    trouble: str
    status: int | None
    """Of the last answer; None if there was none."""
    began: float
    """When the first attempt began."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """A fault lasted longer than the call's deadline."""

    attempts: int
    trouble: str
    faults: int = 0
    """Attempts that ended in a 5xx or a time-out."""
    status: int | None = None
    """Of the last answer; None if there was none."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """No call can succeed until the user changes something; `problem` is one sentence."""

    attempts: int
    problem: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The connector is shutting down; whether the call was taken is not known."""

    attempts: int


Outcome: TypeAlias = Delivered | Refused | Unneeded | Failing | GaveUp | Stopped | Interrupted


def is_a_no(outcome: Outcome) -> bool:
    """Whether Inflection said no to what was sent, so that parts of it may still be taken."""
    return isinstance(outcome, Refused) and outcome.why is not Refusal.NOT_CONFIRMED


def leaves_doubt(outcome: Outcome) -> bool:
    """Whether an attempt at a write may still be carried out, after what is sent later."""
    if isinstance(outcome, Delivered | Refused):
        return outcome.doubts > 0
    return not isinstance(outcome, Stopped | Unneeded)
