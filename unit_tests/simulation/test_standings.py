import pytest

from simulation.standings import Standings


@pytest.mark.parametrize(
    ("delivered", "rejected", "is_doubtful", "is_failing"),
    [
        (0, 0, False, False),
        (0, 1, True, False),
        (0, 19, True, False),
        (0, 20, True, True),
        (1, 20, False, False),
    ],
)
def test_how_a_stream_stands(
    delivered: int, rejected: int, *, is_doubtful: bool, is_failing: bool
) -> None:
    standings = Standings()
    standings.delivered["users"] += delivered
    standings.rejected["users"] += rejected

    assert standings.is_doubtful("users") is is_doubtful
    assert standings.is_failing("users") is is_failing
    assert not standings.is_failing("orders")
