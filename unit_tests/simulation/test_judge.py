"""The judge of a run notices each call, state and count that can't be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from destination_inflection.airbyte.states import with_stats
from destination_inflection.commands.outside import RunBounds
from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.outcomes import (
    Delivered,
    Failing,
    GaveUp,
    Interrupted,
    Outcome,
    Refused,
    Stopped,
    Unneeded,
)
from destination_inflection.mapping.calls import Call
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.sync.holding import SyncBounds
from simulation.held_back import could_go, left_nothing_that_could_go
from simulation.judge import Judge
from simulation.lines import Fate, InputLine
from simulation.states import StateLine
from simulation.violation import Rule
from simulation.watched import SentCall
from unit_tests.simulation.by_hand import breaks, history, line, mark, state

TAKEN = Delivered(1)
REFUSED = Refused(1, 400, "no")
FAILURES: tuple[Outcome, ...] = (
    GaveUp(3, "503"),
    Interrupted(1),
    Stopped(1, "The key is wrong."),
    Failing(3, 3, "503", 503, 0.0),
)
DIFFER = "in the log, (4, 2, 2) in the world"
BOTH = ("identify", "group")


@dataclass
class Bench:
    """A run over these lines; the endpoint's truth is what a test says."""

    lines: Sequence[InputLine] = (line(1), line(2), line(3))
    has_store: bool = False
    bounds: RunBounds = field(default_factory=RunBounds)
    truth: str | None = None

    def __post_init__(self) -> None:
        self.history = history(*self.lines, has_store=self.has_store)
        self.judge = Judge(self.bounds, self.history, self)

    def begin_run(self) -> None:
        """There is one run only."""

    def contradicts(self, _sent: SentCall, _outcome: Outcome) -> str | None:
        return self.truth

    def sees(self, *messages: InputLine | StateLine) -> None:
        for message in messages:
            self.judge.sees(message)

    def submits(self, *places: int, kind: CallKind = CallKind.IDENTIFY) -> None:
        for place in places:
            self.judge.submitted(_call(place, kind))

    def ends(
        self, *places: int, outcome: Outcome = TAKEN, kind: CallKind = CallKind.IDENTIFY
    ) -> None:
        for place in places:
            self.judge.ended(_call(place, kind), outcome)

    def settles(self, *places: int, outcome: Outcome = TAKEN) -> None:
        self.submits(*places)
        self.ends(*places, outcome=outcome)

    def writes(self, one: StateLine, settled: int, rejected: int = 0) -> None:
        self.judge.written(with_stats(one.text, settled=settled, rejected=rejected))


def _call(place: int, kind: CallKind) -> SentCall:
    return SentCall(mark(place), Call(kind, f"u{place % 2}", "id", b"{}"))


def run_of(*fates: Fate, has_store: bool = False) -> Bench:
    """A run that has read a line of each fate, and then a state."""
    lines = [line(place, fate) for place, fate in enumerate(fates, 1)]
    made = Bench(lines, has_store)
    made.sees(*lines, of_all(lines))
    return made


def of_all(lines: Sequence[InputLine]) -> StateLine:
    records = sum(each.fate is not Fate.UNREADABLE for each in lines)
    return state(1, counts={"people": records}, people=len(lines))


# Calls


def test_a_call_that_a_record_does_not_become() -> None:
    with breaks(Rule.CALLS, "mark_people_000001 became track"):
        Bench().submits(1, kind=CallKind.TRACK)


def test_a_rejected_record_becomes_no_call() -> None:
    with breaks(Rule.CALLS, "mark_people_000001 became identify"):
        run_of(Fate.REJECTED).submits(1)


@pytest.mark.parametrize(
    ("outcome", "said"), [(TAKEN, "Delivered"), (REFUSED, "refused"), (Unneeded(1), "Unneeded")]
)
def test_an_outcome_that_the_endpoint_contradicts(outcome: Outcome, said: str) -> None:
    made = Bench(truth="it was never taken")
    made.submits(1)
    with breaks(Rule.CALLS, f"identify of mark_people_000001 is {said}, but it was never taken"):
        made.ends(1, outcome=outcome)


@pytest.mark.parametrize(
    ("outcome", "is_delivered", "is_refused"),
    [
        (TAKEN, True, False),
        (Unneeded(1), True, False),
        (REFUSED, True, True),
        *((failure, False, False) for failure in FAILURES),
    ],
)
def test_what_the_history_hears_of_a_call(
    outcome: Outcome, *, is_delivered: bool, is_refused: bool
) -> None:
    made = Bench()
    made.settles(1, outcome=outcome)
    assert made.history.delivered == ({mark(1)} if is_delivered else set())
    assert made.history.refused == ({mark(1)} if is_refused else set())
    assert made.judge.standings.passed["people"] == (outcome is TAKEN)


def test_a_record_is_delivered_when_all_its_calls_are() -> None:
    made = Bench([line(1, calls=BOTH)])
    made.submits(1)
    made.submits(1, kind=CallKind.GROUP)
    made.ends(1)
    assert not made.history.delivered
    made.ends(1, kind=CallKind.GROUP)
    assert made.history.delivered == {mark(1)}


def test_the_longest_lane_is_of_who_has_most_calls() -> None:
    made = Bench([line(place) for place in range(1, 10)])
    assert made.judge.longest_lane == 0
    made.submits(1, 2, 3, 5)
    assert (made.judge.longest_lane, made.judge.pending) == (3, 4)
    made.ends(1, 3)
    assert (made.judge.longest_lane, made.judge.pending) == (1, 2)


def test_the_calls_of_all_orgs_may_have_to_go_one_after_the_other_too() -> None:
    made = Bench([line(1, calls=BOTH)])
    group = Call(CallKind.GROUP, "u1", "id", b"{}", org="o")
    made.submits(1)
    made.judge.submitted(SentCall(mark(1), group))
    assert made.judge.longest_lane == 3
    made.judge.ended(SentCall(mark(1), group), TAKEN)
    assert made.judge.longest_lane == 1


# States


def test_a_state_goes_out_after_what_it_covers() -> None:
    made = Bench()
    first, second = (
        state(1, counts={"people": 2}, people=2),
        state(2, counts={"people": 1}, people=3),
    )
    made.sees(line(1), line(2), first, line(3), second)
    made.settles(1)
    made.settles(2, outcome=REFUSED)
    assert made.judge.states_held == 2
    made.writes(first, 1, 1)
    made.settles(3)
    made.writes(second, 1)
    assert made.judge.states_held == 0
    with breaks(Rule.COUNTS, "no sums of ['people']"):
        made.judge.is_good()
    made.judge.written(b"Stream people: read 3, delivered 2, rejected 1 (refused 1), skipped 0.")
    made.judge.is_good()


def test_a_state_that_nobody_wrote() -> None:
    with breaks(Rule.STATES, "a state went out that is not held (7)"):
        Bench().writes(state(7, people=0), 0)


def test_a_state_without_its_number() -> None:
    with breaks(Rule.STATES, "not held (-1)"):
        Bench().judge.written(b'{"type":"STATE","state":{}}')


def test_a_state_goes_out_once() -> None:
    made = Bench()
    made.sees(state(1, people=0))
    made.writes(state(1, people=0), 0)
    with breaks(Rule.STATES, "not held (1)"):
        made.writes(state(1, people=0), 0)


@pytest.mark.parametrize("covers", ["people", None])
def test_no_state_overtakes_an_older_one(covers: str | None) -> None:
    made = Bench()
    made.sees(state(1, covers, people=0), state(2, covers, people=0))
    with breaks(Rule.STATES, "state 2 overtook an older one"):
        made.writes(state(2, covers, people=0), 0)


def test_states_of_two_streams_may_go_out_in_any_order() -> None:
    made = Bench()
    made.sees(state(1, people=0), state(2, "events", events=0))
    made.writes(state(2, "events", events=0), 0)
    made.writes(state(1, people=0), 0)
    made.judge.is_good()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"at people":0', b'"at people":0.0'),
        lambda text: text.replace(b'{"type"', b'{ "type"'),
        lambda text: text + b" ",
        lambda _: state(1, people=0).text,
    ],
    ids=["another number", "a blank", "a blank at the end", "no counts"],
)
def test_a_state_comes_back_as_it_was(change: Callable[[bytes], bytes]) -> None:
    made = Bench()
    made.sees(state(1, people=0))
    text = with_stats(state(1, people=0).text, settled=0, rejected=0)
    with breaks(Rule.STATES, "state 1 did not come back as it was"):
        made.judge.written(change(text))


def test_a_state_that_goes_out_before_a_record_is_handed_in() -> None:
    made = run_of(Fate.SENT)
    with breaks(Rule.STATES, "state 1 went before mark_people_000001 was settled"):
        made.writes(of_all(made.lines), 1)


def test_a_state_that_goes_out_while_a_call_is_under_way() -> None:
    made = run_of(Fate.SENT, Fate.SENT)
    made.settles(1)
    made.submits(2)
    with breaks(Rule.STATES, "before mark_people_000002 was settled"):
        made.writes(of_all(made.lines), 2)


def test_a_state_that_goes_out_while_one_of_two_calls_is_under_way() -> None:
    made = Bench([line(1, calls=BOTH)])
    made.sees(*made.lines, of_all(made.lines))
    made.submits(1)
    made.submits(1, kind=CallKind.GROUP)
    made.ends(1)
    with breaks(Rule.STATES, "was settled"):
        made.writes(of_all(made.lines), 1)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_state_that_goes_out_after_a_call_that_failed(failure: Outcome) -> None:
    made = run_of(Fate.SENT)
    made.settles(1, outcome=failure)
    with breaks(Rule.STATES, "was settled"):
        made.writes(of_all(made.lines), 1)


def test_a_state_of_all_streams_waits_for_all() -> None:
    made = Bench([line(1), line(1, stream="events", calls=("track",))])
    both = state(1, None, {"people": 1, "events": 1}, people=1, events=1)
    made.sees(*made.lines, both)
    made.settles(1)
    with breaks(Rule.STATES, "before mark_events_000001 was settled"):
        made.writes(both, 2)


def test_a_state_of_one_stream_does_not_wait_for_others() -> None:
    made = Bench([line(1), line(1, stream="events", calls=("track",))])
    of_people = state(1, counts={"people": 1}, people=1)
    made.sees(*made.lines, of_people)
    made.settles(1)
    made.writes(of_people, 1)


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.UNREADABLE, Fate.SENT])
def test_a_state_waits_until_rejects_are_stored(fate: Fate) -> None:
    def made() -> Bench:
        run = run_of(fate, has_store=True)
        if fate is Fate.SENT:
            run.settles(1, outcome=REFUSED)
        return run

    rejected = int(fate is not Fate.UNREADABLE)
    with breaks(Rule.STATES, "state 1 went before mark_people_000001 was stored"):
        (first := made()).writes(of_all(first.lines), 0, rejected)
    stored = made()
    stored.history.stored.add(mark(1))
    stored.writes(of_all(stored.lines), 0, rejected)


# Counts


@pytest.mark.parametrize(
    ("settled", "rejected", "is_right"),
    [(2, 2, True), (4, 0, False), (3, 1, False), (2, 1, False), (2, 3, False), (3, 2, False)],
)
def test_a_state_counts_what_it_covers(settled: int, rejected: int, *, is_right: bool) -> None:
    made = run_of(Fate.SENT, Fate.SKIPPED, Fate.REJECTED, Fate.SENT, Fate.UNREADABLE)
    made.settles(1)
    made.settles(4, outcome=REFUSED)
    if is_right:
        made.writes(of_all(made.lines), settled, rejected)
        return
    with breaks(Rule.COUNTS, f"state 1 counts {settled} and {rejected}, not (2, 2)"):
        made.writes(of_all(made.lines), settled, rejected)


@pytest.mark.parametrize(
    ("sums", "what"),
    [
        ("read 4, delivered 1, rejected 2 (refused 1, missing_email 1), skipped 1", None),
        ("read 4, delivered 2, rejected 2, skipped 0", None),
        ("read 5, delivered 2, rejected 2, skipped 1", DIFFER),
        (
            "read 3, delivered 1, rejected 1 (refused 1), skipped 1",
            DIFFER,
        ),
        ("read 4, delivered 2, rejected 1, skipped 1", DIFFER),
        ("read 4, delivered 1, rejected 2, skipped 0", DIFFER),
    ],
)
def test_the_log_counts_what_was_read(sums: str, what: str | None) -> None:
    made = run_of(Fate.SENT, Fate.SKIPPED, Fate.REJECTED, Fate.SENT, Fate.UNREADABLE)
    made.settles(1)
    made.settles(4, outcome=REFUSED)
    made.writes(of_all(made.lines), 2, 2)
    made.judge.written(b'{"type":"LOG","log":{"message":"Stream people: %s."}}' % sums.encode())
    if what is None:
        made.judge.is_good()
        return
    with breaks(Rule.COUNTS, what):
        made.judge.is_good()


# Bounds and the end

SMALL = RunBounds(Bounds(pending_calls=2, pending_contacts=1), SyncBounds(2, 100))


@pytest.mark.parametrize(("lines_at_once", "most"), [(0, 3), (4, 7)])
def test_states_stay_within_their_bounds(lines_at_once: int, most: int) -> None:
    made = Bench(bounds=SMALL)
    made.judge.most_lines_at_once = lambda: lines_at_once
    for number in range(1, most + 1):
        made.sees(state(number, people=0))
        made.judge.looks()
    made.sees(state(most + 1, people=0))
    with breaks(Rule.BOUNDS, f"{most + 1} states are held"):
        made.judge.looks()
    made.writes(state(1, people=0), 0)
    made.judge.looks()


@pytest.mark.parametrize(("lines_at_once", "most"), [(0, 4), (4, 12)])
def test_calls_stay_within_their_bounds(lines_at_once: int, most: int) -> None:
    made = Bench([line(place) for place in range(1, 20)], bounds=SMALL)
    made.judge.most_lines_at_once = lambda: lines_at_once
    made.submits(*range(1, most + 1))
    made.judge.looks()
    made.submits(most + 1)
    with breaks(Rule.BOUNDS, f"{most + 1} calls are pending"):
        made.judge.looks()
    made.ends(1)
    made.judge.looks()


def test_bytes_stay_within_their_bounds() -> None:
    few = SyncBounds(held_checkpoints=1_000, held_bytes=100, input_bytes=200)
    made = Bench([line(place) for place in range(1, 20)], bounds=RunBounds(sync=few))
    longest = max(len(each.text) for each in made.lines)
    made.sees(*made.lines)
    fitting = (200 + longest) // longest
    made.submits(*range(1, fitting + 1))
    made.judge.looks()
    made.submits(fitting + 1)
    with breaks(Rule.BOUNDS, "bytes of lines and states are held"):
        made.judge.looks()
    made.ends(1)
    made.judge.looks()


def test_whether_states_are_at_their_bounds() -> None:
    made = Bench(bounds=SMALL)
    full = []
    for number in (1, 2):
        made.sees(state(number, people=0))
        full.append((made.judge.holds_all_states, made.judge.holds_all_it_may))
    assert full == [(False, False), (True, True)]
    made.writes(state(1, people=0), 0)
    assert (made.judge.holds_all_states, made.judge.holds_all_it_may) == (False, False)


def test_a_good_run_keeps_no_state() -> None:
    made = Bench()
    made.sees(state(1, people=0), state(2, people=0))
    with breaks(Rule.STATES, "2 states did not go out"):
        made.judge.is_good()


def test_a_good_run_leaves_no_call_open() -> None:
    made = Bench()
    made.submits(1, 2)
    made.ends(1)
    with breaks(Rule.CALLS, "1 calls did not end"):
        made.judge.is_good()


@pytest.mark.parametrize("fate", [Fate.REJECTED, Fate.UNREADABLE])
def test_a_good_run_stores_its_rejects(fate: Fate) -> None:
    made = Bench([line(1, fate)], has_store=True)
    made.sees(*made.lines)
    with breaks(Rule.COVERED, "mark_people_000001 was not stored by the end"):
        made.judge.is_good()
    made.history.stored.add(mark(1))
    read = int(fate is Fate.REJECTED)
    made.judge.written(
        b"Stream people: read %d, delivered 0, rejected %d, skipped 0." % (read, read)
    )
    made.judge.is_good()


OF_TWO = state(1, counts={"people": 2}, people=2)
OF_ALL = state(2, None, {"people": 2, "events": 1}, people=2, events=1)


@pytest.mark.parametrize(
    ("delivered", "held", "is_free"),
    [
        ((1, 2), OF_TWO, True),
        # A call is open.
        ((1,), OF_TWO, False),
        ((), OF_TWO, False),
        # Of one stream nothing was delivered, so that it may be one that fails.
        ((1, 2), OF_ALL, False),
    ],
)
def test_a_run_that_ends_early_leaves_no_state_that_could_go(
    delivered: Sequence[int], held: StateLine, *, is_free: bool
) -> None:
    made = Bench([line(1), line(2), line(1, Fate.SKIPPED, stream="events")])
    made.sees(*made.lines, held)
    made.submits(1, 2)
    made.ends(*delivered)
    if not is_free:
        left_nothing_that_could_go(made.judge)
        return
    with breaks(Rule.STATES, "state 1 was left, and could have gone"):
        left_nothing_that_could_go(made.judge)
    made.writes(held, 2)
    left_nothing_that_could_go(made.judge)


@pytest.mark.parametrize(
    ("fates", "delivered", "is_failing"),
    [
        ([Fate.REJECTED] * 19, 0, False),
        ([Fate.REJECTED] * 20, 0, True),
        ([Fate.SENT, *[Fate.REJECTED] * 20], 1, False),
        ([Fate.SKIPPED, *[Fate.REJECTED] * 20], 0, True),
        ([Fate.SKIPPED] * 30, 0, False),
        ([Fate.UNREADABLE], 0, True),
        ([Fate.UNREADABLE, Fate.SKIPPED], 0, False),
        ([Fate.UNREADABLE] * 20 + [Fate.SKIPPED], 0, True),
    ],
)
def test_whether_a_stream_fails(fates: Sequence[Fate], delivered: int, *, is_failing: bool) -> None:
    made = run_of(*fates)
    made.settles(*range(1, delivered + 1))
    assert made.judge.has_failing_stream() is is_failing


# What the platform reads


def test_the_platform_reads_states_and_passes_over_all_else() -> None:
    made, held = Bench(), state(1, people=3)
    written = with_stats(held.text, settled=3, rejected=0)
    assert made.judge.state_in(written, {1: held}) is held
    for other in (b'{"type":"LOG","log":{"message":"a \\"state\\""}}', b'{"type":"TRACE"}', b""):
        assert made.judge.state_in(other, {}) is None


@pytest.mark.parametrize(
    "text",
    [b'{"type":"STATE","state":{}}', state(1, people=4).text, state(1, people=3, events=1).text],
)
def test_a_state_that_can_not_be_read_any_more(text: bytes) -> None:
    with breaks(Rule.STATES, "a state can't be read any more"):
        Bench().judge.state_in(text, {1: state(1, people=3)})


# What passes for good


def test_the_states_of_a_stream_of_which_nothing_passes_have_to_stay() -> None:
    made = run_of(*[Fate.REJECTED] * 20)
    with breaks(Rule.STANDING, "state 1 went, but nothing of people"):
        made.writes(of_all(made.lines), 0, 20)


@pytest.mark.parametrize("fates", [[Fate.REJECTED] * 19, [*[Fate.REJECTED] * 20, Fate.SENT]])
def test_a_stream_of_which_few_are_rejected_or_some_delivered_may_go(fates: list[Fate]) -> None:
    made = run_of(*fates)
    if Fate.SENT in fates:
        made.settles(len(fates))
    rejected = fates.count(Fate.REJECTED)
    made.writes(of_all(made.lines), len(fates) - rejected, rejected)


@pytest.mark.parametrize(
    ("fates", "settled", "free"),
    [
        ([Fate.SENT], [1], [(1, 90.0)]),
        ([Fate.SENT], [], []),
        # It is in doubt.
        ([Fate.REJECTED], [], [(1, 690.0)]),
        ([Fate.REJECTED] * 20, [], []),
        ([Fate.UNREADABLE], [], []),
        ([Fate.UNREADABLE, Fate.SKIPPED], [], [(1, 90.0)]),
    ],
)
def test_which_states_could_go(
    fates: list[Fate], settled: list[int], free: list[tuple[int, float]]
) -> None:
    made = run_of(*fates)
    made.settles(*settled)
    assert list(could_go(made.judge, 60.0)) == free


def test_records_that_arrived_are_not_missing() -> None:
    said = b'{"type":"LOG","log":{"message":"but only 2 arrived: check the source\'s log"}}'
    run_of(Fate.SENT, Fate.UNREADABLE).judge.written(said)
    with breaks(Rule.COUNTS, "records are said to be missing that have arrived"):
        run_of(Fate.SENT, Fate.SENT).judge.written(said)


def test_what_another_destination_counted_does_not_come_back() -> None:
    made = Bench([line(1)])
    echo = of_all(made.lines)
    counted = echo.text.replace(b'"id":', b'"destinationStats":{"recordCount":7.0},"id":')
    brought = replace(echo, text=counted)
    made.sees(line(1), brought)
    made.settles(1)
    with breaks(Rule.STATES, "did not come back as it was"):
        as_it_came = with_stats(echo.text, settled=1, rejected=0)
        made.judge.written(as_it_came.replace(b'"id":', b'"destinationStats":{},"id":'))


def test_what_comes_back_is_the_state_without_them() -> None:
    made = Bench([line(1)])
    echo = of_all(made.lines)
    counted = echo.text.replace(b'"id":', b'"destinationStats":{"recordCount":7.0},"id":')
    made.sees(line(1), replace(echo, text=counted))
    made.settles(1)
    made.judge.written(with_stats(counted, settled=1, rejected=0))
