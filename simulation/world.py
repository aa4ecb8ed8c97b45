"""A world: runs of the connector, one after the other, until one is good."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final

from destination_inflection.config.form import read_config
from destination_inflection.json_types import JsonObject
from simulation.chance import chance
from simulation.developer_api import DeveloperApi, Habits
from simulation.event_endpoint import MARK, EventEndpoint, Orders, Verdicts
from simulation.faults import Faults
from simulation.habits import make_habits, make_verdicts
from simulation.history import History
from simulation.judge import Judge, Truth
from simulation.life import Life
from simulation.network import Network, Server
from simulation.pipes import InputPipe, OutputPipe
from simulation.process import Ended, Ending, Surroundings, run_process
from simulation.scenario import Scenario, make_scenario
from simulation.source import Message, Source, StateLine
from simulation.store import Files, WorldStore
from simulation.tables import Route
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.truths import ContactsTruth, EventTruth, Forbidden, look_at_contacts
from simulation.violation import Rule, Violation
from simulation.weather import Weather

KEY: Final = "sk-simulated-0123456789abcdef"
_MOST_RUNS: Final = 7
_BEFORE_THE_NEXT_RUN: Final = 60.0
_FAIR_RUN: Final = 3
"""From this run on, the weather is fair."""


@dataclass(slots=True)
class Result:
    """What came of a world."""

    seed: int
    violation: Violation | None
    digest: str
    settled: int
    faults: int
    kills: int
    seconds: float
    runs: int
    reached: Counter[str] = field(default_factory=Counter)


class World:
    """Everything that outlives a run."""

    def __init__(
        self, seed: int, most_faults: float = inf, show: Callable[[str], None] | None = None
    ) -> None:
        self.scenario: Final[Scenario] = make_scenario(seed)
        scenario = self.scenario
        self.timeline = Timeline()
        self.trace = Trace(self.timeline, show)
        self.trace.note("world", str(scenario))
        self.faults = Faults(self.trace, most_faults)
        self.source = Source(scenario.shape, chance(seed, "source"))
        self.history = History(self.source, has_store=scenario.has_store)
        self.files = Files()
        self.forbidden = Forbidden()
        self.weather = Weather(scenario, self.faults, self.timeline, chance(seed, "weather"))
        self.reached: Counter[str] = Counter()
        self.kills = 0
        self.runs = 0
        self.server: Server
        self.truth: Truth
        self.events: EventEndpoint | None = None
        self.api: DeveloperApi | None = None
        rng = chance(seed, "verdicts")
        self.verdicts = Verdicts()
        self.habits = Habits()
        if scenario.route is Route.EVENT_ENDPOINT:
            self.verdicts = make_verdicts(scenario, self.history.lines.values(), rng)
            authorization = read_config(self._config()).api_key
            self.events = EventEndpoint(self.history.lines, self.verdicts, _basic(authorization))
            self.server = self.events
            self.truth = EventTruth(self.events.books, self.verdicts, self.forbidden)
        else:
            self.habits = make_habits(scenario, self.history.lines.values(), rng)
            self.api = DeveloperApi(self.habits, chance(seed, "api"), KEY)
            self.server = self.api
            self.truth = ContactsTruth(
                self.api, self.habits, self.forbidden, self.history.lines.values()
            )

    def run(self) -> None:
        """Runs the connector until a run is good.

        Raises:
            Violation: an invariant is broken.
        """
        ended = Ended(Ending.KILLED)
        while ended.how is not Ending.GREEN and self.runs < _MOST_RUNS:
            if self.runs:
                self.timeline.advance(self.timeline.now + _BEFORE_THE_NEXT_RUN)
            if self.runs >= _FAIR_RUN:
                self.timeline.advance(max(self.timeline.now, self.scenario.fair_from))
            ended = self._run_once()
            self.runs += 1
        if ended.how is Ending.GREEN and self.api is not None:
            self.timeline.advance(self.timeline.now + 1_000.0)
            self.api.advance(self.timeline.now)
            look_at_contacts(self.api, self.history)
        self.trace.note("world", f"ended {ended.how.value}")

    def _run_once(self) -> Ended:
        scenario, number = self.scenario, self.runs
        kill = next((kill for kill in scenario.kills if kill.run == number), None)
        if kill is not None and not self.faults.happens(f"kill: {kill.how.value}"):
            kill = None
        life = Life(self.timeline, self.trace, kill)
        began = self.timeline.now
        self.trace.note(
            "platform", f"starts run {number} at {sorted(self.history.cursors.items())}"
        )
        judge = Judge(scenario, self.history, self.truth, self.timeline.monotonic)
        states: dict[int, StateLine] = {}
        self.history.begin_run()

        def sees(message: Message) -> None:
            if isinstance(message, StateLine):
                states[message.number] = message
            judge.sees(message)

        def written(line: bytes) -> None:
            self.trace.note("output", "a line", line)
            self._look_for_secrets(line)
            judge.written(line)

        def read(line: bytes) -> None:
            state = judge.state_in(line, states)
            if state is not None:
                self.history.state_read(state)

        if self.events is not None:
            self.events.begin_run(Orders(lambda mark: judge.numbers.get(mark, 0)))
        rng = chance(scenario.seed, f"run {number}")
        network = Network(scenario, self.server, self.weather, life, rng, self.forbidden.note)
        messages = self.source.messages(self.history.cursors, number)
        source = InputPipe(messages, scenario, life, rng, sees)
        network.input_is_ready = lambda: source.is_ready
        judge.most_lines_at_once = lambda: source.most_lines_at_once
        platform = OutputPipe(scenario, life, written, read)
        store = WorldStore(self.files, scenario, self.faults, life, rng, self.history.file_saved)
        around = Surroundings(life, network, store, source, platform, judge, rng)
        ended = run_process(read_config(self._config()), self.source.catalog, scenario, around)
        self.kills += ended.how in (Ending.KILLED, Ending.TERMINATED)
        self.trace.note("platform", f"run {number} ended: {ended.how.value} {ended.problem}")
        platform.drain(loses=life.was_killed and kill is not None and kill.loses_output)
        self._judge_end(ended, judge, kill is not None, began)
        return ended

    def _judge_end(self, ended: Ended, judge: Judge, was_killed: bool, began: float) -> None:
        if ended.how is Ending.GREEN:
            judge.is_good()
            for stream, lines in self.source.by_stream.items():
                if self.history.cursors.get(stream, 0) != len(lines):
                    raise Violation(Rule.STATES, f"a green run left {stream} uncovered")
            return
        is_fair = began >= self.scenario.fair_from and not was_killed
        if is_fair and not self._is_excused(judge):
            raise Violation(Rule.ENDS, f"in fair weather: {ended.how.value}, {ended.problem}")

    def _is_excused(self, judge: Judge) -> bool:
        """Whether a run in fair weather may fail: the data or the endpoint are beyond help."""
        scenario = self.scenario
        if scenario.has_poison or self.verdicts.walled or self.habits.gone:
            return True
        return judge.has_failing_stream()

    def _look_for_secrets(self, line: bytes) -> None:
        if KEY.encode() in line:
            raise Violation(Rule.SECRETS, "the key was written")
        if found := MARK.search(line):
            raise Violation(Rule.SECRETS, f"the value {found[0].decode()} was written")

    def _config(self) -> JsonObject:
        scenario = self.scenario
        delivery: JsonObject = {"route": scenario.route.value}
        if scenario.route is Route.EVENT_ENDPOINT:
            delivery["endpoint_url"] = "https://in.inflection.example/v1/{type}"
        else:
            delivery["base_url"] = "https://api.inflection.example"
        store: JsonObject = {"store": "log"}
        if scenario.has_store:
            store = {"store": "folder", "path": "/store"}
        return {
            "api_key": KEY,
            "delivery": delivery,
            "streams": [*self.source.rules],
            "rejected_records": store,
            "advanced": {
                "connections": scenario.connections,
                "max_requests_per_second": scenario.ceiling,
            },
        }


def simulate(
    seed: int, most_faults: float = inf, show: Callable[[str], None] | None = None
) -> Result:
    """Plays a world."""
    world = World(seed, most_faults, show)
    violation: Violation | None = None
    try:
        world.run()
    except Violation as found:
        violation = _first(found)
        world.trace.note("violation", str(violation))
    reached = world.reached + (world.api.reached if world.api is not None else Counter())
    return Result(
        seed,
        violation,
        world.trace.digest,
        world.history.settled,
        world.faults.happened,
        world.kills,
        world.timeline.now,
        world.runs,
        reached,
    )


def _first(violation: Violation) -> Violation:
    """The one that was raised first: on its way up, the connector goes on for a moment."""
    first, error = violation, violation.__context__
    while error is not None:
        if isinstance(error, Violation):
            first = error
        error = error.__context__
    return first


def _basic(key: str) -> str:
    from base64 import b64encode

    return f"Basic {b64encode(f'{key}:'.encode()).decode()}"
