"""How fast requests may start: a limit for all lanes together that yields to "too many requests".

Additive increase, multiplicative decrease, judged second by second. A second in which more than a
fifth of the answers were 429 halves the rate; any other second wins a sixteenth of the limit back.
(A limiter answers just the excess with 429. Up to a fifth of it costs a few retries, while halving
at each single 429 would stop a sync for every stray one.)
"""

from typing import Final

_SECOND: Final = 1.0
_TOLERATED_SHARE: Final = 0.2
_STEPS_BACK: Final = 16
_SLOWEST: Final = 1.0  # requests a second
_BURST_SECONDS: Final = 0.05


class Pace:
    """The pace of one sync. All times are seconds on a clock that never goes back."""

    def __init__(self, limit: float, now: float) -> None:
        """`limit` is in requests a second."""
        self._limit = limit
        self.rate = limit
        self._next = now
        self._window_ends = now + _SECOND
        self._answers = 0
        self._limited = 0

    def delay(self, now: float) -> float:
        """Seconds until the next request may start; 0 when it may start now."""
        return max(self._next - now, 0.0)

    def started(self, now: float) -> None:
        """Counts a request that starts now. A short pause may be caught up with, not a long one."""
        earliest = now - _BURST_SECONDS
        self._next = max(self._next, earliest) + 1.0 / self.rate

    def answered(self, now: float, *, limited: bool) -> None:
        """Counts an answer; `limited` says that it was "too many requests"."""
        self._answers += 1
        self._limited += limited
        if now < self._window_ends:
            return
        if self._limited > self._answers * _TOLERATED_SHARE:
            self.rate = max(self.rate / 2, min(_SLOWEST, self._limit))
        else:
            self.rate = min(self.rate + self._limit / _STEPS_BACK, self._limit)
        self._window_ends = now + _SECOND
        self._answers = self._limited = 0
