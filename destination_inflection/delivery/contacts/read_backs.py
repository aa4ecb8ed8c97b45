"""Reading contacts back: which of the properties that were sent are not stored.

Inflection stores a property that it does not know silently as null. So whoever hands calls in may
ask, of a contact that was delivered, which of its properties are not there. Names are compared, not
values. A look-up may come too early, so what is missing is looked up once more before it is
reported.

It never delays anything: all of it ends within `_LONGEST_SECONDS`, and any trouble just ends it. No
input or output in here.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import orjson

from destination_inflection.delivery.contacts.answers import data_of
from destination_inflection.delivery.contacts.calls import Ask, look_up
from destination_inflection.delivery.lanes.endpoint import Effort
from destination_inflection.delivery.outcomes import Delivered, Outcome
from destination_inflection.delivery.seam import Tell
from destination_inflection.delivery.transport.seam import Response
from destination_inflection.json_types import Json

_AGAIN_SECONDS: Final = 2.0
"""Before the second look: what is written is usually there at once."""
_LONGEST_SECONDS: Final = 5.0
"""For both looks. The end of a sync waits for them, and nobody should notice it."""
_VALUELESS: Final[tuple[Json, ...]] = (None, "", [], {})
"""What may be stored as null without a loss."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A contact as it was sent, whom to tell, and what the first look has found."""

    email: str
    names: tuple[str, ...]
    began: float
    tell: Tell
    missing: frozenset[str] | None = None
    """None if the first look-up found nothing out."""
    is_second: bool = False


class ReadBacks:
    """The contacts that are being read back; all times are in seconds."""

    def __init__(self, ask: Ask, deadline: float) -> None:
        """`ask` sends a request and calls back; `deadline` is how long it tries otherwise."""
        self._ask = ask
        self._deadline = deadline
        self._numbers = count()
        self._waiting: list[tuple[float, int, _Question]] = []
        """When to look again; the number keeps equal times apart."""
        self._dropped = False

    @property
    def next_at(self) -> float | None:
        """When the next look is due."""
        return self._waiting[0][0] if self._waiting else None

    def begin(self, sent: bytes, tell: Tell, now: float) -> None:
        """Looks a delivered contact up; `tell` gets the names of what is not stored."""
        contact = orjson.loads(sent)
        names = names_with_values(contact["properties"])
        if self._dropped or not names:
            tell(())
            return
        self._look(_Question(str(contact["email"]), names, now, tell), now)

    def look_again(self, now: float) -> None:
        """Looks up what is due."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, question = heapq.heappop(self._waiting)
            self._look(question, now)

    def drop(self) -> None:
        """Gives everything up: nothing is missing any more."""
        self._dropped = True
        waiting, self._waiting = self._waiting, []
        for _, _, question in waiting:
            question.tell(())

    def _look(self, question: _Question, now: float) -> None:
        # One fault ends it, and so does its time: as if it had begun so long ago.
        effort = Effort(1, question.began + _LONGEST_SECONDS - self._deadline)
        call = replace(look_up(question.email), effort=effort)
        self._ask(call, lambda outcome: self._looked(question, now, outcome))

    def _looked(self, question: _Question, now: float, outcome: Outcome) -> None:
        missing = None
        if isinstance(outcome, Delivered) and outcome.response.status == 200:
            missing = not_stored(question.names, outcome.response)
        if question.is_second and missing is not None and question.missing is not None:
            missing &= question.missing
        if missing == frozenset() or question.is_second or self._dropped:
            question.tell([name for name in question.names if name in (missing or ())])
            return
        second = replace(question, missing=missing, is_second=True)
        heapq.heappush(self._waiting, (now + _AGAIN_SECONDS, next(self._numbers), second))


def names_with_values(properties: object) -> tuple[str, ...]:
    """The names of the properties that hold something."""
    items = properties.items() if isinstance(properties, dict) else ()
    return tuple(str(name) for name, value in items if value not in _VALUELESS)


def not_stored(names: Sequence[str], response: Response) -> frozenset[str] | None:
    """Those names that are absent or null in a contact; None where it shows no properties."""
    properties = data_of(response).get("properties")
    if not isinstance(properties, dict):
        return None
    stored = {name.lower() for name, value in properties.items() if value is not None}
    return frozenset(name for name in names if name.lower() not in stored)
