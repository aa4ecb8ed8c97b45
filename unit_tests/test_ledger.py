"""The ledger against a model, whatever the interleaving of records, states and settlements."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from destination_inflection.ledger import Ledger, Ticket
from destination_inflection.protocol.messages import State, StreamKey

STREAMS = [StreamKey(None, "a"), StreamKey("n", "a"), StreamKey(None, "b")]
coverage = st.one_of(st.none(), st.frozensets(st.sampled_from(STREAMS)))


@dataclass
class ModelRecord:
    """What the model knows of a record: how many of its calls are open, and its fate."""

    stream: StreamKey
    open: int
    rejected: bool


@dataclass
class ModelState:
    """A state, and how many records were read before it."""

    state: State
    records_before: int
    released: bool = False


@dataclass
class Pending:
    ticket: Ticket
    record: ModelRecord
    calls: int = field(default=0)


class LedgerMachine(RuleBasedStateMachine):
    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.records: list[ModelRecord] = []
        self.states: list[ModelState] = []
        self.counted: Counter[tuple[StreamKey, bool]] = Counter()
        self.reported: Counter[bool] = Counter()

    @rule(stream=st.sampled_from(STREAMS), rejected=st.booleans())
    def settle_at_once(self, stream: StreamKey, rejected: bool) -> None:
        self.ledger.settle(stream, rejected=rejected)
        self.records.append(ModelRecord(stream, 0, rejected))

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
            settled = self.ledger.close_call(pending.ticket, rejected=rejected)
            pending.record.open -= 1
            pending.record.rejected = pending.record.rejected or rejected
            assert settled == (pending.record.open == 0)
        return pending

    @rule(streams=coverage)
    def read_a_state(self, streams: frozenset[StreamKey] | None) -> None:
        state = State(f"state {len(self.states)}", streams)
        self.ledger.state(state)
        self.states.append(ModelState(state, len(self.records)))

    @rule()
    def release(self) -> None:
        for released in self.ledger.release():
            expected = next(s for s in self.states if not s.released)
            assert released.state is expected.state, "in arrival order, and once"
            before = self.records[: expected.records_before]
            assert all(not record.open for record in before), "only after its records"
            expected.released = True
            covered = set(STREAMS) if expected.state.streams is None else expected.state.streams
            for rejected, count in ((False, released.settled), (True, released.rejected)):
                total = sum(r.stream in covered and r.rejected == rejected for r in before)
                counted = sum(self.counted[stream, rejected] for stream in covered)
                assert count == total - counted, "what was read since the previous state"
                for stream in covered:
                    self.counted[stream, rejected] = sum(
                        r.stream == stream and r.rejected == rejected for r in before
                    )

    @invariant()
    def nothing_that_could_go_is_kept(self) -> None:
        self.release()
        for state in self.states:
            if not state.released:
                assert any(record.open for record in self.records[: state.records_before])
                break

    @invariant()
    def the_books_balance(self) -> None:
        held = [state for state in self.states if not state.released]
        assert self.ledger.held_states == len(held)
        assert self.ledger.held_bytes == sum(len(state.state.text) for state in held)


TestLedger = LedgerMachine.TestCase
