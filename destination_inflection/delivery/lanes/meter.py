"""How many requests a second were accepted lately. Pure; all times are in seconds."""

from typing import Final

_HALF: Final = 2.0
_SHORTEST: Final = 0.05
"""What was accepted in less time than this, says nothing of a second."""


class Meter:
    """Counts over two halves of 2 s each, so that its mean is over the last 2 to 4 s."""

    def __init__(self, now: float) -> None:
        self._began = now
        self._before = 0
        self._half_began = now
        self._count = 0

    def note(self, now: float) -> None:
        """Counts a request that was accepted."""
        if now - self._half_began >= _HALF:
            self._turn(now)
        self._count += 1

    def rate(self, now: float) -> float:
        """Accepted requests a second."""
        if now - self._half_began >= _HALF:
            self._turn(now)
        return (self._before + self._count) / max(now - self._began, _SHORTEST)

    def _turn(self, now: float) -> None:
        is_recent = now - self._half_began < 2 * _HALF
        self._began = self._half_began if is_recent else now
        self._before = self._count if is_recent else 0
        self._half_began, self._count = now, 0
