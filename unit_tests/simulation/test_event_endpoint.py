"""The world's event endpoint answers as its verdicts say, and notices what must not be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import orjson
import pytest

from destination_inflection.delivery.transport.seam import Request, Response
from simulation.event_endpoint import EventEndpoint, Verdicts
from simulation.lines import InputLine
from simulation.violation import Rule
from unit_tests.simulation.by_hand import breaks, line, mark

KEY = "Basic a2V5Og=="
LINES: Mapping[str, InputLine] = MappingProxyType(
    {mark(number): line(number, org=f"org-{number % 2}") for number in range(1, 10)}
)


def in_order(named: str) -> int:
    """Each record stands where its number says."""
    return int(named[-6:])


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a record's; `place` is 1 for the first record."""

    place: int
    kind: str = "identify"
    user: str = "u1"
    message_id: str = ""
    timestamp: str = "2026-02-01T00:00:00Z"
    traits: bool = True

    @property
    def body(self) -> bytes:
        named = mark(self.place)
        message: dict[str, object] = {
            "type": self.kind,
            "userId": self.user,
            "messageId": self.message_id or f"{self.kind} {self.place}",
            "timestamp": self.timestamp,
            "context": {"mark": named},
        }
        if self.traits:
            message["traits"] = {"m": named}
        return orjson.dumps(message)


@dataclass
class Bench:
    """An endpoint in its first run."""

    verdicts: Verdicts = field(default_factory=Verdicts)
    number: Callable[[str], int] = in_order

    def __post_init__(self) -> None:
        self.endpoint = EventEndpoint(LINES, self.verdicts, KEY)
        self.begin_run()

    def begin_run(self) -> None:
        self.endpoint.begin_run(self.number)

    def raw(self, body: bytes, key: str = KEY) -> Response:
        request = Request("https://in.example", {"Authorization": key}, body, 30.0)
        answer = self.endpoint.serve(request, 0.0)
        assert isinstance(answer, Response)
        return answer

    def status(self, message: Message) -> int:
        return self.raw(message.body).status

    def send(self, *messages: Message) -> None:
        for message in messages:
            assert self.status(message) in (200, 202)


def test_it_takes_what_is_in_order_and_counts_what_it_took() -> None:
    made = Bench()
    made.send(Message(1), Message(2), Message(2), Message(2, "group"), Message(3, user="u2"))
    assert made.endpoint.books.taken == {
        (mark(1), "identify"): 1,
        (mark(2), "identify"): 2,
        (mark(2), "group"): 1,
        (mark(3), "identify"): 1,
    }
    assert not made.endpoint.books.told_no


def test_with_another_key_nothing_is_taken() -> None:
    made = Bench()
    assert made.raw(Message(1).body, "Basic b3RoZXI6").status == 401
    assert not made.endpoint.books.taken


@pytest.mark.parametrize(
    ("verdicts", "status", "is_told_no"),
    [
        (Verdicts(refused=frozenset({mark(1)})), 400, True),
        # What a firewall says is noted where the network is (`simulation.forbidden`).
        (Verdicts(walled=frozenset({mark(1)})), 403, False),
        (Verdicts(poison=mark(1)), 500, False),
    ],
)
def test_what_it_never_takes(verdicts: Verdicts, status: int, *, is_told_no: bool) -> None:
    made = Bench(verdicts)
    for _ in range(3):
        assert made.status(Message(1)) == status
    made.send(Message(2))
    assert [*made.endpoint.books.taken] == [(mark(2), "identify")]
    assert made.endpoint.books.told_no == ({mark(1)} if is_told_no else set())


def test_its_refusal_quotes_the_record() -> None:
    answer = Bench(Verdicts(refused=frozenset({mark(1)}))).raw(Message(1).body)
    assert mark(1).encode() in answer.body


def test_what_is_not_taken_has_no_place_in_the_order() -> None:
    made = Bench(Verdicts(poison=mark(5)))
    assert made.status(Message(5)) == 500
    made.send(Message(4))


def test_a_message_of_no_record_is_a_violation() -> None:
    with breaks(Rule.CALLS, "without a record"):
        Bench().raw(b'{"type":"identify","userId":"u1","messageId":"1"}')


@pytest.mark.parametrize(
    ("first", "second", "rule", "what"),
    [
        (
            Message(1),
            Message(1, user="u2"),
            Rule.IDS,
            "two attempts of identify of mark_people_000",
        ),
        (Message(1), Message(1, message_id="x"), Rule.IDS, "two attempts"),
        (Message(1), Message(2, message_id="identify 1"), Rule.IDS, "has the id of another call"),
        (Message(1), Message(1, "group", message_id="identify 1"), Rule.IDS, "of another call"),
        (Message(2), Message(1), Rule.PERSONS, "000001 was taken after a newer call of user u1"),
        (Message(2, "track"), Message(1), Rule.PERSONS, "after a newer call"),
    ],
)
def test_violations_within_a_run(first: Message, second: Message, rule: Rule, what: str) -> None:
    made = Bench()
    made.send(first)
    with breaks(rule, what):
        made.send(second)


@pytest.mark.parametrize(
    "second", [Message(1, message_id="x"), Message(1, timestamp="2026-02-01T00:00:01Z")]
)
def test_a_record_keeps_its_id_and_its_time_over_all_runs(second: Message) -> None:
    made = Bench()
    made.send(Message(1))
    made.begin_run()
    with breaks(Rule.IDS, "identify of mark_people_000001 has another id or time than before"):
        made.send(second)


def test_another_run_begins_again_and_may_write_a_record_in_another_way() -> None:
    made = Bench()
    made.send(Message(1), Message(2), Message(3))
    made.begin_run()
    made.send(Message(1, traits=False), Message(2))
    with breaks(Rule.PERSONS, "newer call"):
        made.send(Message(1, traits=False))


def test_a_call_of_somebody_who_has_no_user_id_is_in_order_too() -> None:
    def body(place: int) -> bytes:
        message = orjson.loads(Message(place).body)
        return orjson.dumps({**message, "userId": None, "anonymousId": "a1"})

    made = Bench()
    made.raw(body(2))
    with breaks(Rule.PERSONS, "user a1"):
        made.raw(body(1))


OF_OTHERS = Message(3, "group", user="u3")
OLDER = Message(1, "group", user="u1")


def test_the_order_of_an_org() -> None:
    made = Bench()
    made.send(OF_OTHERS)
    with breaks(Rule.ORGS, "mark_people_000001 was taken after a newer call of org org-1"):
        made.send(OLDER)


@pytest.mark.parametrize(
    "messages",
    [
        # Of another org; and without traits there is nothing that an older call could overwrite.
        (OF_OTHERS, Message(2, "group", user="u2")),
        (OF_OTHERS, Message(1, "group", user="u1", traits=False)),
        (Message(3, "group", user="u3", traits=False), OLDER),
        # A row can become a call about the person and one about the org.
        (OF_OTHERS, Message(1, user="u1")),
        (Message(3, user="u3"), OLDER),
    ],
)
def test_no_order_of_an_org_is_broken(messages: tuple[Message, ...]) -> None:
    Bench().send(*messages)
