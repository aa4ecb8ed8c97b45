"""Pace: when the next request may start, for all lanes together. Pure; all times are in seconds.

Nobody tells a sender the endpoint's limit, so the rate is learnt from what is accepted, below a
ceiling that the user sets. A round (`rounds`) with refusals beyond noise (`noise`) sets it just
below what was accepted, and clean rounds raise it again, in steps that grow, as long as it is used.
Bad answers in a row close the endpoint (`closure`), and its opening is a gentle one (`opening`).
"""

from math import inf
from typing import Final

from destination_inflection.delivery.lanes.closure import BadAnswer, Closure, Streak, Trouble
from destination_inflection.delivery.lanes.meter import Meter
from destination_inflection.delivery.lanes.noise import Noise
from destination_inflection.delivery.lanes.opening import Opening
from destination_inflection.delivery.lanes.rounds import Round, Verdict

_SLOWEST: Final = 1.0
"""Requests a second."""
_BURST_SECONDS: Final = 0.05
"""So much of a pause may be caught up with."""
_MARGIN: Final = 0.99
"""With a larger one, a limiter saves up what it then gives away, which hides the next excess."""
_USED: Final = 0.8
"""A rate that was not used proves nothing."""
_GENTLE: Final = 0.01
_AFTER_A_CLOSURE: Final = 0.08
"""The rate is a rough estimate then."""
_BOLD: Final = 0.35
_SHORT_CLOSURE_SECONDS: Final = 2.0
_FEWEST_FOR_A_MEAN: Final = 12
"""Accepted requests: with fewer, as when another sender has used a limit up, nothing is known."""


class Pace:
    """The pace of one run. Requests are numbered from 1, in the order in which they start."""

    def __init__(self, ceiling: float, now: float) -> None:
        """`ceiling` is in requests a second."""
        self.ceiling = ceiling
        self.rate = ceiling
        """Requests a second, as far as is known by now."""
        self._next = now
        self._burst = _BURST_SECONDS
        self._started = 0
        self._growth = _GENTLE
        self._round = Round(now)
        self._older = 0
        """The latest request that does not count for the round: it started at another rate."""
        self._noise = Noise()
        self._streak = Streak()
        self._closure: Closure | None = None
        self._longest_rest = inf
        self._opening = Opening()
        self._meter = Meter(now)
        self._since = now
        """When the latest long closure was over."""
        self._accepted = 0
        """Requests since then."""

    @property
    def is_closed(self) -> bool:
        """Whether one request at a time tries whether the endpoint takes any."""
        return self._closure is not None

    @property
    def is_opening(self) -> bool:
        """Whether no more may be in flight before an answer says that more are taken."""
        return self._closure is None and not self._opening.has_room

    def delay(self, now: float) -> float:
        """Seconds until the next request may start; infinite while an answer decides that."""
        if self._closure is not None:
            return self._closure.delay(now)
        return max(self._next - now, 0.0) if self._opening.has_room else inf

    def take(self, now: float) -> bool:
        """Counts a request that starts now, if one may; returns whether it may."""
        if self._closure is not None:
            if self._closure.delay(now):
                return False
            self._closure.is_probing = True
        else:
            if self._next > now or not self._opening.has_room:
                return False
            self._opening.in_flight += 1
            earliest = now - self._burst
            if self._next < earliest:
                self._next = earliest
            elif self._next > now - _BURST_SECONDS:
                self._burst = _BURST_SECONDS
            self._next += 1.0 / self.rate
        self._started += 1
        return True

    def accepted(self, request: int, now: float) -> None:
        """Counts a request that the endpoint accepted, whatever it answered then."""
        self._meter.note(now)
        self._accepted += 1
        self._streak.good()
        closure = self._closure
        if closure is not None:
            self._closure = None
            if request > closure.latest or closure.bad_probes:
                self._opened(closure, now)
                return
            # A request from before is through: the bad answers in a row were chance.
            self._opening.in_flight += closure.is_probing
        if request > self._opening.latest:
            self._opening.in_flight -= 1
            self._opening.accepted += 1
        if request > self._older:
            verdict = self._round.accepted(now, self._noise.tolerated(now))
            if verdict is not None:
                self._follow(verdict, now)

    def limited(self, request: int, now: float, asked: float) -> None:
        """Counts a "too many requests" answer.

        `asked` is the number of seconds after which the endpoint asked to be tried again.
        """
        is_probe = self._bad(BadAnswer(Trouble.LIMITED, asked), request, now)
        if request > self._older and not is_probe:
            verdict = self._round.refused(now, self._noise.tolerated(now))
            if verdict is not None:
                self._follow(verdict, now)

    def failed(self, request: int, now: float, asked: float = 0.0) -> None:
        """Counts a request that failed: it was not answered, or the endpoint was unable to take it.

        `asked` is the number of seconds after which the endpoint asked to be tried again.
        """
        self._bad(BadAnswer(Trouble.FAULT, asked), request, now)

    def failed_itself(self, request: int, now: float, asked: float = 0.0) -> None:
        """Counts a request that may itself be the cause of its failure.

        Such a failure says little about the endpoint.
        """
        if self._closure is not None and request > self._closure.latest:
            self.failed(request, now, asked)
        elif request > self._opening.latest:
            self._opening.in_flight -= 1

    def hurry(self, longest: float) -> None:
        """Limits the pauses between probes to this, unless the endpoint asks for longer ones."""
        self._longest_rest = longest
        if self._closure is not None:
            self._closure.hurry(longest)

    def _bad(self, answer: BadAnswer, request: int, now: float) -> bool:
        """Counts a bad answer; returns whether the request was a probe."""
        closure = self._closure
        if closure is not None and request > closure.latest:
            closure.bad(answer, self._streak, now, self._longest_rest)
            return True
        if request > self._opening.latest:
            self._opening.in_flight -= 1
        if closure is None and self._streak.bad():
            self._closure = Closure.begin(answer.trouble, self.rate, self._started, now)
        return False

    def _opened(self, closure: Closure, now: float) -> None:
        """Sets the rate anew: what was accepted around a closure says more than it did before."""
        lasted = now - closure.began
        is_short = lasted < _SHORT_CLOSURE_SECONDS
        accepted_enough = self._accepted >= (1 if is_short else _FEWEST_FOR_A_MEAN)
        if closure.trouble is Trouble.FAULT or not accepted_enough:
            if not is_short:
                self._set_rate(self.rate / 2, now)
                self._growth = _BOLD
        elif is_short:
            self._set_rate(self._meter.rate(now), now)
            self._growth = _AFTER_A_CLOSURE
            # Else each window of a second would lose the closure.
            self._burst = max(lasted, _BURST_SECONDS)
        else:
            # The mean over one window of the limit, however long that is.
            seconds = max(now - self._since - closure.rest / 2, lasted / 2)
            mean = self._accepted / seconds
            self._set_rate(min(mean, self.rate), now)
            self._growth = _AFTER_A_CLOSURE
        if not is_short:
            self._since, self._accepted = now, 0
        self._opening = Opening(self._started, accepted=1)
        self._begin_round(now)

    def _follow(self, verdict: Verdict, now: float) -> None:
        """Sets the rate as a round tells to, and begins another one."""
        over = self._round
        match verdict:
            case Verdict.GROW:
                self._noise.not_cut()
                if over.rate(now) >= _USED * self.rate and self.rate < self.ceiling:
                    self._set_rate(self.rate * (1.0 + self._growth), now)
                    self._growth = min(self._growth * 2, _BOLD)
            case Verdict.HOLD:
                self._noise.not_cut()
            case Verdict.CUT:
                before = self._noise.cut(over, self.rate, now)
                if before is None:
                    self._growth = _GENTLE
                    self._set_rate(_MARGIN * over.rate(now), now)
                else:
                    self._set_rate(before, now)
            case Verdict.CUT_AT_ONCE:
                self._growth = _GENTLE
                self._set_rate(self._meter.rate(now), now)
        if self._round is over:
            self._round = Round(now)

    def _set_rate(self, rate: float, now: float) -> None:
        self.rate = min(max(rate, _SLOWEST), self.ceiling)
        self._begin_round(now)

    def _begin_round(self, now: float) -> None:
        """Begins a round that counts the requests that start from now on."""
        self._older = self._started
        self._round = Round(now)
