"""How long answers took, in little memory."""

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.traffic import Latencies


@given(st.lists(st.floats(0.0, 1000.0), min_size=1), st.floats(0.01, 1.0))
def test_percentiles_are_within_five_per_cent(times: list[float], share: float) -> None:
    latencies = Latencies()
    for seconds in times:
        latencies.note(seconds)
    found = latencies.percentile(share)
    reached = sum(seconds <= found * (1 + 1e-9) for seconds in times)
    assert reached >= share * len(times)
    below = sum(seconds <= found / 1.051 for seconds in times if seconds > 0.0002)
    assert below < share * len(times) or found <= 0.0002
    assert latencies.count == len(times)
