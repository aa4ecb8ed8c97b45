"""Calls over time as bars, in percent of the drawing's width and height. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from inflection_sandbox.journal import Outcome, Second

_STEPS: Final = (1, 2, 5, 10, 15, 30, 60)
_MOST_BARS: Final = 120
_FEWEST_BARS: Final = 40

FATES: Final = {
    Outcome.ACCEPTED: "delivered",
    Outcome.REPEAT: "skipped",
    Outcome.REFUSED: "rejected",
    Outcome.FAULT: "not_settled",
}
"""The style sheet's name for what became of a call."""


@dataclass(frozen=True, slots=True)
class Part:
    """The calls of a bar with one outcome; `top` and `height` in percent."""

    fate: str
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The calls of one step; `left` and `width` in percent."""

    left: float
    width: float
    at: int
    calls: int
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Chart:
    """Calls a step, each of `step` seconds, from `start` to `end` in seconds since 1970."""

    step: int
    start: int
    end: int
    highest: int
    bars: Sequence[Bar]


def over_time(seconds: Sequence[Second]) -> Chart | None:
    """The chart of the seconds with calls, in order; None if there are none."""
    if not seconds:
        return None
    first, last = seconds[0][0], seconds[-1][0]
    step = next(step for step in _STEPS if (last - first) / step < _MOST_BARS or step == _STEPS[-1])
    steps: dict[int, Counter[Outcome]] = {}
    for second, counts in seconds:
        steps.setdefault(second // step, Counter()).update(counts)
    end = last // step + 1
    start = min(first // step, end - _FEWEST_BARS)
    highest = max(counts.total() for counts in steps.values())
    width = 100 / (end - start)
    bars = [
        Bar((at - start) * width, width * 0.85, at * step, counts.total(), _parts(counts, highest))
        for at, counts in steps.items()
    ]
    return Chart(step, start * step, end * step, highest, bars)


def _parts(counts: Counter[Outcome], highest: int) -> list[Part]:
    parts, top = [], 100.0
    for outcome, fate in FATES.items():
        if counts[outcome]:
            height = 100 * counts[outcome] / highest
            top -= height
            parts.append(Part(fate, top, height))
    return parts
