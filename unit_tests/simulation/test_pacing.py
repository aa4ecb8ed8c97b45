"""A sender and a limit that nobody told it: a short form of the tables of `make pacing`."""

import pytest

from simulation.pacing.cells import Cell, measure
from simulation.pacing.changes import Change, follow
from simulation.pacing.endless import Phase, Setup, Stray, play
from simulation.pacing.faults import outage, slowed, storm, stray

CELLS = [
    Cell(5, "bucket", 64, 21),
    Cell(20, "1 s window", 16, 22),
    Cell(50, "60 s window", 64, 23),
    Cell(100, "bucket", 16, 24),
    Cell(100, "1 s window", 16, 25),
    Cell(200, "1 s window", 64, 26),
    Cell(300, "bucket", 16, 27),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.limit}-{cell.shape}")
def test_nearly_all_of_a_limit_is_used_and_little_is_refused(cell: Cell) -> None:
    share = measure(cell, 120)
    assert share.delivered >= 0.96
    assert share.worst >= 0.85
    assert share.later <= 0.06
    assert share.attempts <= 8


@pytest.mark.parametrize(
    ("before", "after", "shape"),
    [(20, 54, "bucket"), (100, 270, "1 s window"), (100, 12.5, "bucket"), (200, 25, "1 s window")],
)
def test_a_limit_that_changes_is_followed(before: float, after: float, shape: str) -> None:
    followed = follow(Change(shape, before, after, 64, 31))
    assert followed.within is not None
    assert followed.within <= 15
    assert followed.delivered >= 0.95


def test_stray_refusals_without_a_limit_cost_little_more_than_themselves() -> None:
    assert stray(64, 41).delivered >= 0.97
    assert slowed(64, 41) <= 1.3


def test_an_outage_is_asked_about_seldom_and_is_soon_made_up_for() -> None:
    found = outage(64, 51, begins=20, seconds=60)
    assert found.requests <= 60
    assert found.most_in_a_second <= 1
    assert found.back_within is not None
    assert found.back_within <= 12


def test_hardly_a_call_gives_up_in_a_storm() -> None:
    storms = [storm(seed) for seed in (155, 191, 207, 228)]
    assert sum(each.ended for each in storms) == 4 * 400
    assert sum(each.gave_up for each in storms) <= 3


def test_every_call_ends_and_the_world_is_the_same_again() -> None:
    stray_faults = Stray(0.1, 0.1, 0.1, 0.1, 0.01)
    setup = Setup(3, phases=(Phase(0.0),), stray=stray_faults, calls=500)
    first, second = play(setup, 3600), play(setup, 3600)
    assert len(first.ends) == 500
    assert first == second
