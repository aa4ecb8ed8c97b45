"""Which checkpoints must wait although their records are settled; `sync.verdict` says why. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.streams import StreamKey
from destination_inflection.sync.spans import Checkpoint, Held
from destination_inflection.sync.tally import Report
from destination_inflection.sync.verdict import (
    LONGEST_HOLD_SECONDS,
    Standing,
    doubt,
    failing_streams,
    run_problem,
    standing,
)


@dataclass(frozen=True, slots=True)
class SyncBounds:
    """How much a sync may hold on to before it stops reading, or lets doubtful checkpoints go."""

    held_checkpoints: int = 10_000
    """Of some 3 KiB each, with what the ledger keeps of them; most are far smaller."""
    held_bytes: int = 32 * 1024 * 1024
    """Some sources write a state of several megabytes: a few of them must be able to wait."""
    input_bytes: int = 32 * 1024 * 1024
    """Of checkpoints and of records that are on their way, together; a record keeps its line, to be
    stored if it is rejected. One line more, of any size that is read, may come on top."""


DEFAULT_BOUNDS: Final = SyncBounds()


class Holding:
    """Judges checkpoints by the books of the run."""

    def __init__(
        self,
        report: Report,
        max_rejected_percent: float,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is in seconds."""
        self._report = report
        self._max_rejected_percent = max_rejected_percent
        self._clock = clock
        self._is_pressed = False
        self._looked_at: tuple[bool, int, int, int] = (False, 0, 0, 0)

    @property
    def is_pressed(self) -> bool:
        """Whether each checkpoint that may go goes now: at the end, or when a bound is reached."""
        return self._is_pressed

    @is_pressed.setter
    def is_pressed(self, pressed: bool) -> None:
        self._is_pressed = pressed
        if not pressed:  # the next time that it is, that is a change
            self._looked_at = (False, *self._looked_at[1:])

    @property
    def stops_all(self) -> bool:
        """Whether no checkpoint at all may go back now."""
        return run_problem(self._report, self._max_rejected_percent) is not None

    def look_for_changes(self, stored: int) -> bool:
        """Whether anything has changed, since the last look, that may let a checkpoint go.

        That is a stream's first delivery, `is_pressed`, the number up to which rejects are
        `stored`, or the time, by a second at least.
        """
        streams = self._report.streams.values()
        delivering = sum(1 for tally in streams if tally.delivered)
        seen, self._looked_at = (
            self._looked_at,
            (self.is_pressed, delivering, int(self._clock()), stored),
        )
        return seen != self._looked_at

    @property
    def failure(self) -> ConfigError | None:
        """What the sync fails with when no more input comes."""
        return failing_streams(self._report.streams) or run_problem(
            self._report, self._max_rejected_percent
        )

    def may_go(self, held: Held[Checkpoint]) -> bool:
        """Whether a checkpoint whose records are settled may go back now."""
        worst = max(self._standings(held).values(), default=Standing.GOOD)
        age = self._clock() - held.read_at
        return worst is Standing.GOOD or (
            worst is Standing.DOUBTFUL and (self.is_pressed or age >= LONGEST_HOLD_SECONDS)
        )

    def doubts(self, held: Held[Checkpoint]) -> dict[StreamKey, str]:
        """What to tell of a checkpoint that goes: its streams in doubt, with a warning each."""
        return {
            stream: doubt(stream, self._report.stream(stream))
            for stream, stands in self._standings(held).items()
            if stands is Standing.DOUBTFUL
        }

    def _standings(self, held: Held[Checkpoint]) -> dict[StreamKey, Standing]:
        covers = self._report.streams if held.covers is None else held.covers
        streams = list(covers)  # asking for the tally of one may add it
        return {stream: standing(self._report.stream(stream)) for stream in streams}
