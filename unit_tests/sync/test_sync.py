"""A sync with a delivery that ends calls when the test says so."""

import json
from collections.abc import Sequence

import pytest

from destination_inflection.airbyte.bounds import LINE_BOUNDS
from destination_inflection.airbyte.intake import StateLines, feed
from destination_inflection.airbyte.messages import State
from destination_inflection.delivery.outcomes import (
    Change,
    Delivered,
    GaveUp,
    Interrupted,
    Outcome,
    Refusal,
    Refused,
    Stopped,
    Unneeded,
)
from destination_inflection.delivery.seam import Tell
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.errors import ConfigError, TransientError
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.kinds import Takes
from destination_inflection.mapping.plan import StreamPlan, plan_stream
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.rules import Comparison, Condition, Rule
from destination_inflection.mapping.tables.table import Table
from destination_inflection.rejects.entry import Fault, Origin
from destination_inflection.streams import StreamKey
from destination_inflection.sync.plans import Unmapped
from destination_inflection.sync.records import Sent
from destination_inflection.sync.session import Session
from destination_inflection.sync.spans import Checkpoint, Held
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.terms import Outlets, Terms

PEOPLE = Table(None, "people", ("id", "email", "org_id"))
BOTH = (Rule("people", "identify"), Rule("people", "group", user_id=("id",)))


class FakeDelivery:
    def __init__(self) -> None:
        self.sent: list[tuple[Call, Sent[State]]] = []
        self.ended: list[tuple[Sent[State], Outcome]] = []
        self.read_backs: list[tuple[Call, Tell]] = []
        self.pending_calls = 0
        self.has_room = True
        self.flushed = 0
        self.traffic = Traffic()

    def submit(self, call: Call, ticket: Sent[State]) -> None:
        self.sent.append((call, ticket))
        self.pending_calls += 1

    def outcomes(self) -> list[tuple[Sent[State], Outcome]]:
        ended, self.ended = self.ended, []
        self.pending_calls -= len(ended)
        return ended

    def flush(self) -> None:
        """Nothing is collected here."""
        self.flushed += 1

    def no_more_calls(self) -> None:
        """Nothing is collected here."""

    def wait(self, _timeout: float, _inputs: Sequence[int] = ()) -> list[int]:
        return []

    def read_back(self, call: Call, tell: Tell, /) -> None:
        self.read_backs.append((call, tell))

    def shut_down(self) -> None:
        """Nothing is under way here."""

    def close(self) -> None:
        """Nothing is open here."""

    def end(self, at: int, outcome: Outcome) -> None:
        self.ended.append((self.sent[at][1], outcome))


class FakeRejects:
    """Keeps numbers; it collects, is due and is full when the test says so."""

    def __init__(self) -> None:
        self.taken = self.stored = 0
        self.collects = self.is_due = self.is_full = False
        self.parts: list[int] = []

    def put(self, _fault: Fault, _origin: Origin) -> None:
        self.taken += 1
        if not self.collects:
            self.stored = self.taken

    def seal(self) -> None:
        if self.is_full:
            raise TransientError("full")
        if self.taken > self.stored:
            self.parts.append(self.taken - self.stored)
        self.stored = self.taken


class Bench:
    """A sync with everything around it in reach."""

    def __init__(self, *rules: Rule, **plans: StreamPlan | Unmapped) -> None:
        self.rejects = FakeRejects()
        self.through: list[Origin] = []
        self.delivery = FakeDelivery()
        self.released: list[dict[str, object]] = []
        self.log: list[str] = []
        self.now = 0.0
        known = plans or {"people": plan_stream(PEOPLE, rules)}
        self.sync: Sync[State] = Sync(
            {StreamKey(None, name): plan for name, plan in known.items()},
            self.delivery,
            Outlets(self.log.append, self.rejects, delivered=self.through.append),
            Terms(clock=lambda: self.now),
        )
        self.session = Session(
            self.sync,
            self.delivery,
            StateLines(
                lambda text: self.released.append(json.loads(text)["state"]), self.sync
            ).release,
            clock=lambda: self.now,
        )

    def record(self, stream: str = "people", **data: object) -> None:
        body = {"stream": stream, "data": data, "emitted_at": 1}
        self.feed(json.dumps({"type": "RECORD", "record": body}).encode())

    def person(self, number: int) -> None:
        self.record(id=number, email=f"{number}@b.c", org_id="o")

    def state(self, cursor: int, stream: str = "people") -> None:
        state = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}}, "id": cursor}
        self.feed(json.dumps({"type": "STATE", "state": state}).encode())

    def feed(self, line: bytes) -> None:
        feed(self.sync, line)

    def settle(self) -> None:
        self.session.step()

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
    bench.settle()
    assert bench.acknowledged == []
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0)]


def test_states_go_in_the_order_they_came() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in (1, 2):
        bench.person(number)
        bench.state(number)
    bench.delivery.end(1, Delivered(1))
    bench.settle()
    assert bench.acknowledged == []
    bench.delivery.end(0, Delivered(1))
    bench.settle()
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
    bench.settle()
    assert sorted(bench.acknowledged) == [(1, 1.0, 0.0), (2, 2.0, 0.0), (3, 0.0, 1.0)]


def test_a_global_state_sums_over_its_streams() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.record("unknown")
    bench.feed(b'{"type":"STATE","state":{"type":"GLOBAL","id":1}}')
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 1.0)]


def test_a_record_with_two_calls_is_settled_by_both() -> None:
    bench = Bench(*BOTH)
    bench.person(1)
    bench.state(1)
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == []
    bench.delivery.end(1, Refused(1, 400, "HTTP 400"))
    bench.person(2)
    bench.delivery.end(2, Delivered(1))
    bench.delivery.end(3, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 0.0, 1.0)]
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert (tally.read, tally.delivered, dict(tally.rejected)) == (2, 1, {"refused": 1})


def changed(change: Change) -> Delivered:
    return Delivered(1, change=change)


def test_what_a_write_changed_is_counted_with_the_record_that_it_delivered() -> None:
    bench = Bench(*BOTH)
    ends: list[tuple[Outcome, Outcome]] = [
        (changed(Change.CREATED), Delivered(1)),
        (Delivered(1), changed(Change.NO_CHANGE)),
        (changed(Change.UPDATED), changed(Change.CREATED)),
        (changed(Change.UPDATED), changed(Change.NO_CHANGE)),
        (changed(Change.UPDATED), Refused(1, 400, "HTTP 400")),
        (Delivered(1), Delivered(1)),
    ]
    for number, both in enumerate(ends):
        bench.person(number)
        for place, outcome in enumerate(both):
            bench.delivery.end(2 * number + place, outcome)
    bench.settle()
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert (tally.delivered, tally.rejected.total()) == (5, 1)
    assert tally.changes == {Change.CREATED: 2, Change.UPDATED: 1, Change.NO_CHANGE: 1}


def test_a_record_of_which_a_part_is_refused_here_is_rejected_but_the_rest_is_sent() -> None:
    bench = Bench(*BOTH)
    bench.record(id=1, email="a@b.c")
    assert len(bench.delivery.sent) == 1
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert dict(bench.sync.report.stream(StreamKey(None, "people")).rejected) == {
        "missing_group_id": 1
    }


def test_states_of_a_stream_with_a_few_rejects_wait_for_the_end_and_go_with_a_warning() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    bench.state(1)
    bench.settle()
    assert bench.acknowledged == []
    bench.session.finish()
    assert bench.acknowledged == [(1, 0.0, 1.0)]
    (warning,) = [line for line in bench.log if "released anyway" in line]
    assert "missing_email 1" in warning


def test_a_first_delivery_frees_the_states() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    bench.state(1)
    bench.person(2)
    bench.settle()
    assert bench.acknowledged == []
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 0.0, 1.0)]
    assert not [line for line in bench.log if "released anyway" in line]


def test_ten_minutes_free_the_states_of_a_few_rejects_and_no_others() -> None:
    bench = Bench(people=plan_stream(PEOPLE, ()), more=plan_stream(PEOPLE, ()))
    for _ in range(19):
        bench.record(id=1)
    bench.state(1)
    for _ in range(20):
        bench.record("more", id=1)
    bench.state(2, "more")
    bench.now = 599.0
    bench.settle()
    assert bench.acknowledged == []
    bench.now = 600.0
    bench.record(id=1)
    bench.settle()
    assert bench.acknowledged == [], "counting went on: it is twenty now"


def test_a_state_is_held_for_ten_minutes_of_its_own() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    bench.state(1)
    bench.now = 300.0
    bench.state(2)
    bench.now = 600.0
    bench.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1]
    bench.now = 900.0
    bench.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1, 2]
    assert len([line for line in bench.log if "released anyway" in line]) == 1


def test_a_stream_that_is_rejected_whole_keeps_its_states_and_fails_alone() -> None:
    bench = Bench(people=plan_stream(PEOPLE, ()), more=plan_stream(PEOPLE, ()))
    for number in range(20):
        bench.record("more", id=number)
        bench.state(number, "more")
    bench.person(1)
    bench.state(99)
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(99, 1.0, 0.0)]
    with pytest.raises(ConfigError, match="Stream more: 20 records read, none delivered"):
        bench.session.finish()
    assert bench.acknowledged == [(99, 1.0, 0.0)]


@pytest.mark.parametrize("kind", ["GLOBAL", "LEGACY"])
def test_a_state_of_all_streams_waits_for_the_one_that_fails(kind: str) -> None:
    bench = Bench(people=plan_stream(PEOPLE, ()), more=plan_stream(PEOPLE, ()))
    for number in range(20):
        bench.record("more", id=number)
    bench.person(1)
    bench.feed(json.dumps({"type": "STATE", "state": {"type": kind, "id": 1}}).encode())
    bench.delivery.end(0, Delivered(1))
    with pytest.raises(ConfigError, match="more"):
        bench.session.finish()
    assert bench.acknowledged == []


def test_a_state_goes_whose_record_settles_after_a_state_of_all_streams_came() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.state(1)
    bench.feed(json.dumps({"type": "STATE", "state": {"type": "LEGACY", "id": 2}}).encode())
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1, 2]


def test_a_stuck_stream_does_not_hold_the_states_of_another() -> None:
    bench = Bench(people=plan_stream(PEOPLE, ()), more=plan_stream(PEOPLE, ()))
    bench.person(1)
    bench.state(1)
    bench.record("more", id=2, email="2@b.c")
    bench.state(2, "more")
    bench.delivery.end(1, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(2, 1.0, 0.0)]


def test_what_no_list_knows_is_no_reason_to_hold_a_state() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(1000):
        bench.person(number)
        bench.delivery.end(number, Refused(1, 200, "no contact", Refusal.UNKNOWN_CONTACT))
    bench.state(1)
    bench.settle()
    bench.session.finish()
    assert bench.acknowledged == [(1, 0.0, 1000.0)]


def test_a_contact_that_failed_was_a_request_that_was_taken() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(1000):
        bench.person(number)
        why = Refusal.CONTACT_FAILED if number == 0 else Refusal.REFUSED
        bench.delivery.end(number, Refused(1, 400, "no", why))
    bench.settle()


def test_a_sync_whose_records_are_all_skipped_is_good() -> None:
    bench = Bench(Rule("people", "skip"))
    bench.person(1)
    bench.state(1)
    bench.settle()
    bench.session.finish()
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
        bench.settle()
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0)]


def test_an_interrupted_call_holds_its_state_back() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.state(1)
    bench.delivery.end(0, Interrupted(1))
    bench.settle()
    assert bench.acknowledged == []


def test_a_thousand_refusals_from_the_start_stop_the_sync() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(1000):
        bench.person(number)
        bench.delivery.end(number, Refused(1, 422, "HTTP 422"))
    with pytest.raises(ConfigError, match="first 1,000 calls"):
        bench.settle()


def test_refusals_after_a_success_do_not_stop_the_sync() -> None:
    bench = Bench(*BOTH)
    for number in range(1000):
        bench.person(number)
        bench.delivery.end(2 * number, Delivered(1))
        bench.delivery.end(2 * number + 1, Refused(1, 400, "HTTP 400"))
    bench.settle()


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
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 2.0)]
    assert dict(bench.sync.report.stream(StreamKey(None, "people")).rejected) == {
        "missing_group_id": 1,
        "refused": 1,
    }


def test_a_run_of_nothing_but_unreadable_lines_fails_and_keeps_its_states() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.feed(b"{broken")
    bench.state(1)
    bench.settle()
    with pytest.raises(ConfigError, match="1 line may have held records"):
        bench.session.finish()
    assert bench.acknowledged == []


def test_nan_is_left_out_counted_and_warned_about_once() -> None:
    bench = Bench(Rule("people", "identify"))
    for _ in range(3):
        bench.feed(
            b'{"type":"RECORD","record":{"stream":"people","data":{"id":1,"email":"a@b.c",'
            b'"score":NaN},"emitted_at":1}}'
        )
    assert "score" not in json.loads(bench.delivery.sent[0][0].body)["traits"]
    assert len(bench.log) == 1
    assert "Stream people, column score" in bench.log[0]
    assert list(bench.sync.report.warnings()) == [
        "Stream people: NaN or Infinity was left out, by column: score 3."
    ]


def test_columns_left_out_warn_fifty_times_at_most_and_silence_no_other_warning() -> None:
    bench = Bench(Rule("people", "identify"))
    columns = ["doubt", *(f"c{number}" for number in range(2_000))]
    bench.record("people", id=1, **dict.fromkeys(columns, float("nan")))
    bench.state(1)
    bench.session.finish()
    assert sum("NaN or Infinity" in line for line in bench.log) == 50
    (warning,) = [line for line in bench.log if "released anyway" in line]
    assert "Stream people: 1 record read, none delivered" in warning
    (counted,) = [line for line in bench.sync.report.warnings() if "NaN or Infinity" in line]
    assert "doubt 1" in counted


def test_columns_with_very_long_names_warn_once_and_together() -> None:
    bench = Bench(Rule("people", "identify"))
    long = "c" * 513
    for _ in range(3):
        bench.record("people", id=1, email="a@b.c", **{long: float("nan"), "d" * 600: float("inf")})
    assert len(bench.log) == 1
    assert "Stream people, column (others): NaN or Infinity" in bench.log[0]
    assert list(bench.sync.report.warnings()) == [
        "Stream people: NaN or Infinity was left out, by column: (others) 6."
    ]


def test_a_record_too_deep_to_be_parsed_is_a_reject_of_its_stream() -> None:
    bench = Bench(Rule("people", "identify"))
    deep = b"[" * 100_000 + b"]" * 100_000
    bench.feed(b'{"type":"RECORD","record":{"stream":"people","data":{"x":' + deep + b"}}}")
    bench.person(1)
    bench.state(1)
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 1.0)]
    assert dict(bench.sync.report.stream(StreamKey(None, "people")).rejected) == {"too_deep": 1}


@pytest.mark.parametrize(("counted", "missing"), [(3.0, 1), (2.0, 0), (1.0, 0)])
def test_what_the_source_counted_and_nobody_read_is_told(counted: float, missing: int) -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.person(2)
    body = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "people"}}, "id": 1}
    body["sourceStats"] = {"recordCount": counted}
    bench.feed(json.dumps({"type": "STATE", "state": body}).encode())
    for at in (0, 1):
        bench.delivery.end(at, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 2.0, 0.0)]
    assert bench.sync.report.missing.total() == missing
    assert len(bench.log) == missing


def test_unreadable_lines_are_counted_and_blank_ones_are_not() -> None:
    bench = Bench(Rule("people", "identify"))
    for line in (b"garbage", b"", b" \r", b'{"type":"LOG"}', b"{}"):
        bench.feed(line)
    assert bench.sync.report.unreadable_lines == 2


def test_rejects_of_a_kind_are_logged_once_without_values() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(9):
        bench.record(id=number, email="not-an-address")
    assert len(bench.log) == 1
    assert "people" in bench.log[0]
    assert "invalid_email" in bench.log[0]
    assert not any("not-an-address" in line for line in bench.log)


def test_a_stream_that_cannot_be_mapped_stops_the_sync_when_a_record_comes() -> None:
    bench = Bench(people=Unmapped(ConfigError("Write a rule.")))
    bench.state(1)
    bench.settle()
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
    bench.settle()
    room.append(bench.sync.has_room)
    assert room == [True, False, True]
    assert len(bench.acknowledged) == 10_000


def test_what_waits_for_company_is_sent_while_reading_stops_for_what_is_held() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.settle()
    assert bench.delivery.flushed == 0
    for number in range(10_000):
        bench.state(number)
    bench.settle()
    assert bench.delivery.flushed == 1


def test_held_states_of_a_few_rejects_go_when_there_are_too_many_of_them() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    for number in range(10_000):
        bench.state(number)
    bench.settle()
    assert len(bench.acknowledged) >= 1


def test_held_states_go_each_time_that_there_are_too_many_of_them() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.record(id=1)
    for round_ in range(3):
        for number in range(10_000):
            bench.state(number)
            if number == 9_998:
                bench.settle()
        bench.settle()
        assert len(bench.acknowledged) == 10_000 * (round_ + 1)


def test_held_states_of_a_failing_stream_do_not_pile_up_for_ever() -> None:
    bench = Bench(Rule("people", "identify"))
    for _ in range(20):
        bench.record(id=1)
    for number in range(10_000):
        bench.state(number)
    with pytest.raises(ConfigError, match="20 records read, none delivered"):
        bench.settle()
    assert bench.acknowledged == []


def test_a_rule_that_skips_a_stream_skips_what_is_broken_in_it_too() -> None:
    bench = Bench(Rule("people", "skip"))
    deep = b"[" * 5_000 + b"]" * 5_000
    for _ in range(25):
        bench.feed(b'{"type":"RECORD","record":{"stream":"people","data":{"x":' + deep + b"}}}")
        bench.feed(b'{"type":"RECORD","record":{"stream":"people","data":[1]}}')
    bench.state(1)
    bench.settle()
    bench.session.finish()
    assert bench.acknowledged == [(1, 50.0, 0.0)]


def test_what_inflection_said_of_rejects_is_counted_without_values() -> None:
    bench = Bench(Rule("people", "identify"))
    for number in range(60):
        bench.person(number)
    for number in range(30):
        bench.delivery.end(number, Refused(1, 400, f"HTTP 400: {number}@b.c is on list A"))
    for number in range(30, 59):
        said = f"rule {'x' * (number - 29)} failed"
        bench.delivery.end(number, Refused(1, 200, said, Refusal.CONTACT_FAILED))
    bench.delivery.end(59, Delivered(1))
    bench.record(id=99)
    bench.settle()
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert tally.words[Reason.REFUSED] == {"HTTP 400: [...] is on list A": 30}
    assert len(tally.words[Reason.CONTACT_FAILED]) == 21
    assert tally.words[Reason.CONTACT_FAILED]["other words"] == 9
    counted = {reason: words.total() for reason, words in tally.words.items()}
    assert tally.rejected == {**counted, Reason.MISSING_EMAIL: 1}
    refused = [line for line in bench.log if ": refused." in line]
    assert len(refused) == 1


BROKEN = {
    "too_deep": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "not_an_object": b"[1]",
    "too_large": b'{"x":NaN,"y":"' + b"y" * LINE_BOUNDS.odd_bytes + b'"}',
}
ONLY_PRO = Condition("org_id", Comparison.EQUALS, "pro")


def broken(reason: str) -> bytes:
    return b'{"type":"RECORD","record":{"stream":"people","data":' + BROKEN[reason] + b"}}"


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cant_be_read_is_not_skipped_by_a_condition(reason: str) -> None:
    bench = Bench(Rule("people", "identify", only_if=ONLY_PRO))
    bench.record(id=1, email="1@b.c", org_id="pro")
    bench.record(id=2, email="2@b.c", org_id="free")
    bench.feed(broken(reason))
    bench.state(1)
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 2.0, 1.0)]
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert (dict(tally.rejected), dict(tally.skipped)) == ({reason: 1}, {"not_wanted": 1})
    assert any(line.startswith(f"Rejected, stream people: {reason}") for line in bench.log)


@pytest.mark.parametrize("reason", BROKEN)
def test_what_cant_be_read_is_skipped_where_every_row_is(reason: str) -> None:
    skipped = plan_stream(PEOPLE, (Rule("people", "skip"),))
    bench = Bench(people=skipped)
    bench.feed(broken(reason))
    both = Bench(Rule("people", "skip"), Rule("people", "identify"))
    both.feed(broken(reason))
    for made, ends in ((bench, {"skipped_by_rule": 1}), (both, {})):
        tally = made.sync.report.stream(StreamKey(None, "people"))
        assert dict(tally.skipped) == ends
        assert tally.rejected.total() == 1 - len(ends)


def test_held_states_of_many_streams_are_not_walked_at_every_step() -> None:
    plans = {f"s{n}": plan_stream(PEOPLE, ()) for n in range(200)}
    bench = Bench(people=plan_stream(PEOPLE, ()), **plans)
    for name in plans:
        bench.record(name, id=1)
        bench.state(1, name)
    bench.settle()
    asked: list[object] = []
    holding = bench.sync._holding
    may_go = holding.may_go

    def ask(held: Held[Checkpoint]) -> bool:
        asked.append(held)
        return may_go(held)

    holding.may_go = ask  # type: ignore[method-assign]
    for number in range(50):
        bench.person(number)
        bench.delivery.end(number, Delivered(1))
        bench.settle()
    assert len(asked) <= 400, "at the first delivery, and not at each of fifty"
    bench.session.finish()
    assert len(bench.acknowledged) == 200


def started(*streams: str) -> Bench:
    """A sync in which each stream had a delivery, so that no state is in doubt."""
    bench = Bench(**{name: plan_stream(PEOPLE, (Rule("*", "identify"),)) for name in streams})
    for at, name in enumerate(streams):
        bench.record(name, id=1, email="1@b.c")
        bench.delivery.end(at, Delivered(1))
    bench.settle()
    bench.rejects.collects = True
    return bench


def test_a_state_waits_for_the_rejects_before_it_to_be_stored() -> None:
    bench = started("people")
    bench.record(id=2)
    bench.state(1)
    bench.settle()
    assert (bench.acknowledged, bench.rejects.parts) == ([], [])
    bench.rejects.is_due = True
    bench.settle()
    assert (bench.acknowledged, bench.rejects.parts) == ([(1, 1.0, 1.0)], [1])


def test_a_state_without_rejects_before_it_does_not_wait() -> None:
    bench = started("people", "more")
    bench.record("more", id=2)
    bench.state(1)
    bench.record(id=2)
    bench.state(2)
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0)]
    bench.rejects.is_due = True
    bench.settle()
    assert bench.acknowledged == [(1, 1.0, 0.0), (2, 0.0, 1.0)]


def test_a_state_whose_rejects_are_stored_does_not_wait_for_later_ones() -> None:
    bench = started("people")
    bench.record(id=2)
    bench.person(3)
    bench.state(1)
    bench.rejects.seal()
    bench.record(id=4)
    bench.delivery.end(1, Delivered(1))
    bench.settle()
    assert bench.acknowledged == [(1, 2.0, 1.0)]
    assert bench.rejects.parts == [1]


@pytest.mark.parametrize("stream", ["people", "more"])
def test_a_state_waits_for_unreadable_lines_before_it_whatever_its_stream(stream: str) -> None:
    bench = started("people", "more")
    bench.state(1, stream)
    bench.feed(b"{broken")
    bench.state(2, stream)
    bench.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1]
    bench.rejects.is_due = True
    bench.settle()
    assert [cursor for cursor, *_ in bench.acknowledged] == [1, 2]


def test_a_state_of_all_streams_waits_for_the_rejects_of_each() -> None:
    bench = started("people", "more")
    bench.record("more", id=2)
    bench.feed(b'{"type":"STATE","state":{"type":"GLOBAL","id":1}}')
    bench.settle()
    assert bench.acknowledged == []
    bench.rejects.is_due = True
    bench.settle()
    assert bench.acknowledged == [(1, 2.0, 1.0)]


def test_rejects_that_no_state_waits_for_are_not_stored_before_the_end() -> None:
    bench = started("people", "stuck")
    bench.rejects.is_due = True
    bench.record(id=2)
    bench.record("stuck", id=2, email="2@b.c")
    bench.state(1, "stuck")
    bench.settle()
    assert bench.rejects.parts == []
    bench.session.seal()
    assert (bench.acknowledged, bench.rejects.parts) == ([], [1])


def test_a_part_in_the_middle_that_cant_be_stored_loses_no_state_and_sends_none_twice() -> None:
    bench = started("people", "more")
    bench.record("more", id=2)
    bench.state(1, "more")
    bench.state(2)
    bench.rejects.is_due = bench.rejects.is_full = True
    bench.settle()
    with pytest.raises(TransientError):
        bench.settle()
    assert bench.acknowledged == [(2, 1.0, 0.0)]
    bench.rejects.is_full = False
    bench.session.drain()
    assert bench.acknowledged == [(2, 1.0, 0.0), (1, 1.0, 1.0)]


def test_a_doubtful_state_is_told_when_it_goes_and_not_before_its_rejects_are_stored() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.rejects.collects = True
    bench.record(id=1)
    bench.state(1)
    bench.rejects.is_full = True
    with pytest.raises(TransientError, match="full"):
        bench.session.finish()
    bench.session.drain()
    assert bench.acknowledged == []
    assert not [line for line in bench.log if "released anyway" in line]
    bench.rejects.is_full = False
    bench.session.finish()
    assert bench.acknowledged == [(1, 0.0, 1.0)]
    assert len([line for line in bench.log if "released anyway" in line]) == 1


def test_a_drain_stores_at_once_and_again_while_a_request_hangs() -> None:
    bench = started("people", "slow")
    hanging, late = len(bench.delivery.sent), len(bench.delivery.sent) + 1
    bench.record("slow", id=2, email="2@b.c")
    bench.person(3)
    bench.record(id=4)
    bench.state(1)
    bench.state(2, "slow")
    stored_at: list[float] = []
    seal = bench.rejects.seal

    def noted() -> None:
        if bench.rejects.taken > bench.rejects.stored:
            stored_at.append(bench.now)
        seal()

    bench.rejects.seal = noted  # type: ignore[method-assign]
    released_at: list[float] = []

    def wait(_timeout: float, _inputs: Sequence[int] = ()) -> list[int]:
        released_at.extend([bench.now] * (len(bench.acknowledged) - len(released_at)))
        bench.now += _timeout
        if bench.now == 4.0:
            bench.delivery.end(late, Refused(1, 400, "HTTP 400"))
        return []

    bench.delivery.wait = wait  # type: ignore[method-assign]
    bench.session.drain()
    assert bench.now == 10.0
    assert stored_at == [0.0, 4.0]
    assert released_at == [4.0]
    assert bench.acknowledged == [(1, 1.0, 2.0)]
    assert bench.delivery.pending_calls == 1, hanging


def test_the_end_of_input_stores_at_once() -> None:
    bench = started("people")
    bench.record(id=2)
    bench.state(1)
    bench.settle()
    assert bench.acknowledged == []
    bench.session.finish()
    assert (bench.acknowledged, bench.rejects.parts) == ([(1, 1.0, 1.0)], [1])


def test_too_many_held_states_store_at_once() -> None:
    bench = started("people")
    bench.record(id=2)
    for cursor in range(10_000):
        bench.state(cursor)
    bench.settle()
    assert len(bench.acknowledged) == 10_000
    assert bench.rejects.parts == [1]


def test_what_went_through_whole_is_told() -> None:
    bench = Bench(*BOTH)
    bench.person(1)
    bench.person(2)
    bench.record(id=3, email="3@b.c")
    ends: list[Outcome] = [Delivered(1), Delivered(1), Delivered(1), Refused(1, 400, "no")]
    for at, outcome in enumerate([*ends, Delivered(1)]):
        bench.delivery.end(at, outcome)
    bench.settle()
    assert [origin.entry()["record"] for origin in bench.through] == [
        {"id": 1, "email": "1@b.c", "org_id": "o"}
    ]


# What Inflection did not store


def contacts(**names: tuple[str, ...]) -> Bench:
    plans = {
        name: plan_stream(Table(None, name, columns), (), takes=Takes.CONTACTS)
        for name, columns in names.items()
    }
    return Bench(**plans)


def test_one_contact_of_each_stream_is_read_back_the_first_time_one_is_delivered() -> None:
    bench = contacts(people=("email", "plan"), users=("email", "plan"))
    for number, plan in enumerate(("a", "the longest", "b", "longer than all but refused")):
        bench.record(email=f"{number}@b.c", plan=plan)
    bench.record("users", email="9@b.c", plan="x")
    bench.settle()
    assert bench.delivery.read_backs == []
    outcomes: list[Outcome] = [Delivered(1), Delivered(1), Unneeded(1), Refused(1, 400, "")]
    for at, outcome in enumerate(outcomes):
        bench.delivery.end(at, outcome)
    bench.settle()
    bench.record(email="5@b.c", plan="even longer than the longest")
    bench.delivery.end(4, Delivered(1))
    bench.delivery.end(5, Delivered(1))
    bench.settle()
    assert [call.identity for call, _ in bench.delivery.read_backs] == ["1@b.c", "9@b.c"]


def test_of_one_person_the_newest_row_is_read_back() -> None:
    bench = contacts(people=("email", "plan"))
    for at, plan in enumerate(("a longer plan", "b")):
        bench.record(email="1@b.c", plan=plan)
        bench.delivery.end(at, Delivered(1))
    bench.settle()
    ((call, _),) = bench.delivery.read_backs
    assert json.loads(call.body)["properties"] == {"plan": "b"}


def test_what_was_not_stored_is_told_and_reported_and_the_end_waits_for_it() -> None:
    bench = contacts(people=("email", "plan"))
    bench.record(email="1@b.c", plan="secret")
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert (bench.sync.is_idle, bench.sync.is_reading_back) == (True, True)
    ((_, tell),) = bench.delivery.read_backs
    tell(["plan", *(f"p{n}" for n in range(60)), "x" * 1000])
    assert (bench.sync.is_idle, bench.sync.is_reading_back) == (True, False)
    (warning,) = bench.log
    assert "Stream people: " in warning
    assert "plan, p0, p1" in warning
    assert warning.count("p4") == 10
    assert "and 12 more" in warning
    assert "secret" not in warning
    stored = bench.sync.report.stream(StreamKey(None, "people")).not_stored
    assert stored[:2] == ("plan", "p0")
    assert any("plan, p0" in line for line in bench.sync.report.warnings())


def test_nothing_is_told_where_all_is_stored() -> None:
    bench = contacts(people=("email", "plan"))
    bench.record(email="1@b.c", plan="x")
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    ((_, tell),) = bench.delivery.read_backs
    tell(())
    assert (bench.log, bench.sync.is_reading_back) == ([], False)


def test_messages_are_not_read_back() -> None:
    bench = Bench(Rule("people", "identify"))
    bench.person(1)
    bench.delivery.end(0, Delivered(1))
    bench.settle()
    assert bench.delivery.read_backs == []


# What is not in Inflection


@pytest.mark.parametrize(
    ("outcomes", "ends"),
    [
        ([Unneeded(1), Unneeded(1)], (0, 0, 1)),
        ([Unneeded(1), Delivered(1)], (1, 0, 0)),
        ([Delivered(1), Unneeded(1)], (1, 0, 0)),
        ([Unneeded(1), Refused(1, 400, "no")], (0, 1, 0)),
        ([Refused(1, 400, "no"), Unneeded(1)], (0, 1, 0)),
    ],
)
def test_a_record_is_rejected_if_any_call_is_delivered_if_any_is_else_skipped(
    outcomes: list[Outcome], ends: tuple[int, int, int]
) -> None:
    bench = Bench(*BOTH)
    bench.person(1)
    bench.person(2)
    bench.state(1)
    for at, outcome in enumerate([*outcomes, Delivered(1), Delivered(1)]):
        bench.delivery.end(at, outcome)
    bench.settle()
    tally = bench.sync.report.stream(StreamKey(None, "people"))
    assert (tally.delivered - 1, tally.rejected.total(), tally.skipped.total()) == ends
    assert set(tally.skipped) <= {SkipReason.NOT_IN_INFLECTION}
    assert tally.not_settled == 0
    assert len(bench.through) == tally.delivered
    assert bench.acknowledged == [(1, 2.0 - ends[1], float(ends[1]))]
