"""The weather of a world: limiters, outages, single troubles, and what a refusal looks like."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from math import inf
from types import MappingProxyType

import pytest

from destination_inflection.delivery.lanes.answers import retry_after
from simulation.chance import chance
from simulation.faults import Faults
from simulation.scenario import Limiter, Outage, Scenario, Trouble
from simulation.timeline import Timeline
from simulation.trace import Trace
from simulation.weather import LONGEST_RETRY_AFTER, Weather
from unit_tests.simulation.by_hand import PLAIN

_MANY = 2_000
_NO_DATE = "Thu, 32 Foo 2026 25:61:61 GMT"


@dataclass
class Sky:
    """A weather, and a clock that a test moves."""

    scenario: Scenario
    most_faults: float = inf
    timeline: Timeline = field(default_factory=Timeline)

    def __post_init__(self) -> None:
        self.faults = Faults(Trace(self.timeline), self.most_faults)
        rng = chance(1, "weather")
        self.weather = Weather(self.scenario, self.faults, self.timeline, rng)

    def served(self, at: float, asked: int = 1_000) -> int:
        """How many of so many requests are served at a time."""
        self.timeline.advance(at)
        return sum(not self.weather.is_over_limit() for _ in range(asked))

    def troubles(self, at: float, asked: int = 1) -> list[Trouble | None]:
        self.timeline.advance(at)
        return [self.weather.trouble() for _ in range(asked)]


@pytest.mark.parametrize(
    ("limiter", "limit", "steps"),
    [
        (Limiter.NONE, 5, [(0.0, 1_000)]),
        # A bucket of four that gets four a second.
        (Limiter.BUCKET, 4, [(0.0, 4), (0.125, 0), (0.25, 1), (0.75, 2), (99.0, 4), (99.0, 0)]),
        (Limiter.SECOND, 5, [(0.0, 5), (0.9, 0), (1.0, 5), (1.9, 0), (50.5, 5), (51.0, 5)]),
        (Limiter.MINUTE, 5, [(0.0, 300), (59.9, 0), (60.0, 300), (119.0, 0), (600.0, 300)]),
    ],
)
def test_limiters(limiter: Limiter, limit: int, steps: Sequence[tuple[float, int]]) -> None:
    sky = Sky(replace(PLAIN, limiter=limiter, limit=limit))
    assert [(at, sky.served(at)) for at, _ in steps] == steps


def test_a_window_counts_what_was_served_earlier_in_it() -> None:
    sky = Sky(replace(PLAIN, limiter=Limiter.SECOND, limit=5))
    assert [sky.served(at, asked=2) for at in (3.1, 3.2, 3.3, 3.9, 4.0)] == [2, 2, 1, 0, 2]


def test_an_outage_befalls_every_request_while_it_lasts_and_is_one_fault() -> None:
    outages = (Outage(10, 20, Trouble.BUSY), Outage(20, 25, Trouble.WRONG_KEY))
    sky = Sky(replace(PLAIN, outages=outages))
    found = {at: set(sky.troubles(at, asked=5)) for at in (9.9, 10, 19.9, 20, 24.9, 25)}
    busy, wrong = {Trouble.BUSY}, {Trouble.WRONG_KEY}
    assert found == {9.9: {None}, 10: busy, 19.9: busy, 20: wrong, 24.9: wrong, 25: {None}}
    assert sky.faults.happened == 2
    assert sky.scenario.fair_from == 25


def test_an_outage_that_is_one_fault_too_many_does_not_happen() -> None:
    outages = (Outage(10, 20, Trouble.BUSY), Outage(30, 40, Trouble.BUSY))
    sky = Sky(replace(PLAIN, outages=outages), most_faults=1)
    assert set(sky.troubles(10, asked=5)) == {Trouble.BUSY}
    assert set(sky.troubles(30, asked=5)) == {None}


def test_troubles_befall_their_share_of_the_requests_until_the_weather_is_fair() -> None:
    shares = MappingProxyType({Trouble.RESET: 0.1, Trouble.SLOW: 0.3})
    sky = Sky(replace(PLAIN, troubles=shares, bad_until=60.0))
    found = Counter(sky.troubles(0, asked=_MANY))
    assert found.keys() == {None, Trouble.RESET, Trouble.SLOW}
    for trouble, share in shares.items():
        assert abs(found[trouble] / _MANY - share) < 0.03
    assert sky.faults.happened == _MANY - found[None]
    assert set(sky.troubles(60, asked=_MANY)) == {None}


@pytest.mark.parametrize("most", [0, 1, 7])
def test_no_more_faults_happen_than_may(most: int) -> None:
    scenario = replace(PLAIN, troubles=MappingProxyType({Trouble.LOST: 1.0}), bad_until=60.0)
    sky = Sky(scenario, most_faults=most)
    assert sky.troubles(0, asked=10) == [Trouble.LOST] * most + [None] * (10 - most)


def test_a_refusal_says_in_many_forms_when_to_come_back() -> None:
    sky = Sky(replace(PLAIN, has_retry_after=True))
    sky.timeline.advance(1_234)
    now = sky.timeline.today()
    answers = [sky.weather.answer(503) for _ in range(_MANY)]
    found = {answer.headers.get("retry-after"): retry_after(answer, now) for answer in answers}
    # None of these can be read, and the header may be missing.
    wanted: dict[str | None, float] = dict.fromkeys((None, "soon", "-5", "", "1e9", _NO_DATE), 0)
    wanted["9" * 30] = LONGEST_RETRY_AFTER
    for seconds in (0, 1, 3, 30, 70):
        date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
        wanted |= {str(seconds): seconds, date: seconds, f"{seconds}.5": seconds + 0.5}
    assert found == wanted
    assert {answer.body for answer in answers} == {b"", b"{}", b'{"message":"no"}'}


@pytest.mark.parametrize(
    ("has_retry_after", "status", "says_it"),
    [(True, 429, True), (True, 503, True), (True, 500, False), (False, 429, False)],
)
def test_who_says_when_to_come_back(*, has_retry_after: bool, status: int, says_it: bool) -> None:
    sky = Sky(replace(PLAIN, has_retry_after=has_retry_after))
    answers = [sky.weather.answer(status) for _ in range(100)]
    assert {answer.status for answer in answers} == {status}
    assert any("retry-after" in answer.headers for answer in answers) is says_it
