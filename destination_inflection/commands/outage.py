"""Outages: calls are waiting and nothing succeeds. Reported once it is long, and once it is over.

Pure: what it is told is all that it knows.
"""

from typing import Final

from destination_inflection.airbyte.writer import Level
from destination_inflection.delivery.settings import RetryPolicy
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.plurals import plural
from destination_inflection.report.words import duration

_LONG_SECONDS: Final = 30.0
_MINUTES: Final = RetryPolicy().deadline / 60


class Outage:
    """Whether a call has succeeded lately. All times are in seconds on one clock."""

    def __init__(self, now: float) -> None:
        """`now` is when the run begins."""
        self._since = now
        self._accepted = 0
        self._failed = 0
        self._is_told = False

    def look(self, now: float, pending: int, traffic: Traffic) -> tuple[str, Level] | None:
        """What there is to say now, if anything; `pending` calls have not ended.

        The wait is counted from the last success, or from the last moment without pending calls.
        """
        accepted = traffic.accepted
        if accepted > self._accepted or not pending:
            over = self._is_told and accepted > self._accepted
            lasted, self._since = now - self._since, now
            self._accepted, self._failed, self._is_told = accepted, traffic.failed, False
            if over:
                return f"Inflection accepts calls again, after {duration(lasted)}.", "INFO"
            return None
        is_long = now - self._since >= _LONG_SECONDS and traffic.failed > self._failed
        if self._is_told or not is_long:
            return None
        self._is_told = True
        lasts = duration(int(now - self._since))
        return (
            f"No call has succeeded for {lasts} (last answer: {traffic.trouble}), "
            f"and {pending} {plural(pending, 'call is', 'calls are')} waiting. A call is retried "
            f"for up to {_MINUTES:.0f} minutes; after that the run fails with a temporary error, "
            "and can be started again.",
            "WARN",
        )
