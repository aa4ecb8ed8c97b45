"""The trace of a world: a line an event, and their digest, which is the same for the same seed."""

from collections.abc import Callable
from hashlib import sha256

from simulation.timeline import Timeline


class Trace:
    """Takes in what happens; `show` gets it as text, if anybody looks."""

    def __init__(self, timeline: Timeline, show: Callable[[str], None] | None = None) -> None:
        self._timeline = timeline
        self._show = show
        self._digest = sha256()
        self.events = 0

    def note(self, who: str, what: str, detail: bytes = b"") -> None:
        """Notes an event. The detail counts in the digest, and is shown as its length."""
        self.events += 1
        line = f"{self._timeline.now:.6f} {who} {what}"
        self._digest.update(line.encode("utf-8", "replace"))
        self._digest.update(detail)
        if self._show is not None:
            size = f" ({len(detail)} bytes)" if detail else ""
            self._show(f"{self._timeline.now:11.3f}  {who:<9} {what}{size}")

    @property
    def digest(self) -> str:
        """In hexadecimal."""
        return self._digest.hexdigest()
