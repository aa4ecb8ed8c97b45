"""What bounded an interval, from its counters, and how it is told."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.traffic import Bottleneck, Latencies, Settled, Traffic
from destination_inflection.report.bottleneck import Counters, Limits, bottlenecks
from destination_inflection.report.bottleneck_words import sentences, told
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report

LIMITS: Final = Limits(64, 500)
INTERVAL: Final = Counters(
    seconds=30.0,
    read=9_300,
    delivered=1_440,
    answers=1_500,
    failed=60,
    answer_seconds=154.5,
    settled=4,
    settle_seconds=50.0,
)


def bound(most: Bottleneck, counted: Counters = INTERVAL, limits: Limits = LIMITS) -> str:
    """The words for an interval that was bound by one thing but for a twentieth."""
    waited = {most: counted.seconds * 0.95}
    if most is Bottleneck.PROCESSOR:
        waited = {Bottleneck.ANSWERS: counted.seconds * 0.05}
    found = bottlenecks(replace(counted, waited=waited), limits)
    return sentences(told(found, limits), "Bound by")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (
            Bottleneck.INPUT,
            "the source for 95% of the time: records come at 310 a second; only a faster source "
            "makes it faster",
        ),
        (
            Bottleneck.CEILING,
            "the ceiling for 95% of the time: at most 500 requests a second may start; raise "
            "advanced.max_requests_per_second if Inflection allows more",
        ),
        (
            Bottleneck.LIMIT,
            "the endpoint's own limit for 95% of the time: about 48 requests a second were "
            "accepted; ask Inflection for a higher limit",
        ),
        (
            Bottleneck.FAULTS,
            "waiting after faults for 95% of the time: 60 attempts failed; the causes are "
            "counted under retries; if they last, ask Inflection",
        ),
        (
            Bottleneck.PARALLEL,
            "parallel requests for 95% of the time: 64 at a time x 103 ms an answer = 621 a "
            "second; raise advanced.connections (at most 256)",
        ),
        (
            Bottleneck.IDENTITY,
            "one busy person or org for 95% of the time: calls about the same one are sent "
            "one after the other, 48 records a second in all; check for an id or an email that too "
            "many records share",
        ),
        (
            Bottleneck.TRANSACTIONS,
            "unsettled transactions for 95% of the time: a transaction took 12.5 s on "
            "average; only Inflection can make this shorter",
        ),
        (
            Bottleneck.ANSWERS,
            "the last answers for 95% of the time: everything was sent, and only answers "
            "were awaited, 103 ms each; there is nothing to change",
        ),
        (
            Bottleneck.PROCESSOR,
            "the processor for 95% of the time: reading, mapping and sending took 3.06 ms a "
            "record; use a faster processor, or divide the streams among several connections",
        ),
    ],
)
def test_each_has_its_figure_and_the_next_step(what: Bottleneck, said: str) -> None:
    assert bound(what) == f"Bound by {said}."


def test_more_connections_than_there_can_be_are_not_the_next_step() -> None:
    said = bound(Bottleneck.PARALLEL, limits=Limits(256, 500))
    assert "256 at a time x 103 ms an answer = 2,485 a second; more connections are not" in said


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (Bottleneck.INPUT, "records come at 0 a second"),
        (Bottleneck.LIMIT, "no request was accepted"),
        (Bottleneck.PARALLEL, "no request was answered"),
        (Bottleneck.TRANSACTIONS, "no transaction was settled"),
        (Bottleneck.ANSWERS, "no request was answered"),
        (Bottleneck.PROCESSOR, "no record was read"),
    ],
)
def test_an_interval_in_which_nothing_happened_has_no_figure_made_up(
    what: Bottleneck, said: str
) -> None:
    assert f"for 95% of the time: {said};" in bound(what, Counters(seconds=30.0))


@pytest.mark.parametrize("seconds", [0.0, 0.99])
def test_nothing_is_said_of_less_than_a_second(seconds: float) -> None:
    counted = replace(INTERVAL, seconds=seconds, waited={Bottleneck.INPUT: seconds})
    assert bottlenecks(counted, LIMITS) == []
    assert sentences(told([], LIMITS), "Bound by") == ""


def test_the_end_of_the_input_is_no_fault_of_the_source() -> None:
    counted = replace(INTERVAL, seconds=2.0, waited={Bottleneck.ANSWERS: 1.9})
    (found,) = bottlenecks(counted, LIMITS)
    assert (found.what, found.share) == (Bottleneck.ANSWERS, 0.95)


def test_others_are_named_from_a_tenth_on_the_largest_first() -> None:
    waited = {
        Bottleneck.INPUT: 2.9,
        Bottleneck.CEILING: 3.0,
        Bottleneck.PARALLEL: 12.0,
        Bottleneck.LIMIT: 6.2,
    }
    found = bottlenecks(replace(INTERVAL, waited=waited), LIMITS)
    said = sentences(told(found, LIMITS), "The run was bound by")
    assert said.startswith("The run was bound by parallel requests for 40% of the time: ")
    assert said.endswith(
        " Also by the endpoint's own limit (21%), the processor (20%), the ceiling (10%)."
    )


@pytest.mark.parametrize("waited", [[*Bottleneck][:2], [*reversed([*Bottleneck][:2])]])
def test_of_two_equal_ones_the_first_of_the_list_is_first(waited: list[Bottleneck]) -> None:
    counted = replace(INTERVAL, waited=dict.fromkeys(waited, 15.0))
    assert [found.what for found in bottlenecks(counted, LIMITS)] == [
        Bottleneck.INPUT,
        Bottleneck.CEILING,
    ]


@given(
    st.dictionaries(
        st.sampled_from([*Bottleneck][:-1]), st.floats(0, 1e6, allow_subnormal=False), max_size=8
    ),
    st.floats(0, 1e6),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.sampled_from([0.0]) | st.floats(1e-6, 1e9),
)
def test_whatever_was_counted_shares_are_parts_of_the_whole(
    waited: dict[Bottleneck, float], own: float, read: int, answers: int, took: float
) -> None:
    seconds = sum(waited.values()) + own
    counted = Counters(seconds, read, read, answers, 0, took, 0, 0.0, waited)
    found = bottlenecks(counted, LIMITS)
    assert bool(found) == (seconds >= 1)
    shares = [each.share for each in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1 + 1e-6
    if waited and seconds >= 1:
        assert shares[0] >= max(waited.values()) / seconds - 1e-6
    for each in told(found, LIMITS):
        assert all((each["name"], each["figure"], each["next_step"]))


def test_an_interval_is_what_was_counted_between_two_moments() -> None:
    report, traffic, latencies = Report(), Traffic(), Latencies()
    tally = report.stream(StreamKey(None, "a"))
    traffic.latencies = latencies

    def happens(times: int) -> None:
        tally.read += 3 * times
        tally.delivered += 2 * times
        traffic.failed += times
        for _ in range(5 * times):
            latencies.note(0.5)
        number, seconds = traffic.settled
        traffic.settled = Settled(number + times, seconds + 8.0 * times)
        traffic.waited[Bottleneck.INPUT] += 4.0 * times

    happens(2)
    earlier = Counters.of(10.0, report, traffic)
    happens(3)
    lately = Counters.of(25.0, report, traffic).since(earlier)
    assert lately == Counters(
        15.0, 9, 6, 15, 3, 7.5, 3, 24.0, dict.fromkeys(Bottleneck, 0.0) | {Bottleneck.INPUT: 12.0}
    )
    assert Counters.of(10.0, Report(), Traffic()).since(Counters()).seconds == 10.0
