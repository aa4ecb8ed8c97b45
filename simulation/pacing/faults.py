"""What faults cost a sender that has no limit, or one that nobody told."""

from dataclasses import dataclass
from random import Random
from typing import Final

from simulation.pacing.cells import SHAPES, most_carried
from simulation.pacing.endless import Phase, Setup, Stray, play

_STRAY: Final = Stray(limited=0.1, failing=0.02)
_CALLS: Final = 20_000
_LAST_CALLS: Final = 10
"""They may end with one that failed often in a row, whose waits show."""
_AN_HOUR: Final = 3600.0
_STORM_CALLS: Final = 400
_AT_ONCE: Final = (0.0, 0.001)
"""Answers in so many seconds: nothing but the waits shows."""


@dataclass(frozen=True, slots=True)
class StrayCost:
    """The share of what could succeed that did, without the last ten calls and with them."""

    delivered: float
    with_the_last: float
    attempts: int


def stray(connections: int, seed: int) -> StrayCost:
    """20,000 calls, of whose requests 10 % get a 429 and 2 % a 500 whatever their rate."""
    seen = play(Setup(seed, connections, stray=_STRAY, calls=_CALLS), _AN_HOUR)
    could = most_carried(connections) * (1 - _STRAY.limited - _STRAY.failing)
    ends = sorted(seen.ends)
    return StrayCost(
        (_CALLS - _LAST_CALLS) / could / ends[-1 - _LAST_CALLS],
        _CALLS / could / ends[-1],
        max(seen.attempts),
    )


def slowed(connections: int, seed: int) -> float:
    """How much longer the same takes where answers come at once, against no faults."""

    def takes(faults: Stray) -> float:
        setup = Setup(seed, connections, 100_000.0, _AT_ONCE, stray=faults, calls=_CALLS)
        return play(setup, _AN_HOUR).ends[-1]

    return takes(_STRAY) / takes(Stray())


@dataclass(frozen=True, slots=True)
class Outage:
    """What was sent during an outage, and how soon all went on.

    `most_in_a_second` leaves out its first two; `back_within` is in seconds, until 0.9 of the
    possible was accepted in one.
    """

    requests: int
    most_in_a_second: int
    back_within: int | None
    attempts: int


def outage(connections: int, seed: int, begins: int = 60, seconds: int = 120) -> Outage:
    """503 to all for so many seconds, from full run."""
    ends = begins + seconds
    seen = play(Setup(seed, connections, outage=(begins, ends)), ends + 60)
    enough = 0.9 * most_carried(connections)
    back = (s for s in range(1, 60) if seen.accepted[ends + s - 1] >= enough)
    return Outage(
        sum(seen.arrived[second] for second in range(begins, ends)),
        max(seen.arrived[second] for second in range(begins + 2, ends)),
        next(back, None),
        max(seen.attempts),
    )


@dataclass(frozen=True, slots=True)
class Storm:
    """Calls that ended, those among them that gave up, and how long it took."""

    ended: int
    gave_up: int
    seconds: float


def storm(seed: int) -> Storm:
    """400 calls through faults of all kinds, drawn by the seed."""
    rng = Random(seed)
    faults = Stray(
        limited=rng.choice((0.0, 0.05, 0.3)),
        failing=rng.choice((0.0, 0.02, 0.2)),
        broken=rng.choice((0.0, 0.01, 0.1)),
        refused=rng.choice((0.0, 0.01)),
        lost=rng.choice((0.0, 0.002)),
    )
    begins, lasts = rng.uniform(0, 20), rng.uniform(0, 200)
    down = (begins, begins + lasts) if rng.random() < 0.3 else (0.0, 0.0)
    asked = rng.choice((None, "0", "3", "70"))
    limit = rng.choice((None, 20.0, 100.0))
    shape = SHAPES[rng.choice(("bucket", "1 s window"))]
    setup = Setup(
        seed,
        rng.choice((16, 64)),
        phases=(Phase(0.0, None if limit is None else shape(limit)),),
        stray=faults,
        outage=down,
        retry_after=asked,
        calls=_STORM_CALLS,
    )
    seen = play(setup, 2 * _AN_HOUR)
    return Storm(len(seen.ends), seen.gave_up, seen.seconds)
