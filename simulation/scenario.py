"""What a seed decides before a world begins: how bad its weather is, and how small its bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from types import MappingProxyType
from typing import Final

from destination_inflection.airbyte.bounds import LineBounds
from destination_inflection.commands.outside import RunBounds
from destination_inflection.delivery.bounds import Bounds
from destination_inflection.rejects.parts import Collected
from destination_inflection.sync.holding import SyncBounds
from simulation.chance import chance
from simulation.shapes import Shape, make_shape
from simulation.tables import Route

FAIR_FROM: Final = 7_200.0
"""Seconds: whatever the weather, it is over by then."""


class Trouble(Enum):
    """What can happen to one request."""

    LIMITED = "429"
    BUSY = "503"
    BROKEN = "500 and not taken"
    TAKEN_AND_BROKEN = "500 and taken"
    GATEWAY = "504 after a while, and taken"
    RESET = "reset before it arrived"
    RESET_AFTER = "reset after it was taken"
    HALF = "half an answer"
    LOST = "no answer, not taken"
    LOST_AFTER = "no answer, and taken"
    SLOW = "a slow answer"
    UNKNOWN_HOST = "the name can't be resolved"
    FORBIDDEN = "a firewall's 403"
    WRONG_KEY = "401"
    WEB_PAGE = "a web page"
    NOT_FOUND = "404"


class Limiter(Enum):
    """How the endpoint limits its requests."""

    NONE = "no limit"
    BUCKET = "token bucket"
    SECOND = "window of a second"
    MINUTE = "window of a minute"


class StoreTrouble(Enum):
    """What can happen when a file is to be stored."""

    FULL = "it is full"
    REFUSED = "not allowed"
    LOST = "it fails at the end, and the file may be there"
    HANGS = "it hangs"


class End(Enum):
    """How the platform ends a run."""

    SIGTERM = "SIGTERM"
    SIGKILL = "SIGKILL"


@dataclass(frozen=True, slots=True)
class Outage:
    """Every request between two times has the same trouble."""

    begins: float
    ends: float
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Kill:
    """The platform ends run number `run`, from 0, at an event of it."""

    run: int
    event: int
    """Its number, of all events, or of the files that are saved."""
    is_at_a_save: bool
    how: End
    loses_output: bool
    """Whether what the platform has not read yet is lost."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """All that is fixed about a world. Times are in seconds."""

    seed: int
    route: Route
    shape: Shape
    connections: int
    ceiling: int
    bounds: RunBounds
    round_trip: tuple[float, float]
    troubles: Mapping[Trouble, float]
    """The share of requests that each befalls while the weather is bad."""
    bad_until: float
    outages: tuple[Outage, ...]
    has_retry_after: bool
    limiter: Limiter
    limit: int
    has_poison: bool
    """Whether one record gets 500 for ever."""
    refused: float
    """The share of records that the endpoint refuses."""
    walled: float
    """The share of records that a firewall always forbids."""
    has_store: bool
    store_troubles: Mapping[StoreTrouble, float]
    kills: tuple[Kill, ...]
    reading_seconds: float
    """How long the platform takes to read a line."""
    pipe_bytes: int
    """How much the platform lets stand in the pipe; 64 KiB on Linux."""
    row_seconds: float
    """How long the source takes for a line."""
    pauses: float
    """The share of lines before which the source pauses for some seconds."""
    chunk_bytes: int
    """How much of the input can be read at once at most."""

    @property
    def fair_from(self) -> float:
        """When the last timed fault is over."""
        return max([self.bad_until, *(outage.ends for outage in self.outages)])


_SINGLE_TROUBLES: Final = (
    Trouble.LIMITED,
    Trouble.BUSY,
    Trouble.BROKEN,
    Trouble.TAKEN_AND_BROKEN,
    Trouble.GATEWAY,
    Trouble.RESET,
    Trouble.RESET_AFTER,
    Trouble.HALF,
    Trouble.LOST,
    Trouble.LOST_AFTER,
    Trouble.SLOW,
    Trouble.UNKNOWN_HOST,
)
_STOPPING: Final = (Trouble.WRONG_KEY, Trouble.WEB_PAGE, Trouble.NOT_FOUND)


def make_scenario(seed: int) -> Scenario:
    """What the seed decides."""
    rng = chance(seed, "scenario")
    route = rng.choice(tuple(Route))
    shape = make_shape(chance(seed, "shape"), route)
    bad_until = rng.choice((0.0, 5.0, 60.0, 900.0, 3_000.0))
    is_bad = bad_until > 0
    limiter = rng.choice((Limiter.NONE, Limiter.NONE, *Limiter))
    return Scenario(
        seed=seed,
        route=route,
        shape=shape,
        connections=rng.choice((1, 2, 4, 16, 64)),
        ceiling=rng.choice((5, 50, 500, 500, 500)),
        bounds=_bounds(rng),
        round_trip=rng.choice(((0.001, 0.002), (0.02, 0.08), (0.05, 0.5), (0.5, 3.0))),
        troubles=_troubles(rng) if is_bad else MappingProxyType({}),
        bad_until=bad_until,
        outages=_outages(rng),
        has_retry_after=rng.random() < 0.4,
        limiter=limiter,
        limit=rng.choice((5, 20, 100)),
        has_poison=rng.random() < 0.1,
        refused=rng.choice((0.0, 0.0, 0.01, 0.2)),
        walled=rng.choice((0.0, 0.0, 0.0, 0.02, 0.05)),
        has_store=rng.random() < 0.7,
        store_troubles=_store_troubles(rng),
        kills=_kills(rng),
        reading_seconds=rng.choice((0.0, 0.0, 0.01, 1.0, 5.0)),
        pipe_bytes=rng.choice((1 << 16, 1 << 16, 500)),
        row_seconds=rng.choice((0.0, 0.0, 0.001, 0.05, 0.4)),
        pauses=rng.choice((0.0, 0.0, 0.01)),
        chunk_bytes=rng.choice((100, 2_000, 1 << 16, 1 << 16)),
    )


def _bounds(rng: Random) -> RunBounds:
    if rng.random() < 0.3:
        return RunBounds()
    calls = rng.choice((1, 5, 50, 1_000))
    return RunBounds(
        Bounds(
            pending_calls=calls,
            pending_contacts=calls,
            pending_bytes=rng.choice((2_000, 100_000, 1 << 24)),
        ),
        SyncBounds(
            held_checkpoints=rng.choice((2, 20, 10_000)),
            held_bytes=rng.choice((3_000, 100_000, 1 << 25)),
            input_bytes=rng.choice((3_000, 100_000, 1 << 25)),
        ),
        LineBounds(),
        Collected(rng.choice((0.5, 5.0, 60.0)), rng.choice((1_000, 50_000, 1 << 24))),
    )


def _troubles(rng: Random) -> Mapping[Trouble, float]:
    some = rng.sample(_SINGLE_TROUBLES, rng.randint(1, 6))
    share = rng.choice((0.005, 0.03, 0.1, 0.3))
    found = {trouble: share / len(some) for trouble in some}
    if rng.random() < 0.05:
        found[rng.choice(_STOPPING)] = 0.001
    return MappingProxyType(found)


def _outages(rng: Random) -> tuple[Outage, ...]:
    found = []
    begins = 0.0
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        begins += rng.choice((0.0, 1.0, 10.0, 300.0)) * rng.random()
        lasts = rng.choice((1.0, 20.0, 120.0, 500.0, 900.0)) * (0.5 + rng.random())
        kinds = (*_SINGLE_TROUBLES, *_SINGLE_TROUBLES, Trouble.FORBIDDEN, *_STOPPING)
        found.append(Outage(begins, begins + lasts, rng.choice(kinds)))
        begins += lasts
    return tuple(found)


def _store_troubles(rng: Random) -> Mapping[StoreTrouble, float]:
    if rng.random() < 0.8:
        return MappingProxyType({})
    return MappingProxyType({rng.choice(tuple(StoreTrouble)): rng.choice((0.05, 0.5))})


def _kills(rng: Random) -> tuple[Kill, ...]:
    def kill(run: int) -> Kill:
        is_at_a_save = rng.random() < 0.2
        return Kill(
            run,
            rng.randint(1, 6) if is_at_a_save else int(10 ** rng.uniform(0.5, 3.7)),
            is_at_a_save,
            rng.choice(tuple(End)),
            loses_output=rng.random() < 0.5,
        )

    return tuple(kill(run) for run in range(rng.choice((0, 0, 0, 1, 1, 2, 3))))
