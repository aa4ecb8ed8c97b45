"""The judge of a call that fails every time: it wants proof, and it has it seldom."""

from dataclasses import replace

import pytest

from destination_inflection.delivery.breaking import (
    FEWEST_FAULTS,
    MOST_BROKEN,
    Accepted,
    Evidence,
    breaks_endpoint,
)

PROOF = Evidence(faults=8, others=0, accepted=100, waiting=7, broken=0)


def test_a_call_that_fails_while_a_hundred_others_pass_breaks_the_endpoint() -> None:
    assert (FEWEST_FAULTS, MOST_BROKEN) == (8, 20)
    assert breaks_endpoint(PROOF)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"faults": 7}, False),
        ({"others": 1}, False),
        ({"accepted": 99}, False),
        ({"accepted": 5, "waiting": 0}, True),
        ({"accepted": 4, "waiting": 0}, False),
        ({"accepted": 5, "waiting": 1}, False),
        ({"broken": 19}, True),
        ({"broken": 20}, False),
    ],
)
def test_each_part_of_the_proof_is_needed(changes: dict[str, int], expected: bool) -> None:
    assert breaks_endpoint(replace(PROOF, **changes)) is expected


def test_what_was_taken_is_remembered_for_a_minute_by_the_second() -> None:
    accepted = Accepted()
    assert (accepted.mark(0.0).total, accepted.mark(0.0).a_minute_before) == (0, 0)
    for second in range(100):
        accepted.note(1, second + 0.5)
        accepted.note(1, second + 0.9)
    assert accepted.total == 200
    assert accepted.mark(99.9).total == 200
    assert accepted.mark(99.9).a_minute_before == 2 * 39
    assert accepted.mark(1_000.0).a_minute_before == 200
    assert len(accepted._seconds) <= 61


@pytest.mark.parametrize(
    ("moment", "count"), [(99.5, 0), (99.0, 2), (98.1, 2), (98.0, 4), (90.0, 20), (50.0, 100)]
)
def test_how_many_were_taken_since_a_moment(moment: float, count: int) -> None:
    accepted = Accepted(50)
    for second in range(100):
        accepted.note(1, second + 0.5)
        accepted.note(1, second + 0.9)
    assert accepted.since(moment, 99.9) == count


def test_what_is_forgotten_counts_for_nobody() -> None:
    accepted = Accepted(50)
    accepted.note(7, 1.0)
    assert [accepted.since(0.0, now) for now in (1.0, 51.9, 52.0)] == [7, 7, 0]
    assert accepted.since(60.0, 61.0) == 0
