import pytest

from destination_inflection.delivery.outcomes import (
    Delivered,
    Outcome,
    Refusal,
    Refused,
    Unneeded,
)
from simulation.lines import Fate
from simulation.standings import Standings
from unit_tests.simulation.by_hand import line


@pytest.mark.parametrize(
    ("passed", "rejected", "is_doubtful", "is_failing"),
    [
        (0, 0, False, False),
        (0, 1, True, False),
        (0, 19, True, False),
        (0, 20, True, True),
        (1, 20, False, False),
    ],
)
def test_how_a_stream_stands(
    passed: int, rejected: int, *, is_doubtful: bool, is_failing: bool
) -> None:
    standings = Standings()
    standings.passed["users"] += passed
    standings.rejected["users"] += rejected

    assert standings.is_doubtful("users") is is_doubtful
    assert standings.is_failing("users") is is_failing
    assert not standings.is_failing("orders")


@pytest.mark.parametrize(
    ("passed", "unreadable", "expected"), [(0, 9, False), (0, 10, True), (1, 10, False)]
)
def test_whether_nothing_of_all_streams_passes(
    passed: int, unreadable: int, *, expected: bool
) -> None:
    standings = Standings()
    standings.passed["users"] += passed
    standings.rejected.update({"users": 5, "orders": 5})
    assert standings.nothing_passes(unreadable) is expected


UNKNOWN = Refused(1, 200, "no contact", Refusal.UNKNOWN_CONTACT)


@pytest.mark.parametrize(
    ("fate", "outcomes", "is_rejected", "counted"),
    [
        (Fate.SENT, [Delivered(1)], False, (1, 0)),
        (Fate.SENT, [Unneeded(1)], False, (0, 0)),
        (Fate.SENT, [Unneeded(1), Delivered(1)], False, (1, 0)),
        (Fate.SENT, [Delivered(1), Refused(1, 400, "no")], True, (0, 1)),
        (Fate.SENT, [UNKNOWN], True, (0, 0)),
        (Fate.SENT, [UNKNOWN, Refused(1, 400, "no")], True, (0, 1)),
        (Fate.REJECTED, [Delivered(1)], True, (0, 1)),
    ],
)
def test_what_becomes_of_a_record(
    fate: Fate, outcomes: list[Outcome], *, is_rejected: bool, counted: tuple[int, int]
) -> None:
    standings = Standings()
    for outcome in outcomes:
        standings.ended(line(1, fate), outcome)
    standings.settled(line(1, fate), is_rejected=is_rejected)

    assert (standings.passed["people"], standings.rejected["people"]) == counted
