"""The judge of one run: hears all that goes in and comes out, and compares it with the world."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from destination_inflection.commands.outside import RunBounds
from destination_inflection.delivery.outcomes import (
    Delivered,
    Outcome,
    Refused,
    Unneeded,
)
from simulation.history import History
from simulation.lines import Fate, InputLine
from simulation.standings import Standings
from simulation.states import Message, SettledState, StateLine, cursors_in
from simulation.sums import LoggedSums
from simulation.violation import Rule, Violation
from simulation.watched import SentCall

_ID: Final = re.compile(rb'"id":\s*(\d+)')
_STATS: Final = re.compile(
    rb'"destinationStats":\{"recordCount":([\d.]+),"rejectedRecordCount":([\d.]+)\},?'
)
_NOT_ARRIVED: Final = b" arrived: check the source's log"


class Truth(Protocol):
    """What a world's endpoint knows of the calls that it got."""

    def begin_run(self) -> None:
        """A new process is there, which knows nothing."""
        ...

    def contradicts(self, sent: SentCall, outcome: Outcome) -> str | None:
        """Why an outcome can't be, by all that the endpoint has taken and said."""
        ...


class Judge:
    """Also the watcher of its delivery, and who sees the input and the output."""

    def __init__(self, bounds: RunBounds, history: History, truth: Truth) -> None:
        self._bounds = bounds
        self._history = history
        self._truth = truth
        self.numbers: dict[str, int] = {}
        """Where each record stands in the input of this run, from 1."""
        self.read: Counter[str] = Counter()
        """Records by stream."""
        self.pending = 0
        self._by_person: Counter[str] = Counter()
        self._of_orgs = 0
        self._open: Counter[str] = Counter()
        self._handed_in: Counter[str] = Counter()
        """How many calls of each record were handed in."""
        self._failed: set[str] = set()
        self._since: dict[str, list[InputLine]] = {}
        self._states: dict[int, tuple[StateLine, list[InputLine]]] = {}
        self._queues: dict[str | None, deque[int]] = {}
        self._held_bytes = 0
        """Of states."""
        self._line_bytes = 0
        """Of records whose calls are on their way."""
        self._longest = 0
        """The bytes of the longest line that was read."""
        self._sums = LoggedSums()
        self.standings = Standings()
        self.states_seen = 0
        self.states_written = 0
        self.most_lines_at_once: Callable[[], int] = lambda: 0

    # The input

    def sees(self, message: Message) -> None:
        """The last byte of a line was read."""
        self._longest = max(self._longest, len(message.text))
        if isinstance(message, InputLine):
            self.numbers[message.mark] = len(self.numbers) + 1
            self.read[message.stream] += message.fate is not Fate.UNREADABLE
            self._since.setdefault(message.stream, []).append(message)
            if message.fate is Fate.REJECTED and not message.calls:
                self.standings.rejected[message.stream] += 1
            return
        self.states_seen += 1
        covered = list(self._since) if message.covers is None else [message.covers]
        lines = [line for stream in covered for line in self._since.pop(stream, ())]
        self._states[message.number] = message, lines
        self._queues.setdefault(message.covers, deque()).append(message.number)
        self._held_bytes += len(message.text)

    # Delivery

    def submitted(self, sent: SentCall) -> None:
        """A call was handed in."""
        self.pending += 1
        self._by_person[sent.call.identity] += 1
        self._of_orgs += sent.call.org is not None
        line = self._history.lines[sent.mark]
        self._line_bytes += 0 if self._open[sent.mark] else len(line.text)
        self._open[sent.mark] += 1
        self._handed_in[sent.mark] += 1
        if sent.call.kind not in line.calls:
            raise Violation(Rule.CALLS, f"{sent.mark} became {sent.call.kind}")

    def ended(self, sent: SentCall, outcome: Outcome) -> None:
        """A call came back."""
        self.pending -= 1
        self._by_person[sent.call.identity] -= 1
        self._of_orgs -= sent.call.org is not None
        mark = sent.mark
        self._open[mark] -= 1
        self._line_bytes -= 0 if self._open[mark] else len(self._history.lines[mark].text)
        why_not = self._truth.contradicts(sent, outcome)
        if why_not is not None:
            said = outcome.why.value if isinstance(outcome, Refused) else type(outcome).__name__
            raise Violation(Rule.CALLS, f"{sent.call.kind} of {mark} is {said}, but {why_not}")
        match outcome:
            case Refused():
                self._history.refused.add(mark)
            case Delivered() | Unneeded():
                pass
            case _:
                self._failed.add(mark)
        line = self._history.lines[mark]
        self.standings.ended(line, outcome)
        if self.is_settled(line):
            self._history.delivered.add(mark)
            self.standings.settled(line, is_rejected=self._history.is_rejected(line))

    def looks(self) -> None:
        """A step is over: is everything within its bounds?

        Raises:
            Violation: it is not.
        """
        slack = self.most_lines_at_once()
        held_bytes = self._held_bytes + self._line_bytes
        most_bytes = max(self._bounds.sync.input_bytes, self._bounds.sync.held_bytes)
        if held_bytes > most_bytes + (slack + 1) * self._longest:
            raise Violation(Rule.BOUNDS, f"{held_bytes} bytes of lines and states are held")
        held = self.states_held
        if held > self._bounds.sync.held_checkpoints + slack + 1:
            raise Violation(Rule.BOUNDS, f"{held} states are held")
        most = max(self._bounds.delivery.pending_calls, self._bounds.delivery.pending_contacts)
        if self.pending > most + 2 * slack + 2:
            raise Violation(Rule.BOUNDS, f"{self.pending} calls are pending")

    def open_calls_of(self, person: str) -> int:
        """The calls of one person."""
        return self._by_person[person]

    @property
    def longest_lane(self) -> int:
        """The calls that may have to go one after the other, at most.

        They are those of the person who has most of them, and of all orgs.
        """
        return max(self._by_person.values(), default=0) + self._of_orgs

    @property
    def states_held(self) -> int:
        """States that were read and have not gone out."""
        return self.states_seen - self.states_written

    @property
    def holds_all_states(self) -> bool:
        """Whether as many states are held as may be."""
        return self.states_held >= self._bounds.sync.held_checkpoints

    @property
    def holds_all_it_may(self) -> bool:
        """Whether states take as many bytes as they may."""
        return self._held_bytes >= self._bounds.sync.held_bytes

    # The output

    def written(self, line: bytes) -> None:
        """The connector has written a line."""
        if not _is_state(line):
            self._sums.note(line)
            if _NOT_ARRIVED in line and self.read.total() == len(self.numbers):
                raise Violation(Rule.COUNTS, "records are said to be missing that have arrived")
            return
        found, stats = _ID.search(line), _STATS.search(line)
        number = int(found[1]) if found else -1
        if number not in self._states:
            raise Violation(Rule.STATES, f"a state went out that is not held ({number})")
        state, lines = self._states.pop(number)
        queue = self._queues[state.covers]
        if queue.popleft() != number:
            raise Violation(Rule.STATES, f"state {number} overtook an older one")
        self.states_written += 1
        self._held_bytes -= len(state.text)
        if stats is None or line.replace(stats[0], b"", 1) != state.echo.strip():
            raise Violation(Rule.STATES, f"state {number} did not come back as it was")
        for each in lines:
            self._look_at(each, number)
        for stream in self._streams_of(state):
            if self.standings.is_failing(stream):
                raise Violation(Rule.STANDING, f"state {number} went, but nothing of {stream}")
        self._count(state, lines, float(stats[1]), float(stats[2]))

    def state_in(self, line: bytes, states: "dict[int, StateLine]") -> StateLine | None:
        """The state that the platform has read, if the line is one."""
        if not _is_state(line):
            return None
        found = _ID.search(line)
        state = states.get(int(found[1])) if found else None
        if state is None or cursors_in(line) != dict(state.cursors):
            raise Violation(Rule.STATES, "a state can't be read any more")
        return state

    def is_settled(self, line: InputLine) -> bool:
        """Whether a line that was read is settled in this run."""
        if line.mark in self._failed or self._open[line.mark]:
            return False
        return self._handed_in[line.mark] == len(line.calls)

    def is_good(self) -> None:
        """The run says that all is well.

        Raises:
            Violation: it is not.
        """
        if self._states:
            raise Violation(Rule.STATES, f"{len(self._states)} states did not go out")
        if self.pending:
            raise Violation(Rule.CALLS, f"{self.pending} calls did not end")
        for stream in self.read:
            if self.standings.is_failing(stream):
                raise Violation(Rule.STANDING, f"a good run delivered nothing of {stream}")
        for mark in self.numbers:
            if self._history.is_missing(self._history.lines[mark]):
                raise Violation(Rule.COVERED, f"{mark} was not stored by the end")
        self._sums.compare(self.read, self._count_rejected())

    def settled_states(self) -> Iterator[SettledState]:
        """Of the states that were read and have not gone out, those whose turn it is.

        All records before such a state are settled.
        """
        for queue in self._queues.values():
            if queue:
                state, lines = self._states[queue[0]]
                if all(map(self.is_settled, lines)):
                    yield SettledState(state.number, self._streams_of(state))

    def _streams_of(self, state: StateLine) -> list[str]:
        return list(self.read) if state.covers is None else [state.covers]

    def _count_rejected(self) -> Counter[str]:
        """Records that are rejected, by stream."""
        records = [self._history.lines[mark] for mark in self.numbers]
        return Counter(
            line.stream
            for line in records
            if line.fate is not Fate.UNREADABLE and self._history.is_rejected(line)
        )

    @property
    def nothing_passes(self) -> bool:
        """Whether nobody can read any line, or much of all streams was rejected and none passed."""
        read = self.read.total()
        return not read or self.standings.nothing_passes(len(self.numbers) - read)

    def has_failing_stream(self) -> bool:
        """Whether nothing of some stream, or of all, was delivered, and much was rejected."""
        return self.nothing_passes or any(map(self.standings.is_failing, self.read))

    def _look_at(self, line: InputLine, number: int) -> None:
        if not self.is_settled(line):
            raise Violation(Rule.STATES, f"state {number} went before {line.mark} was settled")
        if self._history.is_missing(line):
            raise Violation(Rule.STATES, f"state {number} went before {line.mark} was stored")

    def _count(
        self, state: StateLine, lines: list[InputLine], settled: float, rejected: float
    ) -> None:
        records = [line for line in lines if line.fate is not Fate.UNREADABLE]
        refused = sum(map(self._history.is_rejected, records))
        expected = sum(state.counts.values()) - refused, refused
        if (settled, rejected) != expected:
            raise Violation(
                Rule.COUNTS,
                f"state {state.number} counts {settled:g} and {rejected:g}, not {expected}",
            )


def _is_state(line: bytes) -> bool:
    return b'"state"' in line[:200] and not line.startswith((b'{"type":"LOG"', b'{"type":"TRACE"'))
