"""A delivery that sends nothing and counts."""

from destination_inflection.delivery.dry_run import DryRun
from unit_tests.delivery.fake_transport import FakeCall


def test_a_dry_run_counts_what_it_would_take() -> None:
    dry: DryRun[str] = DryRun()
    for kind, calls in (("contact", 2500), ("track", 10), ("member", 3)):
        for _ in range(calls):
            dry.submit(FakeCall("u", b"", kind), "t")
    assert dry.pending_calls == 2513
    assert len(dry.outcomes()) == 2513
    assert dry.pending_calls == 0
    assert dry.requests == 2 * 3 + 10 + 3 + 1
