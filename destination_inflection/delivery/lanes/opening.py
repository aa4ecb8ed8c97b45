"""An opening: at the start and after a closure, the requests in flight become more step by step.

Only as many may be in flight as were accepted since, and two more: their number doubles with each
round trip. At a fixed rate, all that fits into one round trip would be gone before the first "too
many requests" is back, and an endpoint that comes back after an outage would be flooded. Pure.
"""

from dataclasses import dataclass
from typing import Final

_AT_FIRST: Final = 2


@dataclass(slots=True)
class Opening:
    """Counts the requests that started after number `latest`."""

    latest: int = 0
    accepted: int = 0
    in_flight: int = 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be in flight."""
        return self.in_flight < self.accepted + _AT_FIRST
