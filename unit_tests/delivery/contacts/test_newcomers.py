"""Members whose person is not a contact yet: who may be one soon waits, all others end at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.bounds import Bounds
from destination_inflection.delivery.contacts import newcomers
from destination_inflection.delivery.contacts.newcomers import (
    LONGEST_WAIT_SECONDS,
    Newcomers,
    Person,
)
from destination_inflection.delivery.contacts.written import Written
from destination_inflection.delivery.outcomes import Delivered, Outcome, Refusal, Refused
from destination_inflection.delivery.seam import CONTACT, MEMBER
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.contacts.fake_api import ApiBench, answer, done, kinds, refusal

BOTH: Final = (CONTACT, MEMBER)
STRANGER: Final = refusal(400, "BAS-E-002")


@dataclass
class World:
    """A bench whose look-ups know a contact `lag` seconds after its transaction is done."""

    bench: ApiBench
    lag: float = 0.0
    known: dict[str, float] = field(default_factory=dict)
    looked_up: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench.on_list = self.on_list
        self.bench.on_batch = self.on_batch

    def on_batch(self, contacts: list[dict[str, str]]) -> None:
        for contact in contacts:
            known_from = self.bench.time + self.bench.settles + self.lag
            self.known.setdefault(contact["email"], known_from)

    def on_list(self, request: Request) -> Answer | None:
        if request.method != "GET":
            return None
        email = unquote(request.url.rpartition("/")[2])
        self.looked_up.append((self.bench.time, email))
        if self.bench.time < self.known.get(email, 1e9):
            return STRANGER
        return answer({"id": f"id-{email}"})


def is_unknown(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why is Refusal.UNKNOWN_CONTACT


def test_a_member_waits_for_its_person_and_goes_at_once_when_it_is_there() -> None:
    world = World(bench := ApiBench(settles=1))
    bench.member("a@b.c", "member")
    bench.step(100)
    assert bench.ended == []
    bench.submit("a@b.c", "person")
    bench.step(20)
    assert kinds(dict(bench.ended)) == {"person": "Delivered", "member": "Delivered"}
    assert len(world.looked_up) == 2
    settled = bench.started[-3][0]
    assert [moment for moment, _ in bench.started[-2:]] == [settled, settled]


def test_people_that_settle_together_bring_their_members_in_one_call() -> None:
    World(bench := ApiBench(settles=1))
    for number in range(50):
        bench.member(f"{number}@b.c", f"member {number}")
    bench.step(20)
    for number in range(50):
        bench.submit(f"{number}@b.c", f"person {number}")
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    assert len([r for _, r in bench.started if "/lists/" in r.url]) == 1


def test_nobody_waits_longer_than_five_minutes() -> None:
    World(bench := ApiBench())
    bench.member("a@b.c", "member")
    bench.step(10)
    bench.step(LONGEST_WAIT_SECONDS - 1)
    assert bench.ended == []
    bench.step(2)
    assert is_unknown(dict(bench.ended)["member"])


def test_who_comes_behind_one_that_waits_does_not_wait_anew() -> None:
    World(bench := ApiBench())
    bench.member("a@b.c", "1")
    bench.step(100)
    bench.member("a@b.c", "2")
    bench.step(LONGEST_WAIT_SECONDS)
    assert kinds(dict(bench.ended)) == {"1": "Refused", "2": "Refused"}


def test_rows_for_other_lists_wait_behind_and_people_pass_them() -> None:
    World(bench := ApiBench(settles=1))
    bench.member("a@b.c", "joins")
    bench.step(20)
    bench.member("a@b.c", "leaves", joins=False)
    bench.submit("a@b.c", "person")
    bench.submit("a@b.c", "person again")
    assert kinds(bench.run()) == dict.fromkeys(
        ("person", "person again", "joins", "leaves"), "Delivered"
    )
    assert [ticket for ticket, _ in bench.ended] == ["person", "person again", "joins", "leaves"]


def test_a_person_that_is_held_behind_a_member_passes_it_at_the_end_of_the_input() -> None:
    World(bench := ApiBench(takes=0.2, settles=1))
    bench.member("a@b.c", "member")
    bench.contacts.flush()
    bench.step(0.1)
    bench.submit("a@b.c", "person")
    assert kinds(bench.run()) == {"person": "Delivered", "member": "Delivered"}


def test_whose_person_is_in_hand_waits_however_many_others_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(newcomers, "MOST_AWAITED", 0)
    World(bench := ApiBench(takes=0.2, settles=1))
    bench.member("a@b.c", "member")
    bench.contacts.flush()
    bench.step(0.1)
    bench.submit("a@b.c", "person")
    assert kinds(bench.run()) == {"person": "Delivered", "member": "Delivered"}


@pytest.mark.parametrize("lag", [0.5, 30.0, 250.0])
def test_whom_this_run_has_written_is_looked_up_again_until_found(lag: float) -> None:
    world = World(bench := ApiBench(settles=1), lag)
    bench.submit("a@b.c", "person")
    bench.member("a@b.c", "member")
    assert kinds(bench.run()) == {"person": "Delivered", "member": "Delivered"}
    pauses = [b[0] - a[0] for a, b in zip(world.looked_up, world.looked_up[1:], strict=False)]
    assert min(pauses) >= 1.0
    assert max(pauses) <= 30.0
    assert len(world.looked_up) <= 20


def test_after_five_minutes_it_is_unknown_all_the_same() -> None:
    world = World(bench := ApiBench(settles=1), lag=400.0)
    bench.submit("a@b.c", "person")
    bench.member("a@b.c", "member")
    assert is_unknown(bench.run()["member"])
    assert world.looked_up[-1][0] - world.looked_up[0][0] == pytest.approx(LONGEST_WAIT_SECONDS)


def test_who_was_written_and_is_not_found_by_its_id_waits_too() -> None:
    """The look-up knows it already, the list does not."""
    bench = ApiBench()
    skipped = answer({"added": 0}, errors=[{"errorCode": "CONTACTS_NOT_FOUND", "detail": "id"}])
    bench.on_list = lambda r: skipped if r.method == "POST" and bench.time < 1010 else None
    bench.submit("a@b.c", "person")
    bench.member("a@b.c", "member")
    assert kinds(bench.run()) == {"person": "Delivered", "member": "Delivered"}


def test_at_the_end_of_the_input_only_those_whom_the_run_has_written_still_wait() -> None:
    World(bench := ApiBench(), lag=20.0)
    bench.submit("a@b.c", "person")
    bench.member("a@b.c", "member")
    bench.member("nobody@b.c", "nobody")
    bench.step(15)
    assert [ticket for ticket, _ in bench.ended] == ["person"]
    bench.contacts.flush()
    bench.step(0)
    assert is_unknown(dict(bench.ended)["nobody"])
    assert kinds(bench.run())["member"] == "Delivered"


def test_a_person_that_fails_leaves_its_member_unknown() -> None:
    bench = ApiBench(
        on_poll=lambda _id, _n: done([("a@b.c", "FAILED")]), on_list=lambda _r: STRANGER
    )
    bench.member("a@b.c", "member")
    bench.step(20)
    bench.submit("a@b.c", "person")
    ended = bench.run()
    assert is_unknown(ended["member"])
    assert kinds(ended) == {"person": "Refused", "member": "Refused"}


@pytest.mark.parametrize("kinds_of_run", [(MEMBER,), ()])
def test_nobody_waits_in_a_run_that_writes_no_contacts(kinds_of_run: Collection[str]) -> None:
    World(bench := ApiBench(kinds=kinds_of_run))
    bench.member("a@b.c", "member")
    bench.step(11)
    assert is_unknown(dict(bench.ended)["member"])


def test_of_more_than_so_many_the_surplus_is_unknown_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(newcomers, "MOST_AWAITED", 3)
    World(bench := ApiBench())
    for number in range(5):
        bench.member(f"{number}@b.c", f"member {number}")
    bench.step(11)
    assert [ticket for ticket, _ in bench.ended] == ["member 3", "member 4"]
    bench.submit("0@b.c", "person")
    bench.step(11)
    bench.member("5@b.c", "member 5")
    bench.step(11)
    assert "member 5" not in dict(bench.ended)
    assert set(kinds(bench.run())) == {f"member {n}" for n in range(6)} | {"person"}


def test_when_there_is_no_room_for_more_nobody_is_waited_for() -> None:
    World(bench := ApiBench(bounds=Bounds(pending_contacts=3)))
    for number in range(3):
        bench.member(f"{number}@b.c", f"member {number}")
    assert not bench.contacts.has_room
    bench.step(1)
    assert len(bench.ended) == 3
    assert bench.contacts.has_room


@pytest.mark.parametrize("moment", [0.5, 20.0])
def test_shutting_down_interrupts_who_waits_or_would_wait(moment: float) -> None:
    World(bench := ApiBench(takes=1.0))
    bench.member("a@b.c", "member")
    bench.step(9.5 + moment)
    bench.contacts.shut_down()
    bench.step(2)
    assert kinds(dict(bench.ended)) == {"member": "Interrupted"}
    assert bench.contacts.pending_calls == 0


def test_a_member_that_leaves_waits_for_nobody() -> None:
    World(bench := ApiBench())
    bench.member("a@b.c", "member", joins=False)
    bench.step(11)
    assert kinds(dict(bench.ended)) == {"member": "Delivered"}


def test_rows_that_write_the_contact_pass_a_waiting_member_in_their_order() -> None:
    world = World(bench := ApiBench())
    bench.member("a@b.c", "member")
    bench.step(15)
    bench.submit_if_known("a@b.c", "older", trials=False)
    world.known["a@b.c"] = bench.time
    bench.step(1)
    bench.submit("a@b.c", "newer", trials=True)
    assert set(kinds(bench.run()).values()) == {"Delivered"}
    sent = [contact["properties"] for batch in bench.batches for contact in batch]
    assert sent == [{"trials": False}, {"trials": True}]


def test_a_member_that_is_looked_up_at_the_shutdown_is_not_unknown() -> None:
    World(bench := ApiBench(takes=2.0))
    bench.member("a@b.c", "member")
    bench.submit("a@b.c", "person")
    bench.contacts.flush()
    bench.step(1)
    bench.contacts.shut_down()
    assert kinds(bench.run()) == {"member": "Interrupted", "person": "Interrupted"}


def test_newer_rows_wait_for_a_write_that_is_not_confirmed() -> None:
    odd = answer({"transactionId": "t1", "status": "HIBERNATING"})
    bench = ApiBench(on_poll=lambda identity, _number: odd if identity == "t1" else None)
    bench.submit("a@b.c", "older", n=1)
    bench.contacts.flush()
    bench.step(1)
    bench.submit("a@b.c", "newer", n=2)
    outcomes = bench.run()
    assert kinds(outcomes) == {"older": "Refused", "newer": "Delivered"}
    (older, newer) = (moment for moment, request in bench.started if request.method == "POST")
    assert newer - older > 600


ROWS: Final = st.lists(
    st.tuples(st.sampled_from(["person", "joins", "leaves", "pause"]), st.integers(0, 4)),
    max_size=40,
)


@given(
    ROWS,
    st.sampled_from([0.0, 0.3, 5.0, 20.0]),
    st.sampled_from([0.0, 0.7, 3.0, 60.0]),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
)
def test_no_member_is_unknown_whose_person_is_in_the_input(
    rows: list[tuple[str, int]], settles: float, lag: float, takes: float, lossy: bool
) -> None:
    """People and members in any order, however long transactions take and look-ups lag behind."""
    world = World(bench := ApiBench(takes=takes, settles=settles), lag)
    if lossy:
        tries = iter(range(1_000_000))
        note = world.on_batch
        bench.on_batch = lambda sent: Response(503) if next(tries) % 2 == 0 else note(sent)
    people = {who for what, who in rows if what == "person"}
    left = 100.0  # seconds that the input may take, so that the five minutes are never spent
    for number, (what, who) in enumerate(rows):
        match what:
            case "person":
                bench.submit(f"{who}@b.c", f"{number}", n=number)
            case "pause":
                pause = min([0.1, 1.0, 3.0, 11.0, 25.0][who], left)
                left -= pause
                bench.step(pause)
            case _:
                bench.member(f"{who}@b.c", f"{number}", joins=what == "joins")
    ended = bench.run()
    assert set(ended) == {str(n) for n, (what, _) in enumerate(rows) if what != "pause"}
    for number, (what, who) in enumerate(rows):
        if what == "pause":
            continue
        outcome = ended[str(number)]
        if what == "person" or who in people:
            assert isinstance(outcome, Delivered), (what, who, outcome)
        else:
            assert isinstance(outcome, Delivered) or is_unknown(outcome)


def test_a_person_who_is_written_late_is_looked_up_for_as_long_as_any_other() -> None:
    world = World(bench := ApiBench(settles=1), lag=20.0)
    bench.member("a@b.c", "member")
    bench.step(LONGEST_WAIT_SECONDS - 5)
    bench.submit("a@b.c", "person")
    assert kinds(bench.run()) == {"member": "Delivered", "person": "Delivered"}
    assert world.looked_up


def test_a_person_who_is_written_again_and_again_and_never_found_is_unknown_in_the_end() -> None:
    bench = World(ApiBench(settles=1), lag=1e6).bench
    bench.member("a@b.c", "member")
    for minute in range(20):
        bench.step(60.0)
        bench.submit("a@b.c", f"person {minute}")
    assert is_unknown(dict(bench.ended)["member"])


@pytest.mark.parametrize(
    ("waited", "pause"),
    [
        (0.0, 1.0),
        (1.0, 1.0),
        (3.0, 1.5),
        (40.0, 20.0),
        (100.0, 30.0),
        (LONGEST_WAIT_SECONDS - 10.0, 10.0),
    ],
)
def test_who_was_written_is_looked_up_less_and_less_often(waited: float, pause: float) -> None:
    written = Written()
    written.add("a@b.c")
    newcomers = Newcomers(BOTH, written)
    at = newcomers.look_at("a@b.c", missed=7.0, now=7.0 + waited, person=Person.MAY_COME)
    assert at == 7.0 + waited + pause
