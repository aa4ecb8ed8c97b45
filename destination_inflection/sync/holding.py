"""Which checkpoints must wait although their records are settled; `sync.verdict` says why. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.streams import StreamKey
from destination_inflection.sync.ledger import Checkpoint, Held
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
class Bounds:
    """How much a sync may hold on to before it stops reading, or lets doubtful checkpoints go."""

    held_checkpoints: int = 10_000
    """Of some 3 KiB each, with what the ledger keeps of them; most are far smaller."""
    held_bytes: int = 32 * 1024 * 1024
    """Some sources write a state of several megabytes: a few of them must be able to wait."""
    input_bytes: int = 32 * 1024 * 1024
    """Of checkpoints and of records that are on their way, together; a record keeps its line, to be
    stored if it is rejected. One line more, of any size that is read, may come on top."""


DEFAULT_BOUNDS: Final = Bounds()


class Holding:
    """Judges checkpoints by the books of the run."""

    def __init__(
        self,
        report: Report,
        max_rejected_percent: float,
        clock: Callable[[], float],
        warn: Callable[[StreamKey, str], None],
    ) -> None:
        """`clock` is in seconds; `warn` is told of a stream whose checkpoint goes in doubt."""
        self._report = report
        self._max_rejected_percent = max_rejected_percent
        self._clock = clock
        self._warn = warn
        self.is_pressed = False
        """Whether no checkpoint should wait that may go at all: the end, or no more room."""
        self._looked_at: tuple[bool, int, int, int] = (False, 0, 0, 0)

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
        covers = held.covers
        doubtful: list[StreamKey] = []
        for stream in list(self._report.streams) if covers is None else covers:
            match standing(self._report.stream(stream)):
                case Standing.FAILING:
                    return False
                case Standing.DOUBTFUL:
                    doubtful.append(stream)
        age = self._clock() - held.read_at
        if doubtful and not self.is_pressed and age < LONGEST_HOLD_SECONDS:
            return False
        for stream in doubtful:
            self._warn(stream, doubt(stream, self._report.stream(stream)))
        return True
