"""Writes in doubt: whether what comes after them waits as long as it should."""

from collections.abc import Mapping
from typing import Final

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Request,
)
from simulation.developer_wire import writes_in
from simulation.violation import Rule, Violation

_LONGEST: Final = 60.0
"""Seconds that an email rests at most."""
_ROUNDING: Final = 1e-6
_LOST: Final = (FailureKind.TIMEOUT, FailureKind.BROKEN)


class WritesInDoubt:
    """Of one run of the Developer API's route."""

    def __init__(self, settles_in: float) -> None:
        """No transaction settles sooner than in `settles_in` seconds."""
        self._rest = min(2 * settles_in, _LONGEST)
        self._doubts: dict[str, tuple[float, frozenset[str]]] = {}

    def sends(self, request: Request, now: float) -> None:
        """A request begins.

        Raises:
            Violation: it writes a newer value of a contact, and an older one may still come.
        """
        if not self._doubts or not _is_write(request):
            return
        for email, marks in _marks_in(request).items():
            since, in_doubt = self._doubts.get(email, (now - self._rest, frozenset[str]()))
            if now < since + self._rest - _ROUNDING and in_doubt.isdisjoint(marks):
                after = f"{now - since:.2f} s after a write in doubt"
                raise Violation(Rule.PERSONS, f"{email} is written {after}")

    def answered(self, request: Request, answer: Answer, now: float) -> None:
        """A request ended."""
        is_lost = isinstance(answer, Failure) and answer.kind in _LOST
        if not _is_write(request) or not (is_lost or _is_broken(answer)):
            return
        for email, marks in _marks_in(request).items():
            self._doubts[email] = now, marks


def _is_broken(answer: Answer) -> bool:
    return not isinstance(answer, Failure) and answer.status >= 500


def _is_write(request: Request) -> bool:
    return request.url.endswith("/contacts/batch")


def _marks_in(request: Request) -> Mapping[str, frozenset[str]]:
    return {write.email: frozenset(write.marks) for write in writes_in(request.body)}
