"""What speaks against a call that fails until its deadline, on the event endpoint.

It is found by looking at what goes over the wire and at the calls that are open, apart from what
the connector counts, so that a record is rejected for breaking the endpoint only where that holds,
and wherever it holds.
"""

import re
from dataclasses import dataclass
from math import inf
from typing import Final, TypeAlias

from destination_inflection.delivery.transport.seam import Answer, Request, Response
from simulation.event_endpoint import MARK
from simulation.violation import Rule, Violation
from simulation.watched import SentCall
from simulation.weather import LONGEST_RETRY_AFTER

_FEWEST: Final = 8
_MANY: Final = 100
_SMALL: Final = 5
_MOST_OF_A_RUN: Final = 20
_A_MINUTE: Final = 60.0
_LATE: Final = 530.0
"""Seconds after its first attempt: the deadline, less the longest wait and some."""
_HEEDED: Final = 295.0
"""The same where the endpoint asked for a pause: it may be as long as five minutes."""
_MOST_ATTEMPTS: Final = 45
"""Of one call. With the shortest round trip, some 30 attempts fit into its deadline."""
_ROUNDING: Final = 1e-6
_SECONDS: Final = re.compile(r"\d+(\.\d+)?")
_SLACK: Final = 2.0
"""Seconds: the connector counts by the second."""
_DONE: Final = (400, 403, 404)
"""What a call is not sent again after, as after a success."""

Name: TypeAlias = tuple[str, str]
"""A record's mark and a kind of call."""


@dataclass(slots=True)
class _Call:
    """What became of the attempts of a call."""

    began: float
    broke: int = 0
    otherwise: int = 0
    last: float = 0.0
    """When its latest answer came."""
    begun_at_first: int = 0
    """How many requests had begun when it failed first."""
    is_done: bool = False
    was_asked: bool = False
    """Whether the endpoint has asked for a pause."""
    not_before: float = -inf
    """Until when it has asked for one, as far as it did so in seconds."""

    @property
    def is_suspect(self) -> bool:
        return self.broke >= _FEWEST and not self.otherwise


class Suspicion:
    """Of one run; times are in seconds."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._calls: dict[Name, _Call] = {}
        self._taken: list[tuple[float, int]] = []
        """When each call was taken, and by which request."""
        self._open: dict[Name, SentCall] = {}
        """In the order in which they were handed in."""
        self._ended: list[Name] = []
        """In this step: in it, the connector judges while others end."""
        self._broken = 0
        self.gave_up: set[str] = set()
        """The records of which a call gave up."""
        self.is_shut = False
        """Whether the run is ending early: nobody is judged then."""

    def submitted(self, sent: SentCall) -> None:
        """A call was handed in."""
        self._open[_name_of(sent)] = sent

    def step_is_over(self) -> None:
        """What ended in the step is not open any more."""
        for name in self._ended:
            self._open.pop(name, None)
        self._ended.clear()

    def begins(self, request: Request, now: float) -> None:
        """A request begins.

        Raises:
            Violation: it comes sooner than the endpoint has asked, or is one too many of its call.
        """
        name = _name_in(request)
        call = self._calls.setdefault(name, _Call(now))
        if now < call.not_before - _ROUNDING:
            early = call.not_before - now
            raise Violation(Rule.PACE, f"{name[0]} is sent {early:.1f} s sooner than was asked for")
        if call.broke + call.otherwise >= _MOST_ATTEMPTS:
            raise Violation(Rule.PACE, f"{name[0]} is sent more than {_MOST_ATTEMPTS} times")

    def answered(
        self, request: Request, number: int, begun: int, answer: Answer, now: float
    ) -> None:
        """The answer to request `number` has come, after so many had begun."""
        call = self._calls[_name_in(request)]
        call.last = now
        status = answer.status if isinstance(answer, Response) else 0
        if 200 <= status < 300:
            self._taken.append((now, number))
            call.is_done = True
        elif status in _DONE:
            call.is_done = True
        else:
            if not call.broke + call.otherwise:
                call.begun_at_first = begun
            asked = answer.headers.get("retry-after") if isinstance(answer, Response) else None
            if asked is not None:
                call.was_asked = True
                call.not_before = now + _seconds_in(asked)
            is_broken = isinstance(answer, Response) and asked is None
            if is_broken and 500 <= status < 600:
                call.broke += 1
            else:
                call.otherwise += 1

    def ends(self, sent: SentCall) -> None:
        """A call came back."""
        self._ended.append(_name_of(sent))

    def breaks(self, sent: SentCall, *, more_come: bool) -> str | None:
        """Notes that a call is said to break the endpoint; returns why that can't be."""
        self._broken += 1
        call = self._calls[_name_of(sent)]
        if self._broken > _MOST_OF_A_RUN:
            return "there were twenty before"
        if not call.is_suspect:
            return "it got something else than eight 5xx or more"
        if call.last - call.began < _LATE:
            return "its deadline is not spent"
        is_proven = self._is_proven(call, _SLACK, 0, more_come=more_come)
        return None if is_proven else "too few others were taken"

    def gives_up(self, sent: SentCall, *, more_come: bool) -> str | None:
        """Notes that a call gave up; returns why it should have been refused."""
        call = self._calls[_name_of(sent)]
        self.gave_up.add(sent.mark)
        if call.last - call.began < (_HEEDED if call.was_asked else _LATE):
            return "its deadline is not spent"
        if self.is_shut or not call.is_suspect or self._broken >= _MOST_OF_A_RUN:
            return None
        is_proven = self._is_proven(call, -_SLACK, self._connections, more_come=more_come)
        return "it breaks the endpoint" if is_proven else None

    def _is_proven(self, call: _Call, slack: float, in_flight: int, *, more_come: bool) -> bool:
        """Whether enough others were taken.

        `in_flight` is how many of them the connector may leave out, as they may have been on their
        way when the call failed first.
        """
        if self._others_could_be_sent():
            after = sum(number > call.begun_at_first for _, number in self._taken)
            return after >= _MANY + in_flight
        since = call.began - _A_MINUTE - slack
        return sum(at >= since for at, _ in self._taken) >= (_MANY if more_come else _SMALL)

    def _others_could_be_sent(self) -> bool:
        """Whether a call that is not a suspect is the first of its person and of its org."""
        found = set[str]()
        for name, sent in self._open.items():
            call = self._calls.get(name)
            if call is not None and call.is_done:
                continue
            places = {f"person {sent.call.identity}"}
            if sent.call.org is not None:
                places.add(f"org {sent.call.org}")
            is_first = not places & found
            found |= places
            if is_first and not (call is not None and call.is_suspect):
                return True
        return False


def _seconds_in(text: str) -> float:
    return min(float(text), LONGEST_RETRY_AFTER) if _SECONDS.fullmatch(text) else 0.0


def _name_of(sent: SentCall) -> Name:
    return sent.mark, sent.call.kind.value


def _name_in(request: Request) -> Name:
    found = MARK.search(request.body)
    return found[0].decode() if found else "", request.url.rpartition("/")[2]
