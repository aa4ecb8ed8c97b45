"""Writes in doubt: whether what comes after them waits as long as it should."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
    Response,
)
from simulation.developer_wire import writes_in
from simulation.violation import Rule, Violation

_LONGEST: Final = 60.0
"""Seconds that an email rests at most."""
_ROUNDING: Final = 1e-6
_LOST: Final = (FailureKind.TIMEOUT, FailureKind.BROKEN)
_IDENTITY: Final = re.compile(rb'"transactionId":\s*"?([^",}]+)')


@dataclass(slots=True)
class _Settling:
    """When the connector took in that a transaction began, and what it heard of it last."""

    began: float
    heard: float


class WritesInDoubt:
    """Of one run of the Developer API's route."""

    def __init__(self, settles_in: float) -> None:
        """No transaction settles sooner than in `settles_in` seconds."""
        self._rest = min(2 * settles_in, _LONGEST)
        self._doubts: dict[str, tuple[float, frozenset[str]]] = {}
        self._taken: dict[str, str] = {}
        """The transaction of the latest write of an email that was in doubt."""
        self._settling: dict[str, _Settling] = {}
        self._landed: list[str] = []
        """Transactions of which an answer has come that the connector has not taken in."""

    def sends(self, request: Request, now: float) -> None:
        """A request begins.

        Raises:
            Violation: it writes a newer value of a contact, and an older one may still come.
        """
        if not self._doubts or not _is_write(request):
            return
        for email, marks in _marks_in(request).items():
            since, in_doubt = self._doubts.get(email, (now - self._rest, frozenset[str]()))
            if now < since + self._rest_of(email) - _ROUNDING and in_doubt.isdisjoint(marks):
                after = f"{now - since:.2f} s after a write in doubt"
                raise Violation(Rule.PERSONS, f"{email} is written {after}")

    def answered(self, request: Request, answer: Answer, now: float) -> None:
        """A request ended."""
        if isinstance(answer, Response) and answer.status < 300:
            self._succeeded(request, answer)
        is_lost = isinstance(answer, Failure) and answer.kind in _LOST
        if not _is_write(request) or not (is_lost or _is_broken(answer)):
            return
        for email, marks in _marks_in(request).items():
            self._doubts[email] = now, marks
            self._taken.pop(email, None)

    def heard(self, now: float) -> None:
        """The connector takes in all that has ended."""
        for identity in self._landed:
            known = self._settling.get(identity)
            if known is None:
                self._settling[identity] = _Settling(now, now)
            else:
                known.heard = now
        self._landed.clear()

    def _succeeded(self, request: Request, answer: Response) -> None:
        """Notes the transactions of what was in doubt, and what is heard of them."""
        _, _, asked = request.url.partition("/transactions/")
        if asked and unquote(asked) in self._settling:
            self._landed.append(unquote(asked))
        if not self._doubts or not _is_write(request):
            return
        found = _IDENTITY.search(answer.body)
        emails = [email for email in _marks_in(request) if email in self._doubts]
        if found is not None and emails:
            identity = found[1].decode()
            self._landed.append(identity)
            self._taken.update(dict.fromkeys(emails, identity))

    def _rest_of(self, email: str) -> float:
        """Twice as long as its own transaction took, as the connector has seen that."""
        known = self._settling.get(self._taken.get(email, ""))
        seen = known.heard - known.began if known is not None else 0.0
        return max(self._rest, min(2 * seen, _LONGEST))


def _is_broken(answer: Answer) -> bool:
    return not isinstance(answer, Failure) and answer.status >= 500


def _is_write(request: Request) -> bool:
    return request.url.endswith("/contacts/batch")


def _marks_in(request: Request) -> Mapping[str, frozenset[str]]:
    return {write.email: frozenset(write.marks) for write in writes_in(request.body)}
