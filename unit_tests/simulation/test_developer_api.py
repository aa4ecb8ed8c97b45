"""The world's Developer API: by requests made by hand, and under the real `Contacts`."""

from collections import Counter
from dataclasses import dataclass, field, replace
from math import inf
from random import Random
from urllib.parse import quote

import orjson
import pytest

from destination_inflection.delivery.bounds import BOUNDS
from destination_inflection.delivery.outcomes import Delivered, Outcome, Refused
from destination_inflection.delivery.transport.seam import Method, Request, Response
from destination_inflection.json_types import Json, JsonObject
from simulation.chance import chance
from simulation.developer_api import DeveloperApi, Habits, Rare
from simulation.transaction_forms import ODD, Form
from simulation.violation import Rule
from unit_tests.delivery.contacts.fake_api import ApiBench
from unit_tests.simulation.by_hand import breaks

LISTS = frozenset({"L"})
KEY = "key"


@dataclass
class Client:
    """Asks by hand."""

    habits: Habits = field(default_factory=Habits)
    seed: int = 1
    key: str = KEY
    now: float = 100.0

    def __post_init__(self) -> None:
        self.api = DeveloperApi(self.habits, chance(self.seed, "developer api"), KEY)

    def ask(self, method: Method, path: str, body: Json = None) -> tuple[int, JsonObject]:
        content = b"" if body is None else orjson.dumps(body)
        answer = self.raw(method, path, content)
        return answer.status, orjson.loads(answer.body) if answer.body else {}

    def raw(self, method: Method, path: str, body: bytes) -> Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"https://api.example/v1/{path}"
        answer = self.api.serve(Request(url, headers, body, 30.0, method), self.now)
        assert isinstance(answer, Response)
        return answer

    def send(self, *contacts: tuple[str, JsonObject]) -> JsonObject:
        """Sends a batch; returns the envelope's data."""
        listed: list[Json] = [{"email": email, "properties": sent} for email, sent in contacts]
        status, envelope = self.ask("POST", "contacts/batch", {"contacts": listed})
        assert status == 200
        return _object(envelope["data"])

    def poll(self, taken: JsonObject) -> tuple[str, dict[str, str]]:
        _, envelope = self.ask("GET", f"contacts/transactions/{taken['transactionId']}")
        data = _object(envelope["data"])
        results = _object(data.get("data", {})).get("results", [])
        assert isinstance(results, list)
        rows = [_object(row) for row in results]
        return str(data["status"]), {str(row["email"]): str(row["status"]) for row in rows}

    def write(self, *contacts: tuple[str, JsonObject]) -> dict[str, str]:
        """Sends a batch and waits until it is settled; returns its results."""
        taken = self.send(*contacts)
        self.now += 1
        status, results = self.poll(taken)
        assert status == "DONE"
        return results

    def look_up(self, email: str) -> tuple[int, JsonObject]:
        status, envelope = self.ask("GET", f"contacts/by-email/{quote(email, safe='')}")
        return status, envelope

    def identity(self, email: str) -> str:
        status, envelope = self.look_up(email)
        assert status == 200
        return str(_object(envelope["data"])["id"])

    def add(self, *identities: str, list_id: str = "L") -> tuple[int, JsonObject]:
        return self.ask("POST", f"lists/{list_id}/members", {"contactIds": [*identities]})

    def remove(self, identity: str, list_id: str = "L") -> int:
        return self.ask("DELETE", f"lists/{list_id}/members/{identity}")[0]


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


def _codes(envelope: JsonObject) -> list[Json]:
    errors = envelope["errors"]
    assert isinstance(errors, list)
    return [_object(each)["errorCode"] for each in errors]


def test_a_batch_is_written_when_its_transaction_settles() -> None:
    client = Client()
    taken = client.send((" Ann@B.c ", {"plan": "free", "m": "mark_1"}))
    assert client.poll(taken) == ("PENDING", {})
    assert (client.api.taken, client.api.applied, client.api.contacts) == ({"mark_1"}, set(), 0)
    client.now += 0.38
    assert client.look_up("ann@b.c")[0] == 200
    assert (client.api.applied, client.api.said_good) == ({"mark_1"}, set())
    assert client.poll(taken) == ("DONE", {" Ann@B.c ": "CREATED"})
    assert client.api.said_good == {"mark_1"}
    assert client.api.stored("ann@B.C") == {"plan": "free", "m": "mark_1"}
    assert client.write(("ann@b.c", {"plan": "free"})) == {"ann@b.c": "NO_CHANGE"}
    assert client.write(("ann@b.c", {"plan": None, "Seats": 3})) == {"ann@b.c": "UPDATED"}
    assert client.api.stored("ann@b.c") == {"m": "mark_1"}
    assert client.api.written("ann@b.c") == [["mark_1"]]
    assert not client.api.complaints


def test_what_is_stored_can_be_looked_at_without_a_request() -> None:
    client = Client()
    client.send(("a@b.c", {"plan": "free"}))
    assert client.api.stored("a@b.c") == {}
    assert list(client.api.written("a@b.c")) == []
    client.api.advance(101.0)
    assert client.api.stored("a@b.c") == {"plan": "free"}
    with pytest.raises(ValueError, match="backwards"):
        client.api.advance(100.9)


def test_transactions_settle_in_any_order() -> None:
    client = Client()
    for number in range(30):
        client.send(("a@b.c", {"n": number, f"m{number}": f"mark_{number}"}))
    client.now += 1
    client.api.advance(client.now)
    written = [mark for (mark,) in client.api.written("a@b.c")]
    assert sorted(written) == sorted(client.api.taken)
    assert f"mark_{client.api.stored('a@b.c')['n']}" == written[-1]
    assert client.api.reached[Rare.OUT_OF_ORDER] > 3
    assert client.api.reached[Rare.OVERTAKEN] == client.api.reached[Rare.OUT_OF_ORDER]


@pytest.mark.parametrize("key", ["", "keys", "Key"])
def test_a_wrong_key_is_401_without_a_body(key: str) -> None:
    assert Client(key=key).raw("GET", "lists/L", b"") == Response(401)


def test_no_key_and_an_unknown_path_are_401() -> None:
    client = Client()
    request = Request("https://api.example/v1/lists/L", {}, b"", 30.0, "GET")
    assert client.api.serve(request, client.now) == Response(401)
    assert not client.api.complaints
    assert client.ask("GET", "contacts/batch")[0] == 401
    assert client.api.complaints == ["GET of an unknown path"]


@pytest.mark.parametrize(
    "body",
    [
        b"[",
        b"[]",
        b'{"contacts":{}}',
        b'{"contacts":[{"email":"a@b.c"}]}',
        b'{"contacts":[{"properties":{}}]}',
        b'{"contacts":[[]]}',
        b'{"contacts":[{"email":"a@b.c","properties":{}},{"email":"A@b.c ","properties":{}}]}',
        b'{"contacts":['
        + b",".join(b'{"email":"%d@b.c","properties":{}}' % n for n in range(1_001))
        + b"]}",
    ],
)
def test_what_must_not_be_sent_is_noted(body: bytes) -> None:
    client = Client()
    assert client.raw("POST", "contacts/batch", body).status == 400
    assert len(client.api.complaints) == 1
    assert not client.api.taken


@pytest.mark.parametrize("body", [b"", b"{}", b'{"contactIds":[]}', b'{"contactIds":[1]}'])
def test_members_without_ids_are_noted(body: bytes) -> None:
    client = Client(Habits(lists=LISTS))
    assert client.raw("POST", "lists/L/members", body).status == 400
    assert len(client.api.complaints) == 1


def test_a_contact_fails_by_its_email_or_by_a_mark() -> None:
    client = Client(Habits(failing=frozenset({"a@b.c", "mark_2"})))
    results = client.write(
        ("A@b.c", {"m": "mark_1"}), ("b@b.c", {"m": "mark_2"}), ("c@b.c", {"m": "mark_3"})
    )
    assert results == {"A@b.c": "FAILED", "b@b.c": "FAILED", "c@b.c": "CREATED"}
    assert client.api.said_failed == {"mark_1", "mark_2"}
    assert client.api.said_good == client.api.applied == {"mark_3"}
    assert client.api.reached[Rare.CONTACT_FAILED] == 2


def test_a_contact_fails_by_chance_once() -> None:
    client = Client(Habits(share_failed=1.0))
    assert client.write(("a@b.c", {})) == {"a@b.c": "FAILED"}
    assert client.write(("a@b.c", {})) == {"a@b.c": "CREATED"}


def test_a_batch_is_refused_as_a_whole() -> None:
    habits = Habits(refused=frozenset({"a@b.c"}), poison="mark_2", batch_bytes=100)
    client = Client(habits)

    def status(email: str, value: str) -> int:
        listed: list[Json] = [{"email": email, "properties": {"m": value}}]
        return client.ask("POST", "contacts/batch", {"contacts": listed})[0]

    assert status("A@b.c", "mark_1") == 400
    assert status("b@b.c", "mark_2") == 500
    assert status("b@b.c", "x" * 100) == 413
    assert client.api.taken == set()
    assert status("b@b.c", "mark_1") == 200
    reached = (Rare.REFUSED, Rare.POISON, Rare.TOO_LARGE)
    assert [client.api.reached[each] for each in reached] == [1, 1, 1]


def test_poison_breaks_look_ups_too() -> None:
    assert Client(Habits(poison="a@b.c")).look_up("A@b.c")[0] == 500


def test_transactions_may_never_settle_or_be_lost_or_unknown_at_first() -> None:
    client = Client(Habits(share_never=1.0))
    taken = client.send(("a@b.c", {"m": "mark_1"}))
    client.now += 1_300.0
    assert client.poll(taken) == ("PENDING", {})
    assert client.api.applied == set()
    client.now += 1.0
    with breaks(Rule.ENDS, "a transaction is asked about for too long"):
        client.poll(taken)

    client = Client(Habits(share_lost=1.0))
    lost = [client.send((f"{n}@b.c", {"m": f"mark_{n}"})) for n in range(20)]
    client.now += 1e6
    assert {client.poll(each)[0] for each in lost} == {"NOT_EXIST"}
    assert 0 < len(client.api.applied) < 20
    assert client.api.said_good == set()

    client = Client(Habits(share_unknown=1.0, unknown_for=10.0))
    taken = client.send(("a@b.c", {}))
    assert client.poll(taken)[0] == "NOT_EXIST"
    client.now += 10.0
    assert client.poll(taken)[0] == "DONE"


def test_results_leave_contacts_out_that_may_be_written() -> None:
    client = Client(Habits(share_partly=1.0))
    for number in range(20):
        sent = [(f"{number}-{n}@b.c", {"m": f"mark_{number}-{n}"}) for n in range(5)]
        contacts: list[tuple[str, JsonObject]] = [(email, {**each}) for email, each in sent]
        assert len(client.write(*contacts)) < 5
    api = client.api
    assert api.said_good < api.applied < api.taken
    assert api.reached[Rare.LEFT_OUT] == 20


def test_nothing_random_happens_once_it_is_quiet() -> None:
    every = Habits(
        share_never=1.0,
        share_lost=1.0,
        share_unknown=1.0,
        share_partly=1.0,
        share_failed=1.0,
        share_odd=1.0,
        quiet_from=100.0,
        failing=frozenset({"b@b.c"}),
        lists=LISTS,
        gone={"L": 102.0},
    )
    client = Client(every)
    assert client.write(("a@b.c", {}), ("b@b.c", {})) == {"a@b.c": "CREATED", "b@b.c": "FAILED"}
    assert client.add(client.identity("a@b.c"))[0] == 200
    assert client.look_up("c@b.c")[0] == 400
    client.now += 1.0
    assert client.ask("GET", "lists/L")[0] == 404


def test_members_join_and_leave() -> None:
    client = Client(Habits(lists=LISTS, new_ids={"a@b.c": 200.0}))
    client.write(("a@b.c", {}), ("b@b.c", {}))
    first, second = client.identity("A@b.c"), client.identity("b@b.c")
    assert client.ask("GET", "lists/L")[0] == 200
    assert _object(client.add(first)[1]["data"]) == {"added": 1}
    status, envelope = client.add(first, second, "nobody")
    assert (status, _object(envelope["data"])) == (200, {"added": 1})
    assert _codes(envelope) == ["CONTACTS_NOT_FOUND"]
    assert client.api.members("L") == {"a@b.c", "b@b.c"}
    assert client.remove(second) == 200
    assert client.remove(second) == 404
    assert client.remove("nobody") == 404
    moves = [("a@b.c", True), ("a@b.c", True), ("b@b.c", True), ("b@b.c", False)]
    assert list(client.api.membership("L")) == moves
    assert client.api.member_said == Counter(
        {("L", "a@b.c", True): 2, ("L", "b@b.c", True): 1, ("L", "b@b.c", False): 2}
    )
    assert client.add(first, list_id="M")[0] == 404
    assert client.remove(first, list_id="M") == 404
    client.now = 200.0
    assert client.remove(first) == 404
    assert client.api.reached[Rare.STALE_ID] == 1
    assert client.identity("a@b.c") != first
    assert client.remove(client.identity("a@b.c")) == 200
    assert client.api.members("L") == set()
    assert client.api.members("M") == set()


def test_look_ups_lag_behind_and_may_be_exact() -> None:
    client = Client(Habits(lookup_lag=50.0, exact_look_up=True))
    client.write(("a@b.c", {}))
    assert client.look_up("a@b.c")[0] == 400
    assert client.api.said_unknown == {"a@b.c"}
    client.now += 50.0
    assert client.look_up("a@b.c")[0] == 200
    status, envelope = client.look_up("A@b.c")
    assert (status, _codes(envelope)) == (400, ["BAS-E-002"])
    client.look_up("D@b.c")
    assert client.api.said_unknown == {"a@b.c"}, "one spelling does not tell"
    assert client.api.reached[Rare.NOT_FOUND_YET] == client.api.reached[Rare.OTHER_SPELLING] == 1


def test_every_odd_form_comes_up_and_marks_are_said_good_where_it_says_so() -> None:
    client = Client(Habits(share_odd=0.6))
    seen: set[tuple[str, str]] = set()
    for number in range(400):
        sent: list[tuple[str, JsonObject]] = [
            (f"{number}-{n}@b.c", {"m": f"mark_{number}-{n}"}) for n in range(21)
        ]
        listed: list[Json] = [{"email": email, "properties": each} for email, each in sent]
        status, envelope = client.ask("POST", "contacts/batch", {"contacts": listed})
        data = _object(envelope.get("data", {}))
        seen.add((f"batch {status} {sorted(data)}", type(data.get("transactionId")).__name__))
        for _ in range(2 * (data.get("transactionId") is not None)):
            _, told = client.ask("GET", f"contacts/transactions/{data['transactionId']}")
            told_data = _object(told.get("data", {}))
            results = _object(told_data.get("data", {})).get("results")
            seen.add((f"poll {told_data.get('status')}", type(results).__name__))
            client.now += 1.0
    assert ("poll None", "NoneType") in seen
    assert {word for word, _ in seen} >= {
        "batch 200 []",
        "batch 200 ['data', 'status', 'transactionId']",
        "batch 200 ['status', 'transactionId']",
        "batch 200 ['status']",
        "poll DONE",
        "poll FAILED",
        "poll IN_WORK",
        "poll PENDING",
        "poll done",
    }
    assert not client.api.said_good & client.api.said_failed
    assert client.api.said_good < client.api.applied < client.api.taken
    assert len(ODD) == len(Form) - 2


def test_times_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="settle_from"):
        Habits(settle_from=2.0)


ROUGH = Habits(
    share_lost=0.02,
    share_unknown=0.2,
    share_partly=0.1,
    share_failed=0.01,
    share_odd=0.3,
    failing=frozenset({"3@b.c", "mark_c17"}),
    refused=frozenset({"5@b.c"}),
    lists=LISTS,
    lookup_lag=3.0,
    exact_look_up=True,
    batch_bytes=4_000,
    new_ids={f"{number}@b.c": 1_030.0 for number in range(6, 60)},
)


def _through(seed: int, habits: Habits) -> tuple[DeveloperApi, dict[str, Outcome]]:
    """Sends contacts and members through the real `Contacts`; no answer is lost."""
    api = DeveloperApi(habits, chance(seed, "developer api"), KEY)
    bench = ApiBench(takes=0.05, bounds=replace(BOUNDS, pending_contacts=100_000))
    bench.answer = lambda _number, request: api.serve(request, bench.time)
    rng = Random(seed)  # noqa: S311 - chance for a test
    for number in range(300):
        email = f"{rng.randrange(60)}@{rng.choice(('b.c', 'B.c'))}"
        if number % 5:
            bench.submit(email, f"c{number}", **{f"m{number}": f"mark_c{number}"})
        else:
            bench.member(email, f"m{number}", joins=rng.random() < 0.7)
        bench.step(rng.choice((0.0, 0.0, 0.4)))
    return api, bench.run()


@pytest.mark.parametrize("seed", range(6))
def test_under_the_real_client_what_is_delivered_was_said_and_is_stored(seed: int) -> None:
    api, outcomes = _through(seed, ROUGH)
    assert len(outcomes) == 300
    assert not api.complaints
    for ticket, outcome in outcomes.items():
        assert isinstance(outcome, Delivered | Refused), ticket
        if ticket.startswith("c") and isinstance(outcome, Delivered):
            assert f"mark_{ticket}" in api.said_good
            assert f"mark_{ticket}" in api.applied
    assert {"mark_c17"}.isdisjoint(api.applied)
    for number in range(60):
        # Merged rows that failed are written one by one: only the last write has to be the newest.
        newest = [int(marks[-1].removeprefix("mark_c")) for marks in api.written(f"{number}@b.c")]
        assert newest[-1:] == sorted(newest)[-1:], "an older row is what is left"


def test_under_the_real_client_the_rare_habits_are_met() -> None:
    met = sum((_through(seed, ROUGH)[0].reached for seed in range(6)), Counter())
    assert met[Rare.LEFT_OUT]
    assert met[Rare.NOT_EXIST]


def test_one_seed_gives_one_world() -> None:
    first, outcomes = _through(1, ROUGH)
    second, same = _through(1, ROUGH)
    assert outcomes == same
    assert first.reached == second.reached
    assert [*first.membership("L")] == [*second.membership("L")]


def test_a_transaction_that_never_settles_fails_after_its_deadline() -> None:
    _, outcomes = _through(1, Habits(share_never=1.0, lists=LISTS))
    kinds = Counter(type(outcome).__name__ for outcome in outcomes.values())
    assert kinds["GaveUp"]


def test_habits_are_quiet_for_ever_unless_shares_are_given() -> None:
    assert Habits().quiet_from == inf
    api, outcomes = _through(2, Habits(lists=LISTS))
    assert all(isinstance(each, Delivered | Refused) for each in outcomes.values())
    assert api.said_good == api.taken
