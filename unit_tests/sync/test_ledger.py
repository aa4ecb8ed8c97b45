"""The ledger against a model, whatever the interleaving of records, states and settlements."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from destination_inflection.airbyte.messages import State
from destination_inflection.streams import StreamKey
from destination_inflection.sync.ledger import Ledger
from destination_inflection.sync.spans import Held, Ticket

STREAMS = [StreamKey(None, "a"), StreamKey("n", "a"), StreamKey(None, "b")]
covered = st.one_of(st.none(), st.sampled_from(STREAMS))


@dataclass
class ModelRecord:
    """What the model knows of a record: how many of its calls are open, and its fate."""

    stream: StreamKey
    open: int
    rejected: bool
    reject: int = 0


@dataclass
class ModelState:
    """A state, and how many records were read before it."""

    state: State
    records_before: int
    unplaced: int = 0
    released: bool = False


@dataclass
class Pending:
    ticket: Ticket[State]
    record: ModelRecord
    calls: int = field(default=0)


class LedgerMachine(RuleBasedStateMachine):
    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.ledger: Ledger[State] = Ledger()
        self.records: list[ModelRecord] = []
        self.states: list[ModelState] = []
        self.counted: Counter[tuple[StreamKey, bool]] = Counter()
        self.stuck: StreamKey | None = None
        self.stored = self.unplaced = 0

    def take_reject(self) -> int:
        self.ledger.last_reject += 1
        return self.ledger.last_reject

    @rule()
    def store_the_rejects(self) -> None:
        self.stored = self.ledger.last_reject
        self.ledger.reconsider()

    @rule()
    def reject_what_has_no_stream(self) -> None:
        self.unplaced = self.take_reject()
        self.ledger.settle_unplaced()

    @rule(stream=st.sampled_from(STREAMS), rejected=st.booleans())
    def settle_at_once(self, stream: StreamKey, rejected: bool) -> None:
        reject = self.take_reject() if rejected else 0
        self.ledger.settle(stream, rejected=rejected)
        self.records.append(ModelRecord(stream, 0, rejected, reject))

    @rule(
        target=tickets,
        stream=st.sampled_from(STREAMS),
        calls=st.integers(1, 3),
        rejected=st.booleans(),
    )
    def open_record(self, stream: StreamKey, calls: int, rejected: bool) -> Pending:
        record = ModelRecord(stream, calls, rejected)
        self.records.append(record)
        return Pending(self.ledger.open(stream, calls, rejected=rejected), record, calls)

    @rule(target=tickets, pending=consumes(tickets), rejected=st.booleans())
    def end_a_call(self, pending: Pending, rejected: bool) -> Pending:
        if pending.record.open:
            if pending.record.open == 1 and (pending.record.rejected or rejected):
                pending.record.reject = self.take_reject()
            self.ledger.close_call(pending.ticket, rejected=rejected)
            pending.record.open -= 1
            pending.record.rejected = pending.record.rejected or rejected
        return pending

    @rule(stream=covered)
    def read_a_state(self, stream: StreamKey | None) -> None:
        number = len(self.states)
        state = State(f"state {number}".encode(), stream)
        self.ledger.checkpoint(state, state.covers, float(number))
        self.states.append(ModelState(state, len(self.records), self.unplaced))

    @rule(stuck=st.sampled_from(STREAMS))
    def hold_a_stream(self, stuck: StreamKey) -> None:
        self.stuck = stuck
        self.ledger.reconsider()

    @rule()
    def hold_nothing(self) -> None:
        self.stuck = None
        self.ledger.reconsider()

    def may_go(self, held: Held[State]) -> bool:
        at = int(held.at.line.removeprefix(b"state "))
        assert held.read_at == float(at)
        free = self.stuck is None or held.at.stream != self.stuck
        return free and held.reject <= self.stored

    def last_reject(self, at: int) -> int:
        """The number of the last reject before a state."""
        state = self.states[at]
        of_it = [
            r.reject
            for r in self.records[: state.records_before]
            if state.state.stream in (None, r.stream)
        ]
        return max([state.unplaced, *of_it])

    def waits_for(self, at: int) -> bool:
        """Whether something before a state keeps it: records and states of what it speaks of."""
        stream = self.states[at].state.stream
        before = self.records[: self.states[at].records_before]
        return any(r.open for r in before if stream in (None, r.stream)) or any(
            not earlier.released
            for earlier in self.states[:at]
            if stream is None or earlier.state.stream in (None, stream)
        )

    @rule()
    def release(self) -> None:
        for released in self.ledger.release(self.may_go):
            at = next(n for n, s in enumerate(self.states) if s.state is released.at)
            expected = self.states[at]
            assert not expected.released, "once"
            assert not self.waits_for(at), "after its records and the states before it"
            last = self.last_reject(at)
            assert self.may_go(Held(expected.state, expected.state.covers, float(at), last))
            expected.released = True
            stream = expected.state.stream
            before = self.records[: expected.records_before]
            for rejected, count in ((False, released.settled), (True, released.rejected)):
                covers = STREAMS if stream is None else [stream]
                total = sum(r.stream in covers and r.rejected == rejected for r in before)
                counted = sum(self.counted[each, rejected] for each in covers)
                assert count == total - counted, "what was read since the previous state"
                for each in covers:
                    self.counted[each, rejected] = sum(
                        r.stream == each and r.rejected == rejected for r in before
                    )

    @invariant()
    def nothing_that_could_go_is_kept(self) -> None:
        self.release()
        for at, state in enumerate(self.states):
            if not state.released:
                covers = state.state.covers
                held = Held(state.state, covers, float(at), self.last_reject(at))
                assert self.waits_for(at) or not self.may_go(held)
                assert self.ledger.is_refused or self.waits_for(at)

    @invariant()
    def the_books_balance(self) -> None:
        held = [state for state in self.states if not state.released]
        assert self.ledger.held == len(held)
        assert self.ledger.held_bytes == sum(len(state.state.line) for state in held)


TestLedger = LedgerMachine.TestCase


def test_a_state_of_all_streams_waits_for_a_held_state_before_it() -> None:
    ledger: Ledger[State] = Ledger()
    first, last = State(b"first", STREAMS[0]), State(b"last", None)
    ledger.checkpoint(first, first.covers, 0.0)
    ledger.checkpoint(last, None, 1.0)
    assert list(ledger.release(lambda held: held.at is last)) == []
    assert list(ledger.release(lambda _: True)) == [], "refused once, not asked about again"
    ledger.reconsider()
    assert [each.at for each in ledger.release(lambda _: True)] == [first, last]
