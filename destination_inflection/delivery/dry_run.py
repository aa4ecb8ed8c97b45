"""A delivery that sends nothing: it takes every call and counts the requests it would have cost.

It counts those of a run without a fault, whose source is faster than Inflection and whose people
are all known there. A message is one request. Contacts are collected as `contacts.batches` does it,
and each batch is two: the write, and one question about it. Those that are changed only if
Inflection has them are looked up too, once a batch. The email of each member of a list is looked up
once; those who join a list cost one request a batch, those who leave it one each.

What it remembers does not grow with the sync: the emails of the open batches, at most a thousand in
each, and a table of 16 MiB of all emails; another one if there are lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

import orjson

from destination_inflection.delivery import seam
from destination_inflection.delivery.contacts.batches import (
    CONTACTS,
    IF_KNOWN,
    MOST_BYTES,
    MOST_CONTACTS,
)
from destination_inflection.delivery.distinct import MOST_COUNTED, Counted, Distinct
from destination_inflection.delivery.outcomes import Delivered, Outcome
from destination_inflection.delivery.seam import Call, Tell
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.delivery.transport.readable import readable

T = TypeVar("T")
_TAKEN: Final = Delivered(0)
_REQUESTS_PER_BATCH: Final = 2
"""Of contacts: the write, and the question about it."""


class Needs(NamedTuple):
    """What a real run would take; `emails` is None where calls are not sent by email."""

    requests: Counted
    emails: Counted | None


@dataclass(slots=True)
class _Batch:
    """What counts of an open batch: its bytes, its emails, and which of those leave a list."""

    size: int = 0
    leaves: dict[str, bool] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.leaves) >= MOST_CONTACTS or self.size >= MOST_BYTES


class DryRun(Generic[T]):
    """Each call comes back as delivered."""

    pending_calls = 0
    has_room = True

    def __init__(self, most_emails: int = MOST_COUNTED) -> None:
        """Counts so many different emails; of others it only says that there were more."""
        self.traffic = Traffic()
        self._most_emails = most_emails
        self._ended: list[tuple[T, Outcome]] = []
        self._requests = 0
        self._open: dict[str, _Batch] = {}
        """The batch that is being collected for each channel."""
        self._emails: Distinct | None = None
        self._members: Distinct | None = None

    def submit(self, call: Call, ticket: T) -> None:
        """Takes a call."""
        self.pending_calls += 1
        match call.kind:
            case seam.CONTACT:
                self._collect(CONTACTS, call, leaves=False)
            case seam.CONTACT_IF_KNOWN:
                self._collect(IF_KNOWN, call, leaves=False)
            case seam.MEMBER:
                self._member(call)
            case _:
                self._requests += 1
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

    def no_more_calls(self) -> None:
        """Says that no call comes any more."""

    def read_back(self, _call: Call, tell: Tell, /) -> None:
        """Nothing was written that could be read."""
        tell(())

    def shut_down(self) -> None:
        """There is nothing to end."""

    def close(self) -> None:
        """There is nothing to close."""

    @property
    def needs(self) -> Needs:
        """What a run of these calls would take."""
        left = sum(_requests(channel, batch) for channel, batch in self._open.items())
        unknown = self._members is not None and self._members.counted.more
        emails = None if self._emails is None else self._emails.counted
        return Needs(Counted(self._requests + left, unknown), emails)

    def _member(self, call: Call) -> None:
        if self._members is None:
            self._members = Distinct(self._most_emails)
        self._requests += self._members.add(call.identity)  # its look-up
        member = orjson.loads(call.body)
        self._collect(str(member["list_id"]), call, leaves=not member["member"])

    def _collect(self, channel: str, call: Call, *, leaves: bool) -> None:
        if self._emails is None:
            self._emails = Distinct(self._most_emails)
        self._emails.add(call.identity)
        batch = self._open.get(channel)
        if batch is None:
            batch = self._open[channel] = _Batch()
        batch.size += len(call.body)
        batch.leaves[call.identity] = leaves
        if batch.is_full:
            self._requests += _requests(channel, self._open.pop(channel))


def _requests(channel: str, batch: _Batch) -> int:
    """How many a batch costs, without the look-ups of members, which are remembered."""
    if channel == CONTACTS:
        return _REQUESTS_PER_BATCH
    if channel == IF_KNOWN:
        return _REQUESTS_PER_BATCH + len(batch.leaves)
    leavers = sum(batch.leaves.values())
    return leavers + (leavers < len(batch.leaves))
