"""A delivery that sends nothing: it takes every call and counts the requests it would have cost."""

from collections import Counter
from collections.abc import Sequence
from math import ceil
from typing import Final, Generic, TypeVar

import orjson

from destination_inflection.delivery.contacts.batches import MOST_CONTACTS
from destination_inflection.delivery.outcomes import Delivered, Outcome
from destination_inflection.delivery.seam import CONTACT, CONTACT_IF_KNOWN, MEMBER, Call, Tell
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport.readable import readable

T = TypeVar("T")
_TAKEN: Final = Delivered(0)


class DryRun(Generic[T]):
    """Each call comes back as delivered."""

    pending_calls = 0
    has_room = True

    def __init__(self) -> None:
        self.traffic = Traffic()
        self._ended: list[tuple[T, Outcome]] = []
        self._calls: Counter[str] = Counter()
        self._look_ups = 0

    def submit(self, call: Call, ticket: T) -> None:
        """Takes a call."""
        self.pending_calls += 1
        self._calls[call.kind] += 1
        if call.kind == CONTACT_IF_KNOWN:
            email = str(orjson.loads(call.body)["email"])
            self._look_ups += 1 if email == email.lower() else 2
        self._ended.append((ticket, _TAKEN))

    def outcomes(self) -> list[tuple[T, Outcome]]:
        """Takes out the calls since the last time."""
        ended, self._ended = self._ended, []
        self.pending_calls = 0
        return ended

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until one of the file descriptors can be read, at most `timeout` seconds."""
        return readable(inputs, 0.0 if self._ended else timeout)

    def flush(self) -> None:
        """Says that no call comes for a while. There is nothing that waits for company here."""

    def read_back(self, _call: Call, tell: Tell, /) -> None:
        """Nothing was written that could be read."""
        tell(())

    def shut_down(self) -> None:
        """There is nothing to end."""

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def requests(self) -> int:
        """How many requests a run without a fault would send, at most.

        A message is one. A thousand contacts are two, the write and the question about it. A member
        of a list is looked up, and a thousand are added in one. A contact that is changed only if
        Inflection has it is looked up too; one with capitals, twice.
        """
        members = self._calls[MEMBER]
        contacts = self._calls[CONTACT] + self._calls[CONTACT_IF_KNOWN]
        messages = self._calls.total() - contacts - members
        writes, additions = ceil(contacts / MOST_CONTACTS), ceil(members / MOST_CONTACTS)
        return messages + 2 * writes + members + additions + self._look_ups
