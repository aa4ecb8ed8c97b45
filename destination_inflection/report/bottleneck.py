"""What bounded a run, or a part of it: a function of what was counted meanwhile. Pure.

Delivery books each second that it waits under what it waits for. The rest of the time is the run's
own work. The largest share is the bottleneck, and names one figure that can be acted upon.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.sync.tally import Report

_SHORTEST_SECONDS: Final = 1.0
"""Less is the start and the end of a run, and says nothing."""
_LEAST_SHARE: Final = 0.1
"""The others are named from this share on."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What was configured: requests in flight at a time, and their starts in a second."""

    connections: int
    requests_per_second: float


@dataclass(frozen=True, slots=True)
class Counters:
    """What was counted in an interval; all zero where nothing was."""

    seconds: float = 0.0
    read: int = 0
    delivered: int = 0
    answers: int = 0
    failed: int = 0
    """Of the answers, those that were neither a success nor a verdict."""
    answer_seconds: float = 0.0
    """How long all answers took, added up."""
    settled: int = 0
    settle_seconds: float = 0.0
    """How old transactions were when they settled, added up."""
    waited: Mapping[Bottleneck, float] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, seconds: float, report: Report, traffic: Traffic) -> Self:
        """What a run has counted, `seconds` after its start."""
        return cls(
            seconds,
            report.read,
            report.delivered,
            traffic.latencies.count,
            traffic.failed,
            traffic.latencies.seconds,
            *traffic.settled,
            dict(traffic.waited),
        )

    def since(self, earlier: Self) -> Self:
        """What was counted between two moments of one run."""
        return type(self)(
            self.seconds - earlier.seconds,
            self.read - earlier.read,
            self.delivered - earlier.delivered,
            self.answers - earlier.answers,
            self.failed - earlier.failed,
            self.answer_seconds - earlier.answer_seconds,
            self.settled - earlier.settled,
            self.settle_seconds - earlier.settle_seconds,
            {what: time - earlier.waited.get(what, 0.0) for what, time in self.waited.items()},
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A bottleneck, its share of the time (0 to 1), and its figure.

    The figure is, of the input, records read a second; of the ceiling and of parallel requests, the
    requests a second that they allow; of the endpoint's limit, requests accepted a second; of
    faults, attempts that failed; of one person or org, records delivered a second. Of transactions
    it is seconds until one settles, of answers seconds an answer, of the processor seconds of work
    a record. It is None if it can't be calculated, because nothing happened.
    """

    what: Bottleneck
    share: float
    figure: float | None


def bottlenecks(counted: Counters, limits: Limits) -> list[Found]:
    """What bounded an interval, the largest share first; the others from a tenth on.

    None are found in less than a second. Of two equal ones, the first in `Bottleneck` is first.
    """
    if counted.seconds < _SHORTEST_SECONDS:
        return []
    times = dict.fromkeys(Bottleneck, 0.0) | dict(counted.waited)
    times[Bottleneck.PROCESSOR] = max(counted.seconds - sum(times.values()), 0.0)
    largest_first = sorted(times, key=lambda what: -times[what])
    return [
        Found(what, min(times[what] / counted.seconds, 1.0), _figure(what, times, counted, limits))
        for place, what in enumerate(largest_first)
        if place == 0 or times[what] >= _LEAST_SHARE * counted.seconds
    ]


def _figure(
    what: Bottleneck, times: Mapping[Bottleneck, float], counted: Counters, limits: Limits
) -> float | None:
    match what:
        case Bottleneck.INPUT:
            return counted.read / counted.seconds
        case Bottleneck.CEILING:
            return limits.requests_per_second
        case Bottleneck.LIMIT:
            return (counted.answers - counted.failed) / counted.seconds or None
        case Bottleneck.FAULTS:
            return counted.failed
        case Bottleneck.PARALLEL:
            return _ratio(limits.connections * counted.answers, counted.answer_seconds)
        case Bottleneck.IDENTITY:
            return counted.delivered / counted.seconds
        case Bottleneck.TRANSACTIONS:
            return _ratio(counted.settle_seconds, counted.settled)
        case Bottleneck.ANSWERS:
            return _ratio(counted.answer_seconds, counted.answers)
        case Bottleneck.PROCESSOR:
            return _ratio(times[what], counted.read)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
