"""How many requests a second were accepted lately: the mean of the last 2 to 4 seconds."""

import pytest

from destination_inflection.delivery.lanes.meter import Meter

BEGAN = 1000.0


def noted(*moments: float) -> Meter:
    meter = Meter(BEGAN)
    for moment in moments:
        meter.note(BEGAN + moment)
    return meter


@pytest.mark.parametrize(
    ("moments", "now", "rate"),
    [
        ((), 1.0, 0.0),
        ((0.5, 0.9), 1.0, 2.0),
        ((0.0,), 0.0, 20.0),  # what takes no time counts as 50 ms
        ((0.5, 1.0, 2.5), 3.0, 1.0),  # the half before still counts
        ((0.5, 1.0, 2.5), 4.5, 0.5),  # until the next is over
        ((0.5, 1.0), 4.0, 0.0),
        ((0.5, 1.0), 3.9, 2 / 3.9),
        ((0.5, 1.0, 4.0), 4.5, 2.0),  # after a silence of two halves it begins anew
    ],
)
def test_the_rate(moments: tuple[float, ...], now: float, rate: float) -> None:
    assert noted(*moments).rate(BEGAN + now) == pytest.approx(rate)
