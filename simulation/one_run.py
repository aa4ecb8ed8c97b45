"""One run in a world: a process with its pipes and its judge, and what the platform makes of it."""

from typing import Final

from destination_inflection.airbyte.messages import State
from destination_inflection.delivery.outcomes import Outcome, Refusal, Refused
from destination_inflection.delivery.seam import Delivery
from destination_inflection.mapping.calls import Call
from destination_inflection.sync.records import Sent
from simulation.chance import chance
from simulation.deadline import OpenWork, seconds_left
from simulation.doubts import WritesInDoubt
from simulation.event_endpoint import VALUE
from simulation.forbidden import Forbidden
from simulation.held_back import HeldBack, could_go, left_nothing_that_could_go
from simulation.judge import Judge
from simulation.life import Life
from simulation.lines import Fate
from simulation.network import Network
from simulation.pipes import InputPipe, OutputPipe
from simulation.process import Ended, Ending, Surroundings, run_process
from simulation.reached import Seen, look_at, note_outcome
from simulation.scenario import Kill
from simulation.states import Message, StateLine
from simulation.store import WorldStore
from simulation.suspicion import Suspicion
from simulation.tables import Route
from simulation.violation import Rule, Violation
from simulation.watched import SentCall
from simulation.world import KEY, World

_OTHER_LINES: Final = 200
"""What a run of a world writes apart from states, at most."""
_STEPS_UNTIL_SHUT: Final = 3
"""After a signal: it is looked for once a step."""
_LONGEST_REST: Final = 700.0
"""Seconds without a request, a line, a state or the end of a call: the deadline, and some."""
_LONGEST_RUN: Final = 86_400.0
"""Seconds. An input with pauses and a ceiling of five a second takes hours."""


class OneRun:
    """Run number `number` of a world, from 0; it starts from where the platform is."""

    def __init__(self, world: World, number: int) -> None:
        scenario = world.scenario
        self.world = world
        self.judge = Judge(scenario.bounds, world.history, world.truth)
        self._states: dict[int, StateLine] = {}
        self.kill = _kill(world, number)
        collecting = scenario.bounds.rejects.seconds
        self._held_back = HeldBack(lambda: could_go(self.judge, collecting))
        self._steps_since_signal = 0
        self.life = Life(world.timeline, world.trace, self.kill)
        self.began = world.timeline.now
        self._ends_by: float | None = None
        self._progress = 0, 0, 0, 0
        self._moved_at = world.timeline.now
        rng = chance(scenario.seed, f"run {number}")
        self._source = InputPipe(
            world.source.messages(world.history.cursors, number),
            scenario,
            self.life,
            rng,
            self._sees,
        )
        self._platform = OutputPipe(scenario, self.life, self._written, self._read)
        world.forbidden = Forbidden()
        world.suspicion = Suspicion(scenario.connections)
        self._network = network = Network(world, self.life, rng)
        if world.scenario.route is Route.DEVELOPER_API:
            network.watch = WritesInDoubt(_seen_to_settle_in(world))
        else:
            network.suspicion = world.suspicion
        network.input_is_ready = lambda: self._source.is_ready
        self.judge.most_lines_at_once = lambda: self._source.most_lines_at_once
        store = WorldStore(world, self.life, rng)
        self._around = Surroundings(
            self.life, network, store, self._source, self._platform, self, rng
        )
        world.history.begin_run()
        world.truth.begin_run()
        if world.events is not None:
            numbers = self.judge.numbers
            world.events.begin_run(lambda mark: numbers.get(mark, 0))
        starts = sorted(world.history.cursors.items())
        world.trace.note("platform", f"starts run {number} at {starts}")

    def run(self) -> Ended:
        """Runs the process to its end, and judges that.

        Raises:
            Violation: an invariant is broken.
        """
        world = self.world
        ended = run_process(world.config, world.source.catalog, world.scenario, self._around)
        world.trace.note("platform", f"the run ended: {ended.how.value} {ended.problem}")
        loses = self.life.was_killed and self.kill is not None and self.kill.loses_output
        self._platform.drain(loses=loses)
        self._note_end(ended)
        return ended

    # What the process does

    def submitted(self, sent: SentCall) -> None:
        """A call was handed in."""
        self.world.forbidden.may_decide_all = False
        if self._network.suspicion is not None:
            self._network.suspicion.submitted(sent)
        self.judge.submitted(sent)

    def ended(self, sent: SentCall, outcome: Outcome) -> None:
        """A call came back."""
        note_outcome(outcome, self.world.seen)
        if self.world.events is not None and isinstance(outcome, Refused):
            self.world.seen[Seen.BREAKS_EVENTS] += outcome.why is Refusal.BREAKS_ENDPOINT
        self.judge.ended(sent, outcome)

    def shut_down(self) -> None:
        """The run is ending early."""
        self._network.is_shut = True
        self.world.suspicion.is_shut = True

    def flushed(self) -> None:
        """No call comes for a while: what waits for one is decided without it."""
        self.world.forbidden.may_decide_all = True

    def looks(self, delivery: Delivery[Call, Sent[State]]) -> None:
        """A step is over.

        Raises:
            Violation: something is out of its bounds, or takes too long.
        """
        self.judge.looks()
        self._held_back.look(self.world.timeline.now)
        self._steps_since_signal += self.life.is_told
        if self._steps_since_signal >= _STEPS_UNTIL_SHUT:
            self._network.is_shut = True  # it should have been told so by now
        self.world.suspicion.step_is_over()
        look_at(delivery, self.world.seen)
        self.world.seen[Seen.FULL_OF_BYTES] += self.judge.holds_all_it_may
        self.world.seen[Seen.FULL_OF_STATES] += self.judge.holds_all_states
        now = self.world.timeline.now
        self._look_for_progress(now)
        if self._ends_by is None:
            self._ends_by = self._deadline(now)
        elif now > self._ends_by:
            raise Violation(Rule.ENDS, f"not ended by {self._ends_by:.0f} s")
        if now > self.began + _LONGEST_RUN:
            raise Violation(Rule.ENDS, f"not ended after {_LONGEST_RUN:.0f} s")

    def _look_for_progress(self, now: float) -> None:
        judge = self.judge
        progress = self._network.started, len(judge.numbers), judge.states_written, judge.pending
        if progress != self._progress:
            self._progress, self._moved_at = progress, now
        elif now > self._moved_at + _LONGEST_REST:
            raise Violation(Rule.ENDS, f"nothing has moved since {self._moved_at:.0f} s")

    def _deadline(self, now: float) -> float | None:
        """By when it has to end, once nothing comes any more."""
        world = self.world
        if self._source.ended_at is None or now < world.scenario.fair_from:
            return None
        poison = world.verdicts.poison
        hopeless = 0 if poison is None else len(world.history.lines[poison].calls)
        if world.habits.poison is not None:
            hopeless = self.judge.open_calls_of(world.habits.poison)
        work = OpenWork(
            self.judge.pending,
            self.judge.longest_lane,
            hopeless,
            self.judge.states_held + self._platform.unread + _OTHER_LINES,
        )
        return now + seconds_left(world.scenario, world.habits, work)

    # What goes through its pipes

    def _sees(self, message: Message) -> None:
        if isinstance(message, StateLine):
            self._states[message.number] = message
        elif message.fate is Fate.UNREADABLE:
            self.world.seen[Seen.UNREADABLE] += 1
        self.judge.sees(message)

    def _written(self, line: bytes) -> None:
        self.world.trace.note("output", "a line", line)
        if KEY.encode() in line:
            raise Violation(Rule.SECRETS, "the key was written")
        if found := VALUE.search(line):
            raise Violation(Rule.SECRETS, f"the value {found[0].decode()} was written")
        self.judge.written(line)

    def _read(self, line: bytes) -> None:
        state = self.judge.state_in(line, self._states)
        if state is not None:
            self.world.trace.note("platform", f"reads state {state.number}")
            self.world.history.state_read(state)

    # Its end

    def _note_end(self, ended: Ended) -> None:
        seen, history = self.world.seen, self.world.history
        seen[_BY_ENDING[ended.how]] += 1
        seen[Seen.OUTPUT_LOST] += self._platform.lost
        seen[Seen.OUTPUT_BLOCKED] += self._platform.blocked
        seen[Seen.LINES_CUT] += self._source.cut_lines
        kinds = self.world.faults.kinds
        seen[Seen.STORE_FAILED] += any(kind.startswith("store") for kind in kinds)
        if ended.how is Ending.KILLED:
            seen[Seen.KILLED_AFTER_SIGNAL] += self.life.is_told
            seen[Seen.KILLED_BETWEEN] += history.has_stored_uncovered()
        if ended.how is Ending.GREEN:
            self._judge_good_end()
            return
        if ended.how is not Ending.KILLED and not seen[Seen.STORE_FAILED]:
            left_nothing_that_could_go(self.judge)
        is_fair = self.began >= self.world.scenario.fair_from and self.kill is None
        if is_fair and not self._is_excused(ended):
            raise Violation(Rule.ENDS, f"in fair weather: {ended.how.value}, {ended.problem}")

    def _judge_good_end(self) -> None:
        self.judge.is_good()
        for stream, lines in self.world.source.by_stream.items():
            if self.world.history.cursors.get(stream, 0) != len(lines):
                raise Violation(Rule.STATES, f"a green run left {stream} uncovered")

    def _is_excused(self, ended: Ended) -> bool:
        """Whether a run in fair weather may fail: the data or the endpoint are beyond help."""
        world = self.world
        if ended.failure_type == "transient_error":
            poison_gave_up = world.verdicts.poison in world.suspicion.gave_up
            return poison_gave_up or world.habits.poison is not None
        return bool(world.verdicts.walled or world.habits.gone or self.judge.has_failing_stream())


_BY_ENDING: Final = {
    Ending.GREEN: Seen.GREEN,
    Ending.FAILED: Seen.FAILED,
    Ending.TERMINATED: Seen.TERMINATED,
    Ending.KILLED: Seen.KILLED,
}


def _seen_to_settle_in(world: World) -> float:
    """The shortest settling that a client sees: it counts from when it hears of the transaction."""
    return max(world.habits.settle_from - world.scenario.round_trip[1] / 2, 0.0)


def _kill(world: World, number: int) -> Kill | None:
    kill = next((kill for kill in world.scenario.kills if kill.run == number), None)
    if kill is None or not world.faults.happens(f"kill: {kill.how.value}"):
        return None
    return kill
