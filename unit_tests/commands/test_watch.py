"""What a run tells on its way, with a clock that the test moves."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final, cast

from destination_inflection.airbyte.messages import State
from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.watch import Watch
from destination_inflection.delivery.traffic import Bottleneck, Traffic
from destination_inflection.report.bottleneck import Limits
from destination_inflection.streams import StreamKey
from destination_inflection.sync.session import Session
from destination_inflection.sync.tally import Report

LIMITS: Final = Limits(4, 500)


@dataclass
class Bench:
    limits: Limits | None = LIMITS
    seconds: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    report: Report = field(default_factory=Report)
    said: list[tuple[str, Level]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.delivery = SimpleNamespace(traffic=self.traffic, pending_calls=1)
        self.sync = SimpleNamespace(report=self.report)
        session = cast("Session[State]", self)
        self.watch = Watch(
            session, self.limits, lambda text, level: self.said.append((text, level))
        )

    def second(self, delivered: int, waits_for: Bottleneck) -> None:
        self.seconds += 1
        tally = self.report.stream(StreamKey(None, "a"))
        tally.read += delivered
        tally.delivered += delivered
        self.traffic.requests += delivered
        for _ in range(delivered):
            self.traffic.latencies.note(0.2)
        self.traffic.waited[waits_for] += 0.9
        self.watch.look()


def test_a_line_tells_of_the_time_since_the_last_one() -> None:
    bench = Bench()
    for _ in range(30):
        bench.second(100, Bottleneck.CEILING)
    for _ in range(30):
        bench.second(20, Bottleneck.PARALLEL)
    (first, _), (second, level) = bench.said
    assert level == "INFO"
    assert first.endswith(
        "; in the last 30 s 3000 delivered, 100 records/s. Bound by the ceiling for 90% of the "
        "time: at most 500 requests a second may start; raise advanced.max_requests_per_second if "
        "Inflection allows more. Also by the processor (10%)."
    )
    assert second == (
        "Progress: read 3600, delivered 3600, rejected 0, skipped 0, under way 0, unreadable lines "
        "0, retries 0, requests in flight 0, 0 of 0 states released; in the last 30 s 600 "
        "delivered, 20 records/s. Bound by parallel requests for 90% of the time: 4 at a time x "
        "200 ms an answer = 20 a second; raise advanced.connections (at most 256). Also by the "
        "processor (10%)."
    )


def test_a_dry_run_is_bound_by_nothing_that_could_be_named() -> None:
    bench = Bench(limits=None)
    for _ in range(30):
        bench.second(10, Bottleneck.INPUT)
    ((said, _),) = bench.said
    assert said.endswith("; in the last 30 s 300 delivered, 10 records/s.")


def test_an_outage_is_told_while_it_lasts_and_once_it_is_over() -> None:
    bench = Bench()
    bench.second(1, Bottleneck.PARALLEL)
    bench.traffic.latencies.note(0.1)
    bench.traffic.failed, bench.traffic.trouble = 1, "HTTP 503"
    for _ in range(40):
        bench.second(0, Bottleneck.FAULTS)
    bench.second(1, Bottleneck.FAULTS)
    told = [(level, text.partition(",")[0]) for text, level in bench.said if "Prog" not in text]
    assert told == [
        ("WARN", "No call has succeeded for 30 s (last answer: HTTP 503)"),
        ("INFO", "Inflection accepts calls again"),
    ]


def test_steps_within_a_second_are_not_looked_at() -> None:
    bench = Bench()
    bench.seconds = 29.5
    bench.watch.look()
    bench.seconds = 30.1
    bench.watch.look()
    assert bench.said == []
    bench.seconds = 30.6
    bench.watch.look()
    assert len(bench.said) == 1
