"""Where the rows of each email are: at every moment in one place, whatever Inflection answers."""

from random import Random
from typing import Final
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.contacts import batches
from destination_inflection.delivery.contacts.address import Address
from destination_inflection.delivery.contacts.addresses import Addresses
from destination_inflection.delivery.contacts.batches import CONTACTS, IF_KNOWN, Batch, Row
from destination_inflection.delivery.transport.seam import Answer, Failure, FailureKind, Response
from unit_tests.delivery.contacts.fake_api import PENDING, ApiBench, answer, done, refusal

BUSY: Final = (Response(503), Response(429), Failure(FailureKind.BROKEN))
REFUSING: Final = (Response(400), Response(413), refusal(200, "X"))


def rows_of(email: str, address: Address[str]) -> list[Row[str]]:
    """All rows of an email, in whatever place they are."""
    collected = address.batch.rows[email] if address.batch is not None else []
    split_off = address.splitting.waiting if address.splitting is not None else []
    waiting = [row for _, row in (*address.missed, *address.held)]
    return [*collected, *split_off, *waiting]


def check(addresses: Addresses[str], pending: set[str]) -> None:
    """What the docstring of `Addresses` says; `pending` are the tickets that have not ended."""
    found = [row.ticket for e, a in addresses._addresses.items() for row in rows_of(e, a)]
    assert sorted(found) == sorted(pending)
    for email, address in addresses._addresses.items():
        assert rows_of(email, address)
        check_one(addresses, email, address)
    assert addresses.held == sum(len(a.held) for a in addresses._addresses.values())
    without = {email for email, a in addresses._addresses.items() if a.batch is None}
    assert without == addresses._waiting
    assert not without or addresses.next_wake is not None
    assert {email for _, email in addresses.rests._ends} == addresses.rests._emails
    collected = {e for batch in addresses._open.values() for e in batch.rows}
    assert addresses.nothing_is_on_its_way == (addresses._addresses.keys() == collected | without)
    for channel, batch in addresses._open.items():
        assert batch.is_open
        assert batch.channel == channel
        assert batch.rows
        assert not batch.is_full()
        assert all(addresses._addresses[email].batch is batch for email in batch.rows)


WRITING = frozenset({CONTACTS, IF_KNOWN})
"""The channels whose rows write a contact, and so pass those that wait for one."""


def check_one(addresses: Addresses[str], email: str, address: Address[str]) -> None:
    batch, rests = address.batch, email in addresses.rests
    held = [channel for channel, _ in address.held]
    if batch is not None:
        assert not rests
        assert batch.rows[email]
        assert batch.is_open == (addresses._open.get(batch.channel) is batch)
    else:
        assert rests or address.missed
    is_under_way = batch is not None and not batch.is_open
    if held and not rests and not is_under_way and not address.missed:
        assert batch is not None
        assert held[0] != batch.channel
    if address.missed:
        assert len({channel for channel, _ in address.missed}) == 1
        assert address.missed[0][0] != CONTACTS
        assert batch is None or batch.channel in WRITING
        assert rests or batch is not None or WRITING.isdisjoint(held)
    if address.splitting is not None and address.splitting.waiting:
        assert rests or (batch is not None and not batch.is_open and batch.channel == CONTACTS)
        assert batch is None or list(batch.rows) == [email]


def unreliable(bench: ApiBench, random: Random, trouble: float) -> None:
    """Makes the API answer oddly, so often: a share from 0 to 1."""

    def on_batch(_contacts: object) -> Answer | None:
        return random.choice(BUSY + REFUSING) if random.random() < trouble else None

    def on_poll(identity: str, _number: int) -> Answer | None:
        if random.random() < trouble:
            return random.choice((*BUSY, PENDING))
        statuses = ["FAILED" if random.random() < trouble else "UPDATED", "CREATED"]
        mentioned = [e for e in bench.taken[identity][1] if random.random() >= trouble / 2]
        return done([(email, random.choice(statuses)) for email in mentioned])

    def on_list(_request: object) -> Answer | None:
        odd = (*BUSY, Response(422), answer({"id": "same"}), refusal(200, "CONTACTS_NOT_FOUND"))
        return random.choice(odd) if random.random() < trouble else None

    bench.on_batch, bench.on_poll, bench.on_list = on_batch, on_poll, on_list


PEOPLE: Final = st.sampled_from(["0@b.c", "1@b.c", "2@b.c", "stranger3@b.c", "stranger4@b.c"])
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("contact"), PEOPLE),
        st.tuples(st.just("contact"), PEOPLE),
        st.tuples(st.sampled_from(["joins", "leaves", "if_known"]), PEOPLE),
        st.tuples(st.just("flush"), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from(["0", "0.15", "2", "11", "70", "310"])),
    ),
    max_size=50,
)


@given(
    STEPS,
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.2, 0.6]),
    st.sampled_from([0.0, 0.1]),
    st.booleans(),
)
def test_in_any_order_of_things_each_row_is_in_one_place(
    steps: list[tuple[str, str]], random: Random, trouble: float, takes: float, shut_down: bool
) -> None:
    bench = ApiBench(connections=2, takes=takes)
    unreliable(bench, random, trouble)
    addresses, submitted = bench.contacts._addresses, 0

    def check_now() -> None:
        # Tickets of which the bench has not heard yet have ended all the same.
        ended = {ticket for ticket, _ in [*bench.ended, *bench.contacts._ended]}
        pending = {str(number) for number in range(submitted)} - ended
        check(addresses, pending)
        assert bench.contacts.pending_calls == len(pending)

    send = bench.contacts._send

    def check_and_send(batch: Batch[str]) -> None:
        assert not batch.is_open
        assert all(addresses._addresses[email].batch is batch for email in batch.rows)
        send(batch)

    with (
        mock.patch.object(batches, "MOST_CONTACTS", 3),
        mock.patch.object(bench.contacts, "_send", check_and_send),
    ):
        for action, what in steps:
            match action:
                case "contact":
                    bench.submit(what, str(submitted), n=submitted)
                    submitted += 1
                case "joins" | "leaves":
                    bench.member(what, str(submitted), joins=action == "joins")
                    submitted += 1
                case "if_known":
                    bench.submit_if_known(what, str(submitted), n=submitted)
                    submitted += 1
                case "flush":
                    bench.contacts.flush()
                case _:
                    bench.step(float(what))
            check_now()
        if shut_down:
            bench.contacts.shut_down()
            check_now()
        bench.contacts.flush()
        while bench.contacts.pending_calls:
            bench.step(0.05)
            check_now()
        bench.step(0)
    assert len(bench.ended) == submitted
    assert not addresses._addresses
    assert not addresses._open
    assert not addresses._waiting
    assert shut_down or bench.contacts._newcomers.awaited == []


def test_what_waits_is_sent_in_the_order_it_came() -> None:
    """A membership that waits for its contact is not overtaken by the rows after it."""
    bench = ApiBench(takes=0.1, settles=1)
    bench.submit("a@b.c", "1")
    bench.contacts.flush()
    bench.step(0.3)
    bench.submit("a@b.c", "2")
    bench.member("a@b.c", "3")
    bench.submit("a@b.c", "4")
    bench.run()
    assert [ticket for ticket, _ in bench.ended] == ["1", "2", "3", "4"]
