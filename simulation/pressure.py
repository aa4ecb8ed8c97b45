"""How hard a run presses: no more requests than the user allows, and few that are bound to fail.

The bounds are generous: `simulation/pacing` measures how good the pace is, and this notices only
one that is broken. Outages are watched on the event endpoint only; refusals only in worlds whose
429s all come from the limiter.
"""

from typing import Final

from simulation.scenario import Limiter, Outage, Scenario, Trouble
from simulation.tables import Route
from simulation.violation import Rule, Violation

_CATCHES_UP_SECONDS: Final = 2.1
"""So much of a pause may be caught up with at the ceiling, at most."""
_PROBES_A_SECOND: Final = 0.25
_FIRST_PROBES: Final = 40
_SHARE_REFUSED: Final = 0.1
_SECONDS_REFUSED: Final = 2.5
"""How many seconds' worth of the limit may be refused before the limit is found."""
_SOME_REFUSED: Final = 40
_NOT_AN_OUTAGE: Final = (
    Trouble.SLOW,
    Trouble.FORBIDDEN,
    Trouble.WRONG_KEY,
    Trouble.WEB_PAGE,
    Trouble.NOT_FOUND,
)
"""What is answered so is not tried again, or is taken."""


class Pressure:
    """Of one run that begins now; times are in seconds."""

    def __init__(self, scenario: Scenario, now: float) -> None:
        self._scenario = scenario
        self._ahead = 0.0
        """How many requests more than the ceiling allows have started."""
        self._ahead_at = now
        self._outages: dict[Outage, tuple[float, int]] = {}
        """When the first request met one, and how many have."""
        self._served = self._refused = 0
        outages = {outage.trouble for outage in scenario.outages}
        # Where a 429 comes by chance as well, a large share of them is nothing to slow down for.
        self._is_steady = (
            scenario.limiter is not Limiter.NONE
            and Trouble.LIMITED not in scenario.troubles
            and Trouble.LIMITED not in outages
        )

    def starts(self, trouble: Trouble | None, now: float) -> None:
        """A request starts, and this befalls it.

        Raises:
            Violation: it is one too many.
        """
        ceiling = self._scenario.ceiling
        self._ahead = max(self._ahead - ceiling * (now - self._ahead_at), 0.0) + 1
        self._ahead_at = now
        if self._ahead > _CATCHES_UP_SECONDS * ceiling + 3:
            raise Violation(Rule.PACE, f"more requests than {ceiling} a second")
        if trouble is not None and self._scenario.route is Route.EVENT_ENDPOINT:
            self._look_at_outages(trouble, now)

    def _look_at_outages(self, trouble: Trouble, now: float) -> None:
        if trouble in _NOT_AN_OUTAGE:
            return
        for outage in self._scenario.outages:
            if outage.trouble is trouble and outage.begins <= now < outage.ends:
                first, count = self._outages.get(outage, (now, 0))
                self._outages[outage] = first, count + 1
                most = 2 * self._scenario.connections + _FIRST_PROBES
                if count > most + _PROBES_A_SECOND * (now - first):
                    raise Violation(Rule.PACE, f"{count} requests in an outage")

    def served(self) -> None:
        """The limiter has let a request through."""
        self._served += 1

    def refused(self) -> None:
        """The limiter has refused a request.

        Raises:
            Violation: it has refused far too many.
        """
        self._refused += 1
        most = _SOME_REFUSED + _SECONDS_REFUSED * self._scenario.limit
        if self._is_steady and self._refused > most + _SHARE_REFUSED * self._served:
            what = f"{self._refused} were refused as too many, and {self._served} not"
            raise Violation(Rule.PACE, what)
