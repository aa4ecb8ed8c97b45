"""How a run is to deliver: by which route, how fast, how patiently, and by whose clock."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import random
from time import monotonic
from typing import Final, Literal, TypeAlias

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.seam import CONTACT, MEMBER

BOTH_KINDS: Final = frozenset({CONTACT, MEMBER})

Authentication: TypeAlias = Literal["basic", "bearer", "none"]


@dataclass(frozen=True, slots=True)
class EventEndpointRoute:
    """The route of identify, track and group calls."""

    endpoint_url: str
    authentication: Authentication
    app_id: str | None


@dataclass(frozen=True, slots=True)
class DeveloperApiRoute:
    """The route of contacts: people only, in batches, each one reconciled."""

    base_url: str


RouteConfig: TypeAlias = EventEndpointRoute | DeveloperApiRoute


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to try: seconds a request, and seconds a call with all its attempts."""

    request_timeout: float = 30.0
    # Airbyte wants a checkpoint at least each 15 minutes: a call may take most of that, not more.
    deadline: float = 600.0

    def timeout(self, elapsed: float) -> float:
        """The time-out of an attempt that starts `elapsed` seconds after the first one did."""
        left = self.deadline - elapsed
        return self.request_timeout if left >= self.request_timeout else max(left, 0.001)


@dataclass(frozen=True, slots=True)
class Settings:
    """How many requests may be in flight and start in a second, how long to try, what to hold.

    `kinds` are the kinds of calls that may come. A member of a list whose person is unknown waits
    only if contacts are among them.
    """

    connections: int
    requests_per_second: float
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    bounds: Bounds = field(default_factory=Bounds)
    kinds: Collection[str] = BOTH_KINDS


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, and chance."""

    monotonic: Callable[[], float] = monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random
