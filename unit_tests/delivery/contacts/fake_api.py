"""Contacts delivered to a Developer API that lives in the test: what it answers can be changed."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from destination_inflection.delivery.bounds import BOUNDS, Bounds
from destination_inflection.delivery.contacts.api import ContactsApi
from destination_inflection.delivery.contacts.contacts import Contacts
from destination_inflection.delivery.outcomes import Outcome, Refusal, Refused
from destination_inflection.delivery.seam import Cursor
from destination_inflection.delivery.settings import BOTH_KINDS, RetryPolicy, Settings
from destination_inflection.delivery.transport.seam import Answer, Request, Response
from unit_tests.delivery.fake_transport import FakeCall, FakeNet

BASE = "https://api.example"


def answer(data: object = None, status: int = 200, **envelope: object) -> Response:
    body = {"data": data, "errors": [], "meta": {"status": "SUCCESS"}, **envelope}
    return Response(status, body=json.dumps(body).encode())


def refusal(status: int, code: str) -> Response:
    return answer(None, status, errors=[{"errorCode": code, "message": "no"}])


def done(results: list[tuple[str, str]]) -> Response:
    rows = [{"email": email, "status": status} for email, status in results]
    return answer({"transactionId": "t", "status": "DONE", "data": {"results": rows}})


def about_lists(path: str) -> Answer:
    if path.startswith("contacts/by-email/"):
        email = path.rpartition("/")[2].replace("%40", "@")
        if email.startswith("stranger"):
            return refusal(400, "BAS-E-002")
        return answer({"id": f"id-{email}", "email": email})
    assert path.startswith("lists/L/members")
    return answer({"added": 1})


PENDING = answer({"transactionId": "t", "status": "PENDING"})


@dataclass
class ApiBench(FakeNet):
    """`on_batch` and `on_poll` may answer instead of the API; None lets it answer itself."""

    settles: float = 0.0
    connections: int = 4
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    bounds: Bounds = BOUNDS
    kinds: Collection[str] = BOTH_KINDS
    on_batch: Callable[[list[dict[str, Any]]], Answer | None] = lambda _contacts: None
    on_poll: Callable[[str, int], Answer | None] = lambda _id, _number: None
    on_list: Callable[[Request], Answer | None] = lambda _request: None
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    ended: list[tuple[str, Outcome]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.taken: dict[str, tuple[float, list[str]]] = {}
        self.answer = lambda _number, request: self.serve(request)
        self.contacts: Contacts[str] = Contacts(
            ContactsApi(BASE, "key"),
            self,
            Settings(self.connections, 1e9, self.retry, self.bounds, self.kinds),
            self.log.append,
            self.clock,
        )

    def serve(self, request: Request) -> Answer:
        path = request.url.removeprefix(f"{BASE}/v1/")
        if path == "contacts/batch":
            contacts = json.loads(request.body)["contacts"]
            self.batches.append(contacts)
            identity = f"t{len(self.batches)}"
            self.taken[identity] = (self.time, [contact["email"] for contact in contacts])
            return self.on_batch(contacts) or answer(
                {"transactionId": identity, "status": "PENDING"}
            )
        if path.startswith("contacts/transactions/"):
            identity = path.rpartition("/")[2]
            self.polls.append(identity)
            since, emails = self.taken[identity]
            odd = self.on_poll(identity, self.polls.count(identity))
            if odd is None and self.time < since + self.settles:
                return PENDING
            return odd or done([(email, "CREATED") for email in emails])
        return self.on_list(request) or about_lists(path)

    def submit(
        self, email: str, ticket: str, cursor: Cursor | None = None, /, **properties: object
    ) -> None:
        body = json.dumps({"email": email, "properties": properties}).encode()
        self.contacts.submit(FakeCall(email.strip().lower(), body, "contact", cursor), ticket)

    def submit_if_known(self, email: str, ticket: str, **properties: object) -> None:
        body = json.dumps({"email": email, "properties": properties}).encode()
        self.contacts.submit(FakeCall(email.lower(), body, "contact_if_known"), ticket)

    def member(
        self, email: str, ticket: str, cursor: Cursor | None = None, *, joins: bool = True
    ) -> None:
        body = json.dumps({"email": email, "list_id": "L", "member": joins}).encode()
        self.contacts.submit(FakeCall(email.lower(), body, "member", cursor), ticket)

    def step(self, seconds: float) -> None:
        """Lets time pass, at most so much, with all that happens in it."""
        until = self.time + seconds
        self.ended += self.contacts.outcomes()
        while self.time < until:
            self.contacts.wait(until - self.time, [])
            self.ended += self.contacts.outcomes()

    def run(self, at_most: float = 5_000.0) -> dict[str, Outcome]:
        """No call comes any more: lets all of them end; returns what became of each."""
        until = self.time + at_most
        self.contacts.flush()
        self.ended += self.contacts.outcomes()
        while self.contacts.pending_calls and self.time < until:
            self.contacts.wait(until - self.time, [])
            self.ended += self.contacts.outcomes()
        assert len(dict(self.ended)) == len(self.ended), "a call ended twice"
        return dict(self.ended)


def kinds(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {ticket: type(outcome).__name__ for ticket, outcome in outcomes.items()}


def one(bench: ApiBench, email: str = "a@b.c") -> Outcome:
    """Sends one contact through; returns what became of it."""
    bench.submit(email, "1")
    return bench.run()["1"]


def detail(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.CONTACT_FAILED
    assert outcome.attempts == 1
    return outcome.detail


def doubt(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    assert outcome.why is Refusal.NOT_CONFIRMED
    return outcome.detail
