"""Goals: what is looked up among the figures, and what the page says of it."""

import pytest

from benchmarks import names
from benchmarks.figures import Figure, middle
from benchmarks.goals import SEEDS, Bound, Goal, goals_of
from benchmarks.process import Taken
from benchmarks.report import Machine, page


def figure(rate: float = 100.0, cpu: float = 1.0, mib: float = 60.0, records: int = 1000) -> Figure:
    return Figure(records, Taken(records / rate, cpu, mib), requests=2)


def figures() -> dict[str, Figure]:
    """A whole benchmark's, each goal reached or missed by a figure of its own."""
    return {
        names.over("ceiling", 16): figure(1000),
        names.over("ceiling", 64): figure(2000),
        names.over("ours", 16): figure(600, cpu=2.0),
        names.over("ours", 64): figure(500),
        names.posting(names.STOCK, 1): figure(50, cpu=20.0),
        names.next_to_tls("ours"): figure(cpu=4.0),
        names.over_tls("ours"): figure(480, cpu=5.2),
        names.over_tls(names.STOCK): figure(40),
        names.slow(64): figure(1152),
        names.AT_DEFAULTS: figure(490),
        names.CLEAR: figure(1000),
        **{names.stormy(s): figure(r) for s, r in zip(SEEDS, (800, 640, 900), strict=True)},
        f"{names.MEMORY}, 200 records": figure(records=200, mib=50),
        f"{names.MEMORY}, 20000 records": figure(records=20_000, mib=66),
        f"{names.MEMORY}, 2000 records": figure(records=2_000, mib=55),
        f"{names.CONTACTS}ours": figure(700),
        f"{names.CONTACTS}{names.STOCK}": figure(100),
        f"{names.CONTACTS}slower": figure(90),
        f"{names.CONTACTS_MEMORY}, 100 records": figure(records=100, mib=100),
        f"{names.CONTACTS_MEMORY}, 2000 records": figure(records=2_000, mib=105),
    }


def test_each_measure_is_the_ratio_that_it_says() -> None:
    found = [(goal.bound, goal.limit, round(goal.measured, 3)) for goal in goals_of(figures())]
    assert found == [
        (Bound.AT_LEAST, 10.0, 12.0),  # the better of 16 and 64 connections against the stock one
        (Bound.AT_LEAST, 0.55, 0.6),  # and against the ceiling over as many
        (Bound.AT_LEAST, 6.0, 10.0),
        (Bound.AT_LEAST, 0.85, 0.9),
        (Bound.AT_LEAST, 0.95, 0.98),
        (Bound.AT_MOST, 1.25, 1.3),
        (Bound.AT_LEAST, 10.0, 12.0),
        (Bound.AT_LEAST, 0.75, 0.8),
        (Bound.AT_LEAST, 0.65, 0.64),
        (Bound.AT_LEAST, 6.0, 7.0),
        (Bound.AT_MOST, 2.1, 2.0),
        (Bound.AT_MOST, 160.0, 66.0),
        (Bound.AT_MOST, 1.1, 1.2),
        (Bound.AT_MOST, 160.0, 105.0),
        (Bound.AT_MOST, 1.1, 1.05),
    ]


def test_the_page_says_which_goals_are_missed() -> None:
    shown = page(Machine("Linux", 2, "3.11", {"orjson": "3"}), 1000, figures())
    missed = [line for line in shown.splitlines() if line.endswith(", missed |")]
    assert [line.rpartition("| ")[2] for line in missed] == [
        "1.3, missed |",
        "0.64, missed |",
        "1.2, missed |",
    ]
    assert "| records/s at 0 ms, against the bare ceiling | at least 0.55 | 0.6 |" in shown


@pytest.mark.parametrize(
    ("bound", "measured", "is_reached"),
    [
        (Bound.AT_LEAST, 0.9, False),
        (Bound.AT_LEAST, 1.0, True),
        (Bound.AT_MOST, 1.0, True),
        (Bound.AT_MOST, 1.1, False),
    ],
)
def test_a_limit_is_reached_when_it_is_met(
    bound: Bound, measured: float, *, is_reached: bool
) -> None:
    assert Goal("x", bound, 1.0, measured).is_reached == is_reached


def test_the_run_in_the_middle_is_a_run() -> None:
    runs = [figure(cpu=cpu) for cpu in (3.0, 1.0, 2.0, 4.0)]
    assert middle(runs) is runs[2]
