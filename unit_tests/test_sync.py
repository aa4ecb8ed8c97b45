"""A sync with a delivery that ends calls when the test says so."""

import json
from collections.abc import Sequence

import pytest

from destination_inflection.delivery.retry import (
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refused,
    Stopped,
)
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.errors import ConfigError, TransientError
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables import Table
from destination_inflection.protocol.messages import StreamKey
from destination_inflection.sync import Outlets, Sent, Sync, Unmapped

PEOPLE = Table(None, "people", ("id", "email", "org_id"))
BOTH = (Rule("people", "identify"), Rule("people", "group", user_id=("id",)))


class FakeDelivery:
    def __init__(self) -> None:
        self.sent: list[tuple[Call, Sent]] = []
        self.ended: list[tuple[Sent, Outcome]] = []
        self.pending_calls = 0
        self.has_room = True
        self.traffic = Traffic()

    def submit(self, call: Call, ticket: Sent) -> None:
        self.sent.append((call, ticket))
        self.pending_calls += 1

    def outcomes(self) -> list[tuple[Sent, Outcome]]:
        ended, self.ended = self.ended, []
        self.pending_calls -= len(ended)
        return ended

    def flush(self) -> None:
        """Nothing is collected here."""

    def wait(self, _timeout: float, _inputs: Sequence[int] = ()) -> list[int]:
        return []

    def shut_down(self) -> None:
        """Nothing is under way here."""

    def close(self) -> None:
        """Nothing is open here."""

    def end(self, at: int, outcome: Outcome) -> None:
        self.ended.append((self.sent[at][1], outcome))


class Bench:
    """A sync with everything around it in reach."""

    def __init__(self, *rules: Rule, **plans: StreamPlan | Unmapped) -> None:
        self.delivery = FakeDelivery()
        self.released: list[dict[str, object]] = []
        self.log: list[str] = []
        known = plans or {"people": plan_stream(PEOPLE, rules)}
        self.sync = Sync(
            {StreamKey(None, name): plan for name, plan in known.items()},
            self.delivery,
            Outlets(lambda text: self.released.append(json.loads(text)["state"]), self.log.append),
        )

    def record(self, stream: str = "people", **data: object) -> None:
        body = {"stream": stream, "data": data, "emitted_at": 1}
        self.sync.feed(json.dumps({"type": "RECORD", "record": body}).encode())

    def person(self, number: int) -> None:
        self.record(id=number, email=f"{number}@b.c", org_id="o")

    def state(self, cursor: int, stream: str = "people") -> None:
        state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}}, "id": cursor}
        self.sync.feed(json.dumps({"type": "STATE", "state": state}).encode())

    @property
    def acknowledged(self) -> list[tuple[object, float, float]]:
        found = []
        for state in self.released:
            stats = state["destinationStats"]
            assert isinstance(stats, dict)
            found.append((state["id"], stats["recordCount"], stats["rejectedRecordCount"]))
        return found


def test_a_state_waits_for_the_records_before_it_and_no_others() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.state(1)
    bench.person(2)
    bench.sync.settle()
    assert bench.acknowledged == []
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0)]


def test_states_go_in_the_order_they_came() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in (1, 2):
        bench.person(number)
        bench.state(number)
    bench.delivery.end(1, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == []
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1, 2]


def test_counts_add_up_per_stream_skipped_records_among_them() -> None:
    bench = Bench(
        people=plan_stream(PEOPLE, (Rule("people", "identify"),)),
        pages=plan_stream(Table(None, "pages"), (Rule("pages", "skip"),)),
    )
    bench.person(1)
    bench.record("pages", x=1)
    bench.state(1)
    bench.record("pages", x=1)
    bench.record(id=2)
    bench.state(2, "pages")
    bench.state(3)
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0), (2, 2.0, 0.0), (3, 0.0, 1.0)]


def test_a_global_state_sums_over_its_streams() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.record("unknown")
    bench.sync.feed(b'{"type":"STATE","state":{"type":"GLOBAL","id":1}}')
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == [(1, 1.0, 1.0)]


def test_a_record_with_two_calls_is_settled_by_both() -> None:
    bench = Bench(*BOTH)
    bench.person(1)
    bench.state(1)
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == []
    bench.delivery.end(1, Refused(1, 400, "HTTP 400"))
    bench.person(2)
    bench.delivery.end(2, Delivered(1))
    bench.delivery.end(3, Delivered(1))
    bench.sync.settle()
    assert bench.acknowledged == [(1, 0.0, 1.0)]
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert (tally.read, tally.delivered, dict(tally.rejected)) == (2, 1, {"refused": 1})


def test_a_record_of_which_a_part_is_refused_here_is_rejected_but_the_rest_is_sent() -> None:
    bench = Bench(*BOTH)
    bench.record(id=1, email="a@b.c")
    assert len(bench.delivery.sent) == 1
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    assert dict(bench.sync.report.stream(StreamKey(None, "people")).rejected) == {
        "missing_group_id": 1
    }


def test_no_state_goes_while_nothing_was_accepted_and_something_refused() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    bench.state(1)
    bench.sync.settle()
    assert bench.acknowledged == []
    with pytest.raises(ConfigError, match="Not one of the 1 records"):
        bench.sync.finish()
    bench.person(2)
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    bench.sync.finish()
    assert bench.acknowledged == [(1, 0.0, 1.0)]


def test_a_sync_whose_records_are_all_skipped_is_good() -> None:
    bench = Bench(Rule("people", "skip"))
    bench.person(1)
    bench.state(1)
    bench.sync.settle()
    bench.sync.finish()
    assert bench.acknowledged == [(1, 1.0, 0.0)]


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (GaveUp(3, "HTTP 503"), TransientError),
        (Stopped(1, "The key is wrong."), ConfigError),
    ],
)
def test_a_call_that_cannot_be_settled_fails_the_sync_after_the_others_were_booked(
    outcome: Outcome, error: type[Exception]
) -> None:
    bench = Bench(Rule("people", "identify"))
    for number in (1, 2):
        bench.person(number)
        bench.state(number)
    bench.delivery.end(1, outcome)
    bench.delivery.end(0, Delivered(1))
    with pytest.raises(error):
        bench.sync.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0)]


def test_an_interrupted_call_holds_its_state_back() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.state(1)
    bench.delivery.end(0, Interrupted(1))
    bench.sync.settle()
    assert bench.acknowledged == []


def test_a_thousand_refusals_from_the_start_stop_the_sync() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(1000):
        bench.person(number)
        bench.delivery.end(number, Refused(1, 422, "HTTP 422"))
    with pytest.raises(ConfigError, match="first 1000"):
        bench.sync.settle()


def test_refusals_after_a_success_do_not_stop_the_sync() -> None:
    bench = Bench(*BOTH)
    for number in range(1000):
        bench.person(number)
        bench.delivery.end(2 * number, Delivered(1))
        bench.delivery.end(2 * number + 1, Refused(1, 400, "HTTP 400"))
    bench.sync.settle()


def test_the_first_reason_counts_and_a_refusal_is_not_undone_by_a_success() -> None:
    bench = Bench(*BOTH)
    bench.record(id=1, email="a@b.c")
    bench.delivery.end(0, Refused(1, 400, "HTTP 400"))
    bench.person(2)
    bench.delivery.end(1, Refused(1, 400, "HTTP 400"))
    bench.delivery.end(2, Delivered(1))
    bench.person(3)
    bench.delivery.end(3, Delivered(1))
    bench.delivery.end(4, Delivered(1))
    bench.state(1)
    bench.sync.settle()
    assert bench.acknowledged == [(1, 1.0, 2.0)]
    assert dict(bench.sync.report.stream(StreamKey(None, "people")).rejected) == {
        "missing_group_id": 1,
        "refused": 1,
    }


def test_a_stray_line_does_not_fail_a_sync_without_records() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.sync.feed(b"Warning: hello")
    bench.state(1)
    bench.sync.settle()
    bench.sync.finish()
    assert bench.acknowledged == [(1, 0.0, 0.0)]


def test_unreadable_lines_are_counted_and_blank_ones_are_not() -> None:
    bench = Bench(Rule("people", "identify"))
    for line in (b"garbage", b"", b" \r", b'{"type":"LOG"}', b"{}"):
        bench.sync.feed(line)
    assert bench.sync.report.unreadable_lines == 2


def test_the_first_rejects_of_a_reason_are_logged_without_values() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(9):
        bench.record(id=number, email="not-an-address")
    assert len(bench.log) == 3
    assert "people" in bench.log[0]
    assert "invalid_email" in bench.log[0]
    assert not any("not-an-address" in line for line in bench.log)


def test_a_stream_that_cannot_be_mapped_stops_the_sync_when_a_record_comes() -> None:
    bench = Bench(people=Unmapped(ConfigError("Write a rule.")))
    bench.state(1)
    bench.sync.settle()
    assert bench.acknowledged == [(1, 0.0, 0.0)]
    with pytest.raises(ConfigError, match="Write a rule"):
        bench.person(1)


def test_held_states_stop_the_reading_until_they_go() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    room = [bench.sync.has_room]
    for number in range(10_000):
        bench.state(number)
    room.append(bench.sync.has_room)
    bench.delivery.end(0, Delivered(1))
    bench.sync.settle()
    room.append(bench.sync.has_room)
    assert room == [True, False, True]
    assert len(bench.acknowledged) == 10_000


def test_states_without_an_accepted_record_do_not_pile_up_for_ever() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    for number in range(10_000):
        bench.state(number)
    with pytest.raises(ConfigError, match="Not one"):
        bench.sync.settle()
