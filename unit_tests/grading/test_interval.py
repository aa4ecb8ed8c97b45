import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.interval import wilson


@pytest.mark.parametrize(
    ("found", "sampled", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_that_were_published(found: int, sampled: int, low: float, high: float) -> None:
    assert wilson(found, sampled) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_and_nothing_that_is_not_one(pair: tuple[int, int]) -> None:
    found, sampled = pair

    low, high = wilson(found, sampled)

    assert 0.0 <= low <= found / sampled + 1e-12
    assert found / sampled - 1e-12 <= high <= 1.0
    mirrored = wilson(sampled - found, sampled)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("found", "sampled"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_not_a_share(found: int, sampled: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(found, sampled)
