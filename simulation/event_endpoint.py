"""The world's event endpoint: takes one message a request, and remembers whose, in what order."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from destination_inflection.delivery.transport.seam import Answer, Request, Response
from destination_inflection.json_types import JsonObject
from simulation.lines import InputLine
from simulation.violation import Rule, Violation

MARK: Final = re.compile(rb"mark_[a-z]+_\d{6}")
VALUE: Final = re.compile(rb"mark_[a-z]+_\d{6}|lumen\.example", re.IGNORECASE)
"""What stands in records alone: a mark, or an email."""
_OK: Final = (
    Response(200, {}, b'{"success":true}'),
    Response(202, {}, b""),
    Response(200, {"content-type": "text/html"}, b"OK"),
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The records that are never taken, by their marks."""

    refused: frozenset[str] = frozenset()
    """Answered with 400, and words that quote the record."""
    walled: frozenset[str] = frozenset()
    """Answered with 403, by a firewall."""
    poison: str | None = None
    """Answered with 500, for ever."""


@dataclass(slots=True)
class Books:
    """What was taken, over all runs; marks, and kinds of calls."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    identities: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """The message id and the timestamp of each record's call."""
    holders: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The record and the call that each message id belongs to."""
    told_no: set[str] = field(default_factory=set)


class EventEndpoint:
    """What is behind the network on this route."""

    def __init__(self, lines: Mapping[str, InputLine], verdicts: Verdicts, key: str) -> None:
        """`lines` are all that may be sent, by their marks."""
        self._lines = lines
        self._verdicts = verdicts
        self._authorization = key
        self._latest: dict[str, int] = {}
        self._bodies: dict[tuple[str, str], bytes] = {}
        self._number: Callable[[str], int] = lambda _mark: 0
        self.books = Books()

    def begin_run(self, number: Callable[[str], int]) -> None:
        """A new process is there: what was in flight before is gone.

        `number` says where a record stands in the input of this run.
        """
        self._number = number
        self._latest.clear()
        self._bodies.clear()

    def serve(self, request: Request, _now: float) -> Answer:
        """Takes a message that arrives now.

        Raises:
            Violation: it is not the next one of its user, or has changed since it came first.
        """
        if request.headers.get("Authorization") != self._authorization:
            return Response(401)
        message: JsonObject = orjson.loads(request.body)
        found = MARK.search(request.body)
        if found is None:
            raise Violation(Rule.CALLS, "a message without a record was sent")
        mark, kind = found[0].decode(), str(message["type"])
        self._look_at_bytes(mark, kind, request.body)
        self._look_at_ids(mark, kind, message)
        if mark == self._verdicts.poison:
            return Response(500, {}, b"oops")
        if mark in self._verdicts.walled:
            return Response(403, {}, b"<p>blocked</p>")
        if mark in self._verdicts.refused:
            self.books.told_no.add(mark)
            return Response(400, {}, orjson.dumps({"message": f"bad value {mark} in it"}))
        self._look_at_order(mark, message)
        self.books.taken[mark, kind] += 1
        return _OK[len(self.books.taken) % len(_OK)]

    def is_not_heard(self, request: Request, now: float) -> None:
        """The answer does not arrive: that changes nothing here."""

    def _look_at_bytes(self, mark: str, kind: str, body: bytes) -> None:
        first = self._bodies.setdefault((mark, kind), body)
        if first != body:
            raise Violation(Rule.IDS, f"two attempts of {kind} of {mark} differ")

    def _look_at_ids(self, mark: str, kind: str, message: JsonObject) -> None:
        call = mark, kind
        identity = str(message["messageId"])
        found = identity, str(message.get("timestamp"))
        if self.books.identities.setdefault(call, found) != found:
            raise Violation(Rule.IDS, f"{kind} of {mark} has another id or time than before")
        if self.books.holders.setdefault(identity, call) != call:
            raise Violation(Rule.IDS, f"{kind} of {mark} has the id of another call")

    def _look_at_order(self, mark: str, message: JsonObject) -> None:
        line, number = self._lines[mark], self._number(mark)
        person = str(message.get("userId") or message.get("anonymousId"))
        self._follow(Rule.PERSONS, f"user {person}", mark, number)
        if line.org and message["type"] == "group" and message.get("traits"):
            self._follow(Rule.ORGS, f"org {line.org}", mark, number)

    def _follow(self, rule: Rule, whose: str, mark: str, number: int) -> None:
        if self._latest.get(whose, 0) > number:
            raise Violation(rule, f"{mark} was taken after a newer call of {whose}")
        self._latest[whose] = number
