"""What lanes need to know of the place where calls go. Each route fills it."""

from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from destination_inflection.delivery.lanes.answers import Meaning
from destination_inflection.delivery.seam import Sendable
from destination_inflection.delivery.transport.seam import Answer, Request


@dataclass(frozen=True, slots=True)
class Effort:
    """How often a call is tried at most, within its deadline."""

    most_faults: int | None = None
    """So many 5xx answers and time-outs end it as `Failing`; None: only the deadline ends it."""
    began: float | None = None
    """When the first attempt began of what it is a part of: the deadline counts from there."""


UNTIL_THE_DEADLINE: Final = Effort()

C_contra = TypeVar("C_contra", bound=Sendable, contravariant=True)


class Endpoint(Protocol[C_contra]):
    """Where calls go, and what is answered there."""

    def request(self, call: C_contra, timeout: float) -> Request:
        """The request that delivers a call."""
        ...

    def meaning(self, call: C_contra, answer: Answer) -> Meaning:
        """What an answer means for the call; only a `Response` can mean that it was taken."""
        ...

    def stop_sentence(self, call: C_contra, answer: Answer) -> str:
        """What the user has to change after an answer that means STOP."""
        ...

    def effort(self, call: C_contra) -> Effort:
        """How often the call is to be tried."""
        ...
