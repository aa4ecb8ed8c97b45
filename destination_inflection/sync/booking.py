"""What an outcome means: for its record, which it ends, and for the sync, which it may stop."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from destination_inflection.delivery.outcomes import (
    Delivered,
    GaveUp,
    Outcome,
    Refusal,
    Refused,
    Stopped,
    Unneeded,
)
from destination_inflection.errors import ConfigError, ConnectorError, TransientError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.plurals import plural
from destination_inflection.rejects.entry import Fault
from destination_inflection.sync.records import Records, Sent
from destination_inflection.sync.spans import Checkpoint

_ALL_REFUSED: Final = 1_000
"""So many calls refused by Inflection before it took a single one mean that none will pass."""
_REASONS: Final = MappingProxyType(
    {
        Refusal.REFUSED: Reason.REFUSED,
        Refusal.CONTACT_FAILED: Reason.CONTACT_FAILED,
        Refusal.NOT_CONFIRMED: Reason.NOT_CONFIRMED,
        Refusal.UNKNOWN_CONTACT: Reason.UNKNOWN_CONTACT,
        Refusal.BREAKS_ENDPOINT: Reason.BREAKS_ENDPOINT,
    }
)

C = TypeVar("C", bound=Checkpoint)


class Booking(Generic[C]):
    """Books outcomes; `mask` takes the key out of Inflection's words, should it stand there."""

    def __init__(self, records: Records[C], mask: Callable[[str], str]) -> None:
        self._records = records
        self._mask = mask
        self._refused_by_inflection = 0
        self._taken_by_inflection = 0

    def book(self, sent: Sent[C], outcome: Outcome) -> ConnectorError | None:
        """Books one outcome; returns the error it means for the sync, if it does."""
        match outcome:
            case Delivered():
                self._taken_by_inflection += 1
                self._records.close(sent.record, None, outcome.change)
            case Refused():
                self._records.close(sent.record, self._refusal(sent, outcome))
                return self._count_refusal(outcome)
            case Unneeded():
                self._records.close_unneeded(sent.record)
            case GaveUp():
                return TransientError(
                    f"Inflection did not take a call in {outcome.attempts} "
                    f"{plural(outcome.attempts, 'attempt')} ({outcome.trouble}): nothing is "
                    "lost, the sync can be started again later."
                )
            case Stopped():
                return ConfigError(outcome.problem)
        return None

    def _refusal(self, sent: Sent[C], outcome: Refused) -> Fault:
        return Fault(
            _REASONS[outcome.why],
            sent.record.ticket.stream,
            call=sent.call,
            detail=self._mask(outcome.detail),
            http_status=outcome.status,
            attempts=outcome.attempts,
        )

    def _count_refusal(self, outcome: Refused) -> ConfigError | None:
        """Counts it; an error when so many calls were refused before any was taken."""
        if outcome.why is not Refusal.REFUSED:
            # The request was taken; this is what Inflection said of the contact.
            self._taken_by_inflection += 1
            return None
        self._refused_by_inflection += 1
        if self._refused_by_inflection < _ALL_REFUSED or self._taken_by_inflection:
            return None
        return ConfigError(
            f"Inflection refused the first {self._refused_by_inflection:,} calls (the last with "
            f"HTTP {outcome.status}) and took none: check the route's address and the rules."
        )
