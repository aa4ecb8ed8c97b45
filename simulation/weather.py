"""The weather: what befalls a request on its way, apart from what the endpoint itself would say."""

from collections import deque
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Final

from destination_inflection.delivery.transport.seam import Response
from simulation.faults import Faults
from simulation.scenario import Limiter, Outage, Scenario, Trouble
from simulation.timeline import Timeline

LONGEST_RETRY_AFTER: Final = 300.0
"""Seconds: what is asked for beyond that is not heeded."""


class Weather:
    """Draws the trouble of each request, and limits how many are served."""

    def __init__(self, scenario: Scenario, faults: Faults, timeline: Timeline, rng: Random) -> None:
        self._scenario = scenario
        self._faults = faults
        self._timeline = timeline
        self._rng = rng
        self._troubles = tuple(scenario.troubles.items())
        self._served: deque[float] = deque()
        self._begun: set[Outage] = set()
        self._tokens = float(scenario.limit)
        self._filled = 0.0

    def trouble(self) -> Trouble | None:
        """What befalls a request that starts now."""
        now = self._timeline.now
        for outage in self._scenario.outages:
            if outage.begins <= now < outage.ends:
                if outage not in self._begun and self._faults.happens(f"outage: {outage.trouble}"):
                    self._begun.add(outage)
                return outage.trouble if outage in self._begun else None
        draw = self._rng.random()
        if now >= self._scenario.bad_until:
            return None
        for trouble, share in self._troubles:
            if draw < share:
                return trouble if self._faults.happens(trouble.value) else None
            draw -= share
        return None

    def is_over_limit(self) -> bool:
        """Whether a request that arrives now is one too many; counts it if not."""
        scenario, now = self._scenario, self._timeline.now
        match scenario.limiter:
            case Limiter.NONE:
                return False
            case Limiter.BUCKET:
                limit = float(scenario.limit)
                self._tokens = min(self._tokens + (now - self._filled) * limit, limit)
                self._filled = now
                if self._tokens < 1:
                    return True
                self._tokens -= 1
                return False
            case Limiter.SECOND | Limiter.MINUTE:
                length = 1.0 if scenario.limiter is Limiter.SECOND else 60.0
                window = now // length
                while self._served and self._served[0] // length < window:
                    self._served.popleft()
                if len(self._served) >= scenario.limit * length:
                    return True
                self._served.append(now)
                return False

    def answer(self, status: int) -> Response:
        """A refusal of the endpoint or of what is in front of it, in one of many forms."""
        seconds = self._rng.choice((0, 1, 3, 30, 70))
        odd = ("soon", "-5", "", "1e9", "9" * 30, "Thu, 32 Foo 2026 25:61:61 GMT")
        forms = (*self._forms(seconds), *odd)
        return self._refusal(status, self._rng.choice(forms))

    def over_limit(self) -> Response:
        """The limiter's refusal: if it says when to come back, it is right."""
        is_minute = self._scenario.limiter is Limiter.MINUTE
        seconds = 60 - int(self._timeline.now % 60) if is_minute else 1
        return self._refusal(429, self._rng.choice(self._forms(seconds)))

    def _refusal(self, status: int, retry_after: str) -> Response:
        headers = {}
        if self._scenario.has_retry_after and status in (429, 503) and self._rng.random() < 0.7:
            headers["retry-after"] = retry_after
        return Response(status, headers, self._rng.choice((b"", b"{}", b'{"message":"no"}')))

    def _forms(self, seconds: int) -> tuple[str, ...]:
        date = self._timeline.today() + timedelta(seconds=seconds)
        return str(seconds), f"{seconds}.5", format_datetime(date, usegmt=True)
