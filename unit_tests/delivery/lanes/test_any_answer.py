"""Whatever a server answers, each call ends, and its lane and its connection are given back."""

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.event_endpoint import EventEndpoint
from destination_inflection.delivery.lanes.answers import (
    refusal_detail,
    retry_after,
    stop_sentence,
    trouble,
)
from destination_inflection.delivery.lanes.lanes import Lanes
from destination_inflection.delivery.outcomes import Delivered, GaveUp, Refused, Stopped
from destination_inflection.delivery.settings import RetryPolicy, Settings
from destination_inflection.delivery.transport.seam import Answer, Response
from unit_tests.delivery.fake_transport import Bench, FakeCall
from unit_tests.delivery.odd_answers import ANSWERS, TEXT

ENDPOINT = EventEndpoint("https://in.example/{type}", "basic", "key", None)


@given(
    st.lists(ANSWERS, min_size=1, max_size=8),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=8),
    st.integers(1, 3),
)
def test_each_call_ends_once_and_nothing_stays_occupied(
    answers: list[Answer], identities: list[str], connections: int
) -> None:
    bench = Bench(takes=0.1)
    bench.answer = lambda number, _request: answers[number % len(answers)]
    settings = Settings(connections, 1e9, RetryPolicy(deadline=100.0))
    lanes: Lanes[FakeCall, str] = Lanes(ENDPOINT, bench, settings, bench.clock)
    bench.lanes = lanes
    for number, identity in enumerate(identities):
        lanes.submit(FakeCall(identity, b"x" * number), str(number))
    lanes.flush()
    ended = bench.run()
    assert sorted(ticket for ticket, _ in ended) == [str(n) for n in range(len(identities))]
    assert all(isinstance(each, Delivered | Refused | GaveUp | Stopped) for _, each in ended)
    assert bench.in_flight == {}
    assert (lanes.pending_calls, lanes._pending_bytes, lanes._lanes) == (0, 0, {})
    assert sorted(lanes._turns._free) == list(range(connections))


@given(TEXT, st.integers(300, 399))
def test_any_location_makes_one_printable_sentence(location: str, status: int) -> None:
    answer = Response(status, {"location": location})
    sentence = stop_sentence(answer, "https://in.example", "endpoint_url")
    assert sentence.isprintable()
    assert sentence.isascii()
    assert "endpoint_url" in sentence
    assert "None" not in sentence


@given(ANSWERS)
def test_any_answer_has_words_and_a_wait_within_the_bounds(answer: Answer) -> None:
    assert 0.0 <= retry_after(answer, Bench().clock.now()) <= 300.0
    assert trouble(answer)
    if isinstance(answer, Response):
        assert refusal_detail(answer).startswith(f"HTTP {answer.status}")
