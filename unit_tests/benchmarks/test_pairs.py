"""Pairs: what is measured in turn, and what is said of it."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pairs import Comparison, compare, in_turn


def test_what_drifts_weighs_on_both_alike() -> None:
    order: list[str] = []

    def measured(name: str) -> int:
        order.append(name)
        return len(order)

    assert in_turn(measured, "base", "now", rounds=2) == ([1, 4, 5, 8], [2, 3, 6, 7])
    assert order == ["base", "now", "now", "base"] * 2


def test_the_ratio_is_that_of_pairs_not_of_medians() -> None:
    pairs = [(10.0, 9.0), (20.0, 22.0), (40.0, 20.0)]
    assert compare(pairs) == Comparison(20.0, 20.0, 0.9, 0.5, 1.1)


@given(st.lists(st.floats(0.1, 1e6), min_size=1), st.floats(0.1, 10.0))
def test_a_steady_ratio_is_found_whatever_the_machine_does(
    bases: list[float], ratio: float
) -> None:
    found = compare([(base, base * ratio) for base in bases])
    for each in (found.ratio, found.smallest, found.largest):
        assert abs(each / ratio - 1) < 1e-9
