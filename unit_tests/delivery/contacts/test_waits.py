"""What contacts wait for, second by second."""

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.traffic import Bottleneck, Settled
from unit_tests.delivery.contacts.fake_api import ApiBench


def waited(bench: ApiBench) -> dict[Bottleneck, float]:
    return {w: round(s, 3) for w, s in bench.contacts.traffic.waited.items() if s > 1e-3}


def test_open_transactions_are_waited_for_when_no_more_may_be_written() -> None:
    bench = ApiBench(settles=60.0)
    for number in range(2_000):
        bench.submit(f"p{number}@b.example", str(number))
    bench.run()
    assert set(waited(bench)) == {Bottleneck.TRANSACTIONS}
    number, seconds = bench.contacts.traffic.settled
    assert number == 2
    assert 120 <= seconds < 150


def test_a_slow_source_is_waited_for_while_transactions_are_open() -> None:
    bench = ApiBench(settles=60.0)
    bench.submit("p@b.example", "1")
    bench.contacts.flush()
    bench.step(1.0)
    before = bench.contacts.traffic.waited[Bottleneck.TRANSACTIONS]
    bench.contacts.wait(1.0, [7])
    assert waited(bench)[Bottleneck.INPUT] > 0.0
    assert bench.contacts.traffic.waited[Bottleneck.TRANSACTIONS] == before


def test_rows_of_one_email_wait_for_the_write_before_them() -> None:
    bench = ApiBench(settles=60.0, bounds=Bounds(pending_contacts=2_000))
    bench.submit("p@b.example", "0")
    bench.contacts.flush()
    bench.step(1.0)
    for number in range(1, 10):
        bench.submit("p@b.example", str(number))
    assert bench.contacts.traffic.settled == Settled(0, 0.0)
    bench.step(10.0)
    assert waited(bench)[Bottleneck.IDENTITY] > 9.9
