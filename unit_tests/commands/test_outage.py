"""An outage is told once when it is long, and once when it is over."""

from destination_inflection.airbyte.writer import Level
from destination_inflection.commands.outage import Outage
from destination_inflection.delivery.traffic import Traffic


class Bench:
    """A run that is looked at each second."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.outage = Outage(0.0)
        self.now = 0.0
        self.said: list[tuple[float, Level, str]] = []

    def fails(self, trouble: str = "HTTP 503") -> None:
        self.traffic.latencies.note(0.1)
        self.traffic.failed += 1
        self.traffic.trouble = trouble

    def passes(self) -> None:
        self.traffic.latencies.note(0.1)

    def wait(self, seconds: int, pending: int = 5) -> None:
        for _ in range(seconds):
            self.now += 1
            notice = self.outage.look(self.now, pending, self.traffic)
            if notice is not None:
                self.said.append((self.now, notice[1], notice[0]))


def test_an_outage_is_told_after_half_a_minute_and_when_it_is_over() -> None:
    bench = Bench()
    bench.passes()
    bench.wait(10)
    bench.fails()
    bench.wait(50)
    bench.fails("no connection could be made")
    bench.wait(52)
    bench.passes()
    bench.wait(30)
    assert bench.said == [
        (
            31.0,
            "WARN",
            "No call has succeeded for 30 s (last answer: HTTP 503), and 5 calls are waiting. A "
            "call is retried for up to 10 minutes; after that the run fails with a temporary "
            "error, and can be started again.",
        ),
        (113.0, "INFO", "Inflection accepts calls again, after 1 min 52 s."),
    ]


def test_each_outage_is_told_of() -> None:
    bench = Bench()
    for _ in range(2):
        bench.fails()
        bench.wait(40, pending=1)
        bench.passes()
        bench.wait(5)
    assert [level for _, level, _ in bench.said] == ["WARN", "INFO", "WARN", "INFO"]
    assert "and 1 call is waiting." in bench.said[0][2]


def test_slow_answers_without_a_fault_are_not_an_outage() -> None:
    bench = Bench()
    bench.fails()
    bench.passes()
    bench.wait(1)
    bench.wait(100)
    assert bench.said == []


def test_a_source_that_pauses_is_not_an_outage() -> None:
    bench = Bench()
    bench.fails()
    bench.wait(20)
    bench.wait(20, pending=0)
    bench.wait(20)
    bench.fails()
    bench.wait(9)
    assert bench.said == []
    bench.wait(1)
    assert len(bench.said) == 1


def test_the_end_of_all_calls_is_not_the_end_of_the_outage() -> None:
    bench = Bench()
    bench.fails()
    bench.wait(40)
    bench.wait(1, pending=0)
    assert [level for _, level, _ in bench.said] == ["WARN"]
