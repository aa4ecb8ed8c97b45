from dataclasses import replace

import pytest

from simulation.pressure import Pressure
from simulation.scenario import Limiter, Outage, Scenario, Trouble, make_scenario
from simulation.tables import Route
from simulation.violation import Violation


def scenario(
    limiter: Limiter = Limiter.NONE, outages: tuple[Outage, ...] = (), ceiling: int = 5
) -> Scenario:
    return replace(
        make_scenario(1),
        route=Route.EVENT_ENDPOINT,
        connections=4,
        ceiling=ceiling,
        limiter=limiter,
        limit=20,
        troubles={},
        outages=outages,
    )


def test_a_ceiling_may_be_used_up() -> None:
    pressure = Pressure(scenario(), 0.0)
    for number in range(500):
        pressure.starts(None, number / 5)


def test_a_pause_may_be_caught_up_with_in_part() -> None:
    pressure = Pressure(scenario(), 0.0)
    for _ in range(13):
        pressure.starts(None, 100.0)
    with pytest.raises(Violation, match="more requests than 5 a second"):
        pressure.starts(None, 100.0)


@pytest.mark.parametrize("seconds", [1.0, 100.0])
def test_an_outage_is_probed_now_and_then(seconds: float) -> None:
    outage = Outage(0.0, 1_000.0, Trouble.BUSY)
    pressure = Pressure(scenario(outages=(outage,), ceiling=500), 0.0)
    most = 2 * 4 + 40 + int(seconds / 4)
    pressure.starts(Trouble.BUSY, 0.0)
    for _ in range(most):
        pressure.starts(Trouble.BUSY, seconds)
    with pytest.raises(Violation, match="requests in an outage"):
        pressure.starts(Trouble.BUSY, seconds)


@pytest.mark.parametrize("trouble", [Trouble.NOT_FOUND, Trouble.SLOW])
def test_what_is_not_an_outage(trouble: Trouble) -> None:
    outage = Outage(0.0, 1_000.0, trouble)
    pressure = Pressure(scenario(outages=(outage,), ceiling=500), 0.0)
    for _ in range(500):
        pressure.starts(trouble, 1.0)


@pytest.mark.parametrize("served", [0, 1_000])
def test_a_limiter_refuses_few(served: int) -> None:
    pressure = Pressure(scenario(Limiter.SECOND), 0.0)
    for _ in range(served):
        pressure.served()
    for _ in range(90 + served // 10):
        pressure.refused()
    with pytest.raises(Violation, match="were refused as too many"):
        pressure.refused()


def test_where_refusals_come_by_chance_nobody_counts_them() -> None:
    outage = Outage(0.0, 1_000.0, Trouble.LIMITED)
    pressure = Pressure(scenario(Limiter.SECOND, (outage,)), 0.0)
    for _ in range(500):
        pressure.refused()
