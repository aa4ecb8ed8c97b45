"""A delivery that is watched: each call that goes in, and what comes out for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from destination_inflection.airbyte.messages import State
from destination_inflection.delivery.outcomes import Outcome
from destination_inflection.delivery.seam import Delivery, Tell
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.mapping.calls import Call
from destination_inflection.sync.records import Sent
from simulation.event_endpoint import MARK
from simulation.violation import Rule, Violation


@dataclass(frozen=True, slots=True)
class SentCall:
    """A call, and the record that it is of."""

    mark: str
    call: Call


class Watcher(Protocol):
    """Who hears of calls."""

    def submitted(self, sent: SentCall) -> None:
        """A call was handed in."""
        ...

    def ended(self, sent: SentCall, outcome: Outcome) -> None:
        """A call came back."""
        ...

    def shut_down(self) -> None:
        """The run is ending early."""
        ...

    def flushed(self) -> None:
        """No call comes for a while."""
        ...

    def looks(self, delivery: Delivery[Call, Sent[State]], /) -> None:
        """A step of the run is over."""
        ...


class Watched:
    """Passes everything on."""

    def __init__(self, inner: Delivery[Call, Sent[State]], watcher: Watcher) -> None:
        self._inner = inner
        self._watcher = watcher
        self._open: dict[int, tuple[Sent[State], SentCall]] = {}

    @property
    def pending_calls(self) -> int:
        """How many calls have been handed in and not ended."""
        return self._inner.pending_calls

    @property
    def has_room(self) -> bool:
        """Whether more calls should be handed in now."""
        return self._inner.has_room

    @property
    def traffic(self) -> Traffic:
        """What went over the wire."""
        return self._inner.traffic

    def submit(self, call: Call, ticket: Sent[State]) -> None:
        """Takes a call on its way."""
        origin = getattr(ticket.record.origin, "content", b"")
        found = MARK.search(origin)
        if found is None:
            raise Violation(Rule.CALLS, "a call was made of no record")
        sent = SentCall(found[0].decode(), call)
        self._open[id(ticket)] = ticket, sent
        self._watcher.submitted(sent)
        self._inner.submit(call, ticket)

    def outcomes(self) -> list[tuple[Sent[State], Outcome]]:
        """Takes out what has ended."""
        ended = self._inner.outcomes()
        for ticket, outcome in ended:
            known = self._open.pop(id(ticket), None)
            if known is None:
                raise Violation(Rule.CALLS, "a call ended that is not open")
            self._watcher.ended(known[1], outcome)
        return ended

    def flush(self) -> None:
        """Says that no call comes for a while."""
        self._watcher.flushed()
        self._inner.flush()

    def no_more_calls(self) -> None:
        """Says that no call comes any more."""
        self._watcher.flushed()
        self._inner.no_more_calls()

    def read_back(self, call: Call, tell: Tell, /) -> None:
        """Asks which properties are not stored."""
        self._inner.read_back(call, tell)

    def wait(self, timeout: float, inputs: Sequence[int] = ()) -> list[int]:
        """Waits until something can be done."""
        ready = self._inner.wait(timeout, inputs)
        self._watcher.looks(self._inner)
        return ready

    def shut_down(self) -> None:
        """Begins nothing new."""
        self._watcher.shut_down()
        self._inner.shut_down()

    def close(self) -> None:
        """Ends it."""
        self._inner.close()
