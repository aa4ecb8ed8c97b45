"""The life of one process: from its start until it ends by itself, or is killed.

Whatever the process touches of the world counts as an event, and at a given one it may be killed,
or sent a signal. A process that was killed can touch nothing any more.
"""

from typing import Final

from destination_inflection.commands.ending import Guarded
from destination_inflection.storage.store import Store
from destination_inflection.sync.session import GRACE_SECONDS
from simulation.scenario import End, Kill
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.violation import Killed

LAST_SECONDS: Final = 12.0
"""After a signal, a thread of the connector's own ends its process at the latest."""
STORING_SECONDS: Final = 11.0
SAVE_SECONDS: Final = 3.0
_TERMINATED: Final = 143


class Life:
    """Also what the connector knows of signals (`commands.outside.Signals`)."""

    def __init__(self, timeline: Timeline, trace: Trace, kill: Kill | None) -> None:
        self.timeline = timeline
        self.trace = trace
        self.is_over = False
        self.was_killed = False
        self.events = 0
        self._saves = 0
        self.signalled_at: float | None = None
        self._kill = kill

    def touch(self) -> None:
        """Counts an event.

        Raises:
            Killed: the process is dead.
        """
        if self.was_killed:
            raise Killed
        self.events += 1
        self._count(is_a_save=False)
        if self.was_killed:
            raise Killed

    def saved(self) -> None:
        """Counts a file that is saved.

        Raises:
            Killed: the process is dead.
        """
        self._saves += 1
        self._count(is_a_save=True)
        if self.was_killed:
            raise Killed

    def _count(self, *, is_a_save: bool) -> None:
        kill, number = self._kill, self._saves if is_a_save else self.events
        if kill is None or self.is_over or is_a_save is not kill.is_at_a_save:
            return
        if number >= kill.event:
            self._kill = None
            if kill.how is End.SIGKILL:
                self.die("SIGKILL")
            else:
                self.trace.note("platform", "SIGTERM")
                self.signalled_at = self.timeline.now
                self.timeline.at(self.timeline.now + LAST_SECONDS, self._time_is_up)

    def die(self, how: str) -> None:
        """Ends the process now, wherever it is."""
        self.trace.note("platform", how)
        self.was_killed = self.is_over = True

    def end(self) -> None:
        """Notes that the process has nothing in flight any more."""
        self.is_over = True

    def _time_is_up(self) -> None:
        if not self.is_over:
            self.die("its own end, 12 s after the signal")

    @property
    def is_told(self) -> bool:
        """Whether there was a signal."""
        return self.signalled_at is not None

    @property
    def name(self) -> str:
        """The signal's name."""
        return "SIGTERM" if self.is_told else "no signal"

    @property
    def status(self) -> int:
        """The exit status."""
        return _TERMINATED if self.is_told else 0

    @property
    def grace(self) -> float:
        """How many seconds there are for requests in flight."""
        if self.signalled_at is None:
            return GRACE_SECONDS
        return max(self.signalled_at + GRACE_SECONDS - self.timeline.now, 0.0)

    @property
    def store_deadline(self) -> float | None:
        """Until when a call of the store that begins now must have ended."""
        if self.signalled_at is None:
            return None
        return min(self.timeline.now + SAVE_SECONDS, self.signalled_at + STORING_SECONDS)

    def guarded(self, store: Store) -> Store:
        """A store that is not asked again once it has failed."""
        return Guarded(store, lambda call: call())
