"""What went over the wire in a run, counted where it happens."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Traffic:
    """Requests sent, and how often something was sent again, by what went wrong."""

    requests: int = 0
    retries: Counter[str] = field(default_factory=Counter)
