"""The window of unsettled contacts, and a queue at Inflection that works batches off one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts.window import Window
from destination_inflection.delivery.outcomes import Delivered, GaveUp
from destination_inflection.delivery.transport.seam import Answer
from unit_tests.delivery.contacts.fake_api import PENDING, ApiBench, kinds
from unit_tests.delivery.contacts.settling import Queue, after, simulate

MOST = 40_000


def test_it_opens_by_a_batch_for_each_that_settles() -> None:
    window = Window(MOST)
    seen = [window.contacts]
    for _ in range(30):
        window.settled(0.5)
        seen.append(window.contacts)
    assert seen == [min(30_000 + 1_000 * number, MOST) for number in range(31)]


@pytest.mark.parametrize(
    ("age", "contacts"), [(1.0, 40_000), (60.0, 40_000), (240.0, 20_000), (1e6, 2_000)]
)
def test_it_follows_the_root_of_the_age_at_which_transactions_settle(
    age: float, contacts: int
) -> None:
    window = Window(MOST)
    for _ in range(50):
        window.settled(age)
    assert window.contacts == contacts


def test_a_few_slow_transactions_do_not_close_it() -> None:
    window = Window(MOST)
    for number in range(100):
        window.settled(900.0 if number % 3 == 0 else 1.0)
    assert window.contacts == MOST


@pytest.mark.parametrize("most", [1, 6, 999, 1_500, 2_000])
def test_a_small_one_stays_as_it_is(most: int) -> None:
    window = Window(most)
    assert window.contacts == most
    for age in (1.0, 900.0, 900.0, 900.0):
        window.settled(age)
    assert window.contacts == most


@given(st.lists(st.floats(0.0, 1e7)), st.integers(2_000, 100_000))
def test_it_holds_two_batches_at_least_and_never_more_than_it_may(
    ages: list[float], most: int
) -> None:
    window = Window(most)
    for age in ages:
        window.settled(age)
        assert 2_000 <= window.contacts <= most


@pytest.mark.parametrize("seconds", [2.0, 5.0, 20.0, 60.0])
@pytest.mark.parametrize("spread", [0.0, 0.5], ids=["constant", "jittered"])
@pytest.mark.parametrize("seed", range(3))
def test_a_slow_queue_ends_in_time_without_swinging(
    seconds: float, spread: float, seed: int
) -> None:
    queue = Queue(seconds, spread, seed)
    measured = simulate(400, queue, Window(MOST))
    assert measured.given_up == 0
    assert queue.idle <= 0.02 * measured.ended_at
    later = measured.rooms[100:]
    assert max(later) <= 1.4 * min(later)
    if seconds <= 20.0:
        assert max(measured.ages) <= 13 * 60.0  # 17 minutes with a window that stays open
        assert max(measured.ages[100:]) <= 8 * 60.0


def test_where_all_settle_late_but_side_by_side_it_does_not_close() -> None:
    measured = simulate(400, after(60.0, 0.5), Window(MOST))
    assert min(measured.rooms) >= 20_000
    assert min(measured.rooms[100:]) >= 28_000


def test_a_transaction_in_the_queue_is_not_given_up_while_others_settle() -> None:
    bench = ApiBench(on_poll=lambda identity, _number: in_turn(bench, identity))
    for number in range(45):
        bench.submit(f"{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(0.0)
    assert kinds(bench.run()) == dict.fromkeys(map(str, range(45)), "Delivered")
    assert bench.time - 1000 > 45 * 20


def test_it_is_given_up_ten_minutes_after_the_last_one_that_settled() -> None:
    bench = ApiBench(on_poll=lambda identity, _number: in_turn(bench, identity, stuck_after=20))
    for number in range(25):
        bench.submit(f"{number}@b.c", str(number))
        bench.contacts.flush()
        bench.step(0.0)
    outcomes = bench.run()
    assert len(outcomes) == 25
    delivered = [ticket for ticket, outcome in outcomes.items() if isinstance(outcome, Delivered)]
    gave_up = [outcome for outcome in outcomes.values() if isinstance(outcome, GaveUp)]
    assert (len(delivered), len(gave_up)) == (20, 5)
    assert 20 * 20 + 600 <= bench.time - 1000 <= 20 * 20 + 700


def in_turn(bench: ApiBench, identity: str, stuck_after: int = 1_000) -> Answer | None:
    """One settles every 20 seconds, in the order in which they were taken."""
    number = int(identity.removeprefix("t"))
    settled = number <= stuck_after and bench.time - 1000 >= 20 * number
    return None if settled else PENDING


def test_there_is_less_room_while_transactions_settle_old() -> None:
    bench = ApiBench(settles=500.0)
    for number in range(3):
        bench.submit(f"{number}@b.c", str(number))
        bench.run()
    while bench.contacts.has_room:
        number += 1
        bench.submit(f"{number}@b.c", str(number))
    assert bench.contacts.pending_calls in range(12_000, 15_000)
