"""A delivery that sends nothing and counts."""

from destination_inflection.delivery.dry_run import DryRun
from unit_tests.delivery.fake_transport import FakeCall


def test_a_dry_run_counts_what_it_would_take() -> None:
    dry: DryRun[str] = DryRun()
    leaver = FakeCall("u", b'{"email":"u@b.c"}', "contact_if_known")
    shouting = FakeCall("u", b'{"email":"U@b.c"}', "contact_if_known")
    for call, calls in ((leaver, 400), (shouting, 200)):
        for _ in range(calls):
            dry.submit(call, "t")
    for kind, calls in (("contact", 2500), ("track", 10), ("member", 3)):
        for _ in range(calls):
            dry.submit(FakeCall("u", b"", kind), "t")
    assert dry.pending_calls == 3113
    assert len(dry.outcomes()) == 3113
    assert dry.pending_calls == 0
    assert dry.requests == 2 * 4 + (400 + 2 * 200) + 10 + 3 + 1
