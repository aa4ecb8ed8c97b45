"""How often Inflection is asked about a transaction, and how late one hears of it: a table."""

from statistics import mean, median

import pytest

from destination_inflection.delivery.contacts.patience import Patience
from unit_tests.delivery.contacts.settling import (
    DEADLINE,
    ROUND_TRIP,
    Delay,
    FixedRoom,
    Queue,
    after,
    simulate,
)

SEEDS = range(8)
MANY_AT_A_TIME = (200, 40_000)
ONE_AT_A_TIME = (40, 1_000)
FEW_ONE_AT_A_TIME = (20, 1_000)


@pytest.mark.parametrize("settles", [0.3, 1.0, 5.0, 15.0, 60.0])
@pytest.mark.parametrize("spread", [0.0, 0.5], ids=["constant", "jittered"])
@pytest.mark.parametrize("flow", [MANY_AT_A_TIME, ONE_AT_A_TIME, FEW_ONE_AT_A_TIME])
def test_a_batch_costs_two_questions_at_most_however_slowly_it_settles(
    settles: float, spread: float, flow: tuple[int, int]
) -> None:
    batches, contacts = flow
    runs = [simulate(batches, after(settles, spread, seed), FixedRoom(contacts)) for seed in SEEDS]
    assert max(run.questions_a_batch for run in runs) <= 2.0
    assert mean(run.overshoot for run in runs) <= settles / 2 + ROUND_TRIP


def mostly(seconds: float, odd: dict[int, float]) -> Delay:
    return lambda number, began: began + odd.get(number, seconds)


@pytest.mark.parametrize("seconds", [0.3, 15.0])
@pytest.mark.parametrize("odd", [(0,), (30,), (0, 1), (60, 61), (5, 70)])
def test_slow_transactions_do_not_slow_the_others(seconds: float, odd: tuple[int, ...]) -> None:
    slow = dict.fromkeys(odd, 300.0)
    measured = simulate(100, mostly(seconds, slow), FixedRoom(40_000))
    others = sorted(measured.overshoots)[: -len(odd)]
    assert mean(others) <= seconds / 2 + ROUND_TRIP
    assert measured.questions_a_batch <= 2.0


def test_a_transaction_that_never_settles_is_given_up_alone() -> None:
    measured = simulate(100, mostly(0.3, {7: 1e9}), FixedRoom(40_000))
    assert (measured.given_up, len(measured.ages)) == (1, 99)
    assert max(measured.ages) < 2.0
    assert DEADLINE <= measured.ended_at <= DEADLINE + 5.0


def settling_for_the_first(batches: int, seconds: float, then: float) -> Delay:
    return lambda number, began: began + (seconds if number < batches else then)


def test_a_queue_that_becomes_slow_is_learned_at_once() -> None:
    measured = simulate(600, settling_for_the_first(300, 0.3, 60.0), FixedRoom(40_000))
    assert measured.questions_a_batch <= 2.0
    assert mean(measured.overshoots[-100:]) <= 30.0


def test_a_queue_that_becomes_quick_is_learned_within_five_times_the_old_wait() -> None:
    settles = settling_for_the_first(80, 60.0, 0.3)
    before = simulate(80, settles, FixedRoom(40_000)).ended_at
    measured = simulate(2_000, settles, FixedRoom(40_000))
    assert mean(measured.overshoots[-40:]) <= 0.15 + ROUND_TRIP
    assert measured.ended_at <= before + 5 * 75.0 + (2_000 - 80) * 0.05


def test_while_nothing_settles_only_one_is_asked_about_now_and_then() -> None:
    measured = simulate(40, after(60.0), FixedRoom(40_000))
    in_vain = measured.questions - 40
    assert in_vain <= 30  # and not several for each of them


def test_any_number_is_asked_about_in_a_hurry() -> None:
    patience = Patience(DEADLINE)
    patience.hurry()
    for _ in range(1000):
        patience.asked(5.0, 100.0)
    patience.settled(5.0, 0.0)
    assert patience.silent_until < 100.0


@pytest.mark.parametrize("deadline", [3.0, 30.0, 600.0, 3_600.0])
def test_a_queue_that_moves_is_waited_for_whatever_the_deadline(deadline: float) -> None:
    queue = Queue(deadline / 6)
    measured = simulate(40, queue, FixedRoom(40_000), deadline)
    assert (measured.given_up, len(measured.ages)) == (0, 40)


def test_many_that_never_settle_do_not_keep_questions_from_the_others() -> None:
    stuck = dict.fromkeys(range(20), 1e9)
    measured = simulate(60, mostly(0.3, stuck), FixedRoom(22_000))
    assert (measured.given_up, len(measured.ages)) == (20, 40)
    # Before anything has settled, nobody knows that the first twenty never will.
    assert median(measured.ages[4:]) <= 90.0
    assert measured.questions <= 400
