"""What the pace promises, tried where calls never run out: limits are found, outages respected.

A world has too few calls for that. Each promise is played by `simulation.pacing` with a seed of its
own, so it holds or it does not; how close to the possible the pace comes, `make pacing` measures.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

from inflection_sandbox.limits import Limiter, TokenBucket
from simulation.pacing.cells import Cell, measure
from simulation.pacing.endless import Phase, Setup, play
from simulation.pacing.faults import outage

Promise: TypeAlias = Callable[[], str | None]
"""Says what is wrong, if anything is."""

_LEAST_DELIVERED: Final = 0.985
_MOST_REFUSED: Final = 0.016
_MOST_REFUSED_OF_A_BUCKET: Final = 0.04
_MOST_PROBES: Final = 60
_BACK_WITHIN_SECONDS: Final = 12


def broken_promises() -> Iterator[str]:
    """What is wrong with each promise that does not hold."""
    for promise in PROMISES:
        problem = promise()
        if problem is not None:
            yield f"the pace: {problem}"


def _a_limit_is_found() -> str | None:
    share = measure(Cell(200, "1 s window", 64, 26), 120)
    if share.delivered >= _LEAST_DELIVERED and share.refused <= _MOST_REFUSED:
        return None
    return (
        f"of a limit of 200 requests a second {share.delivered:.1%} were used, "
        f"and {share.refused:.1%} of all requests were refused"
    )


def _an_outage_is_respected() -> str | None:
    seen = outage(64, 51, begins=20, seconds=60)
    is_back = seen.back_within is not None and seen.back_within <= _BACK_WITHIN_SECONDS
    if seen.requests <= _MOST_PROBES and seen.most_in_a_second <= 1 and is_back:
        return None
    return (
        f"an outage of a minute got {seen.requests} requests, up to {seen.most_in_a_second} in a "
        f"second, and all was back after {seen.back_within} seconds"
    )


class _ChanceThenALimit:
    """Refuses a tenth of all requests at first, whatever their rate; then what exceeds a rate."""

    def __init__(self, seconds: float, rate: float) -> None:
        self._seconds = seconds
        self._chance = Random(61)
        self._limiter: Limiter = TokenBucket(rate)

    def lets_in(self, now: float) -> bool:
        if now < self._seconds:
            return self._chance.random() >= 0.1
        return self._limiter.lets_in(now)


def _what_seemed_chance_is_forgotten() -> str | None:
    limiter = _ChanceThenALimit(40.0, 50.0)
    seen = play(Setup(61, 64, phases=(Phase(0.0, limiter),)), 300)
    refused = seen.refused_share(220, 300)
    if refused <= _MOST_REFUSED_OF_A_BUCKET:
        return None
    return f"{refused:.1%} were refused at a limit, long after a time of refusals by chance"


PROMISES: Final[tuple[Promise, ...]] = (
    _a_limit_is_found,
    _an_outage_is_respected,
    _what_seemed_chance_is_forgotten,
)
