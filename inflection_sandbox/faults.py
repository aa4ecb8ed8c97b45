"""What the sandbox does wrong on purpose: errors, resets, silence, slowness, limits, refusals."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from time import monotonic
from typing import Any, Final

RESET: Final = "reset"
HANG: Final = "hang"
_SECOND: Final = 1.0


@dataclass
class Faults:
    """The faults in force. The same `seed` gives the same ones in the same order.

    `fail` maps a status, `reset` or `hang` to its probability; `retry_after` goes out with it;
    `refuse` holds patterns such as `email=poison@*`, answered with 400; `limit` is in requests a
    second (0: none), beyond which the answer is 429.

    For contacts only: `fail_contact` holds patterns too, whose contacts end as FAILED; a
    transaction settles after `settle_ms`, and `queue_ms` after the one before it (0: all at once);
    a batch of more than `batch_bytes` (0: any) gets a 413. Properties that are not among
    `known_properties` (None: all are known) are stored as null. Look-ups by email find a new
    contact `lookup_lag` seconds after its transaction has settled.
    """

    fail: Mapping[str, float] = field(default_factory=dict)
    latency_ms: float = 0.0
    retry_after: str = ""
    refuse: Sequence[str] = ()
    limit: float = 0.0
    seed: int = 0
    fail_contact: Sequence[str] = ()
    settle_ms: float = 0.0
    batch_bytes: int = 0
    known_properties: Sequence[str] | None = None
    lookup_lag: float = 0.0
    queue_ms: float = 0.0

    def __post_init__(self) -> None:
        self._random = Random(self.seed)  # noqa: S311 - chance for tests
        self._recent: deque[float] = deque()

    async def delay(self) -> None:
        """Waits as long as an answer takes."""
        if self.latency_ms:
            await asyncio.sleep(self.latency_ms / 1000)

    def strike(self) -> str | None:
        """The fault that hits the next request: a status, `reset` or `hang`; None for none."""
        if self.limit and self._over_limit():
            return "429"
        drawn = self._random.random()
        for fault, probability in self.fail.items():
            drawn -= probability
            if drawn < 0:
                return fault
        return None

    def before_taking(self) -> bool:
        """Whether a 5xx or a broken connection comes before the message is taken, or after."""
        return self._random.random() < 0.5

    def refuses(self, message: Mapping[str, Any]) -> bool:
        """Whether a pattern fits one of the message's fields, traits or properties."""
        return any(_fits(pattern, message) for pattern in self.refuse)

    def dooms(self, contact: Mapping[str, Any]) -> bool:
        """Whether the contact ends as FAILED: a pattern fits its email or a property."""
        return any(_fits(pattern, contact) for pattern in self.fail_contact)

    def stored(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties as they are stored: silently null where a name is not known."""
        known = self.known_properties
        return {n: v if known is None or n in known else None for n, v in properties.items()}

    def _over_limit(self) -> bool:
        now = monotonic()
        while self._recent and self._recent[0] <= now - _SECOND:
            self._recent.popleft()
        if len(self._recent) >= self.limit:
            return True
        self._recent.append(now)
        return False


def _fits(pattern: str, message: Mapping[str, Any]) -> bool:
    name, _, glob = pattern.partition("=")
    places = (message, message.get("traits"), message.get("properties"))
    values = [place[name] for place in places if isinstance(place, dict) and name in place]
    return any(fnmatchcase(str(value), glob) for value in values)


def read_probabilities(text: str) -> dict[str, float]:
    """Reads `429:0.1,500:0.02,reset:0.01`."""
    pairs = [part.split(":") for part in text.split(",") if part.strip()]
    return {name.strip(): float(probability) for name, probability in pairs}
