"""The figures of a benchmark: what each process took for its records, by the process's name."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.process import Taken


@dataclass(frozen=True, slots=True)
class Figure:
    """What a process took for so many records."""

    records: int
    taken: Taken
    requests: int | None = None
    """How many requests it made, where that was counted."""

    @property
    def records_per_second(self) -> float:
        """Over the whole life of the process."""
        return self.records / self.taken.wall_seconds

    @property
    def microseconds(self) -> float:
        """Of processor time, a record."""
        return self.taken.cpu_seconds / self.records * 1e6

    def as_json(self) -> dict[str, Any]:
        """As it is in results.json."""
        found = {
            **asdict(self.taken),
            "records": self.records,
            "records_per_second": self.records_per_second,
        }
        return found if self.requests is None else {**found, "requests": self.requests}

    def __str__(self) -> str:
        """For whoever watches."""
        return (
            f"{self.records_per_second:,.0f} records/s, {self.microseconds:,.0f} us of processor "
            f"time a record, {self.taken.peak_mib:.0f} MiB"
        )


def middle(figures: Sequence[Figure]) -> Figure:
    """Of several runs of the same, the one in the middle by its processor time."""
    ordered = sorted(figures, key=lambda figure: figure.microseconds)
    return ordered[(len(ordered) - 1) // 2]
