"""What a run reports on its way: progress, speed, what bounds it, and outages."""

from collections.abc import Callable
from typing import Final

from destination_inflection.airbyte.messages import State
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.outage import Outage
from destination_inflection.report.bottleneck import Counters, Limits, bottlenecks
from destination_inflection.report.bottleneck_words import sentences, told
from destination_inflection.report.words import number
from destination_inflection.sync.session import Session

_PROGRESS_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 1.0
"""Steps are frequent, and adding up the counters takes time."""


class Watch:
    """Looks at a session after each of its steps."""

    def __init__(
        self, session: Session[State], limits: Limits | None, log: Callable[[str, Level], None]
    ) -> None:
        """`limits` are those that requests keep to; None where nothing is sent."""
        self._session = session
        self._limits = limits
        self._log = log
        self._looked = 0.0
        self._shown = Counters()
        self._outage = Outage(0.0)

    def look(self) -> None:
        """Reports what is new, at most once a second."""
        seconds = self._session.seconds
        if seconds - self._looked < _LOOK_SECONDS:
            return
        self._looked = seconds
        delivery = self._session.delivery
        traffic = delivery.traffic
        notice = self._outage.look(seconds, delivery.pending_calls, traffic)
        if notice is not None:
            self._log(*notice)
        if seconds - self._shown.seconds >= _PROGRESS_SECONDS:
            report = self._session.sync.report
            counted = Counters.of(seconds, report, traffic)
            lately, self._shown = counted.since(self._shown), counted
            self._log(f"{report.progress(traffic)}; {self._pace(lately)}", "INFO")

    def _pace(self, lately: Counters) -> str:
        pace = (
            f"in the last {lately.seconds:.0f} s {lately.delivered} delivered, "
            f"{number(lately.delivered / lately.seconds)} records/s."
        )
        if self._limits is None:
            return pace
        found = told(bottlenecks(lately, self._limits), self._limits)
        return f"{pace} {sentences(found, 'Bound by')}"
