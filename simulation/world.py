"""A world: all that outlives the runs of the connector in it."""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from math import inf
from typing import Final

from destination_inflection.config.form import Config, read_config
from destination_inflection.json_types import JsonObject
from simulation.chance import chance
from simulation.developer_api import DeveloperApi, Habits
from simulation.event_endpoint import EventEndpoint, Verdicts
from simulation.faults import Faults
from simulation.forbidden import Forbidden
from simulation.habits import make_habits, make_verdicts
from simulation.history import History
from simulation.judge import Truth
from simulation.network import Server
from simulation.scenario import Scenario, make_scenario
from simulation.source import Source
from simulation.store import Files
from simulation.suspicion import Suspicion
from simulation.tables import Route
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.truths import ContactsTruth, EventTruth
from simulation.weather import Weather

KEY: Final = "sk-simulated-0123456789abcdef"
Show = Callable[[str], None]


class World:
    """Made from a scenario; `most_faults` is how many may happen, `show` gets the trace."""

    def __init__(
        self, scenario: Scenario, most_faults: float = inf, show: Show | None = None
    ) -> None:
        seed = scenario.seed
        self.scenario = scenario
        self.timeline = Timeline()
        self.trace = Trace(self.timeline, show)
        self.trace.note("world", str(scenario))
        self.faults = Faults(self.trace, most_faults)
        self.weather = Weather(scenario, self.faults, self.timeline, chance(seed, "weather"))
        self.source = Source(scenario.shape, chance(seed, "source"))
        self.history = History(self.source, has_store=scenario.has_store)
        self.files = Files()
        self.forbidden = Forbidden()
        """Of the run that is going on."""
        self.suspicion = Suspicion(scenario.connections)
        """The same."""
        self.seen: Counter[str] = Counter()
        self.verdicts = Verdicts()
        self.habits = Habits()
        self.events: EventEndpoint | None = None
        self.api: DeveloperApi | None = None
        self.server: Server
        self.truth: Truth
        lines, rng = self.history.lines, chance(seed, "verdicts")
        if scenario.route is Route.EVENT_ENDPOINT:
            self.verdicts = make_verdicts(scenario, lines.values(), rng)
            self.events = EventEndpoint(lines, self.verdicts, _basic(KEY))
            self.server = self.events
            self.truth = EventTruth(
                self.events.books, lambda: self.forbidden, lambda: self.suspicion
            )
        else:
            self.habits = make_habits(scenario, lines.values(), rng)
            self.api = DeveloperApi(self.habits, chance(seed, "api"), KEY)
            self.server = self.api
            self.truth = ContactsTruth(
                self.api, self.habits, lambda: self.forbidden, lines.values()
            )
        self.config: Final[Config] = read_config(_config(scenario, self.source))

    @property
    def reached(self) -> Counter[str]:
        """How often each rare state was reached."""
        return self.seen + (self.api.reached if self.api is not None else Counter())


def world_of(seed: int, most_faults: float = inf, show: Show | None = None) -> World:
    """The world that a seed decides."""
    return World(make_scenario(seed), most_faults, show)


def _config(scenario: Scenario, source: Source) -> JsonObject:
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
        "streams": [*source.rules],
        "rejected_records": store,
        "advanced": {
            "connections": scenario.connections,
            "max_requests_per_second": scenario.ceiling,
        },
    }


def _basic(key: str) -> str:
    return f"Basic {b64encode(f'{key}:'.encode()).decode()}"
