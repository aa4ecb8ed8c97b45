"""Limits on how many requests are let in: each is asked once a request, with the time it is.

Pure. The time is in seconds of any clock that does not run backwards. A request that is not let in
costs nothing. `read_limit` makes one from its text.
"""

from collections import deque
from math import inf, isfinite
from typing import Final, Protocol

_WRONG: Final = (
    "A limit must be N, N:bucket or N:window:SECONDS, with N requests a second, numbers above 0 "
    "and at least one request a window, such as 100:window:60."
)


class Limiter(Protocol):
    """Says of each request whether it is let in."""

    def lets_in(self, now: float) -> bool:
        """Whether a request at `now` is let in; if so, it counts."""


class SlidingSecond:
    """At most `rate` requests in each second, wherever that second begins."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._recent: deque[float] = deque()

    def lets_in(self, now: float) -> bool:
        """Whether fewer than `rate` requests were let in within the last second."""
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= self._rate:
            return False
        self._recent.append(now)
        return True


class TokenBucket:
    """`rate` requests a second, of which those of one second (or a single one) can be saved up."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._most = max(rate, 1.0)
        self._tokens = self._most
        self._counted_at = -inf

    def lets_in(self, now: float) -> bool:
        """Whether a whole token is there."""
        tokens = min(self._most, self._tokens + (now - self._counted_at) * self._rate)
        if tokens < 1.0:
            return False
        self._tokens, self._counted_at = tokens - 1.0, now
        return True


class FixedWindow:
    """The requests of `seconds` at `rate` a second in each window; the first request opens one.

    The windows follow each other without a gap. Raises ValueError if a window has not one request.
    """

    def __init__(self, rate: float, seconds: float) -> None:
        # Rounded first: 0.29 a second for 100 seconds is 29 requests, not 28.999999999999996.
        self._most = int(round(rate * seconds, 6))
        if self._most < 1:
            raise ValueError(_WRONG)
        self._seconds = seconds
        self._opened_at: float | None = None
        self._window = 0
        self._used = 0

    def lets_in(self, now: float) -> bool:
        """Whether the window that `now` is in has a request left."""
        if self._opened_at is None:
            self._opened_at = now
        window = int((now - self._opened_at) // self._seconds)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used >= self._most:
            return False
        self._used += 1
        return True


def read_limit(text: str) -> Limiter | None:
    """A limit from `100`, `100:bucket` or `100:window:60`; None from nothing, or from 0.

    Raises ValueError, with a sentence, for any other text.
    """
    if not text:
        return None
    match text.split(":"):
        case [rate] if _number(rate) == 0:
            return None
        case [rate]:
            return SlidingSecond(_above_0(rate))
        case [rate, "bucket"]:
            return TokenBucket(_above_0(rate))
        case [rate, "window", seconds]:
            return FixedWindow(_above_0(rate), _above_0(seconds))
    raise ValueError(_WRONG)


def _above_0(text: str) -> float:
    number = _number(text)
    if number <= 0:
        raise ValueError(_WRONG)
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(_WRONG) from None
    if not isfinite(number):
        raise ValueError(_WRONG)
    return number
