"""The world's Developer API: contacts in batches, their transactions, look-ups and static lists.

A pure model in virtual time. `serve` is called when a request arrives, in order of time. It changes
the world and gives the answer of a healthy server; what is lost on the way, before or after, is the
network's affair. The sets of marks say what was taken, carried out and said, for those who judge.
What a client must never send is answered as the real API would, and noted in `complaints`.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import inf
from random import Random
from typing import Final
from urllib.parse import unquote

from destination_inflection.delivery.transport.seam import Answer, Request, Response
from destination_inflection.json_types import Json, JsonObject
from simulation.contacts_world import People, Write, email_of
from simulation.developer_habits import Habits, Rare
from simulation.developer_wire import (
    NOTHING,
    error,
    failure,
    identities_in,
    success,
    writes_in,
)
from simulation.lists_world import Lists, Move
from simulation.transaction_forms import Form
from simulation.transactions_world import Transactions

__all__ = ["DeveloperApi", "Habits", "Rare"]

_NO_SUCH_CONTACT: Final = "BAS-E-002"


class DeveloperApi:
    """One workspace, and the one key that opens it."""

    def __init__(self, habits: Habits, rng: Random, key: str) -> None:
        self._habits = habits
        self._rng = rng
        self._authorization = f"Bearer {key}"
        self._now = -inf
        self._poison = frozenset(() if habits.poison is None else (habits.poison,))
        self.reached: Counter[str] = Counter()
        """How often each rare state (`Rare`) was reached."""
        self._people = People(habits, rng, self.reached)
        self._transactions = Transactions(habits, rng, self._people, self.reached)
        self._lists = Lists(habits, self._people, self.reached)
        self.taken = self._transactions.taken
        """The marks of the batches that were answered with 200."""
        self.applied = self._transactions.applied
        """The marks that were written into contacts."""
        self.said_good = self._transactions.said_good
        """The marks of contacts of whom an answer has said that they are written."""
        self.said_failed = self._transactions.said_failed
        """The marks of contacts of whom an answer has said that they failed."""
        self.said_unknown: set[str] = set()
        """The emails of which a look-up has said that no contact has them."""
        self.member_said: Counter[tuple[str, str, bool]] = Counter()
        """How often list, email and `joins` was answered well; leaving without being there, too."""
        self.complaints: list[str] = []
        """What was sent and must not be."""

    @property
    def created_by(self) -> Mapping[str, Sequence[str]]:
        """The marks of the write that created each contact, by email."""
        return self._people.created_by

    @property
    def contacts(self) -> int:
        """How many contacts there are."""
        return len(self._people)

    def stored(self, email: str) -> Mapping[str, Json]:
        """The properties of a contact now; empty if nobody has this email."""
        return self._people.stored(email)

    def written(self, email: str) -> Sequence[Sequence[str]]:
        """The marks of each write of a contact, in the order in which they were carried out.

        A write whose answer was lost may come twice. Rows that were merged are one write; if that
        is said to have failed, they come once more, one by one, the oldest first.
        """
        return self._people.written(email)

    def members(self, list_id: str) -> set[str]:
        """The emails of a list's members now."""
        return self._lists.members(list_id)

    def membership(self, list_id: str) -> Sequence[Move]:
        """Who has joined a list and left it, the oldest first, with what changed nothing."""
        return self._lists.history(list_id)

    def advance(self, now: float) -> None:
        """Lets everything happen that is due by then, without a request."""
        if now < self._now:
            raise ValueError("time runs backwards")
        self._now = now
        self._transactions.advance(now)

    def serve(self, request: Request, now: float) -> Answer:
        """Answers a request that arrives now.

        Raises:
            ValueError: one that arrived later was served before.
        """
        self.advance(now)
        if request.headers.get("Authorization") != self._authorization:
            return Response(401)
        _, _, path = request.url.partition("/v1/")
        match request.method, path.split("/"):
            case "POST", ["contacts", "batch"]:
                return self._upsert(request.body)
            case "GET", ["contacts", "transactions", identity]:
                return self._poll(unquote(identity))
            case "GET", ["contacts", "by-email", email]:
                return self._look_up(unquote(email))
            case "GET", ["lists", list_id]:
                return self._show(unquote(list_id))
            case "POST", ["lists", list_id, "members"]:
                return self._add(unquote(list_id), request.body)
            case "DELETE", ["lists", list_id, "members", identity]:
                return self._remove(unquote(list_id), unquote(identity))
        self.complaints.append(f"{request.method} of an unknown path")
        return Response(401)

    def is_not_heard(self, request: Request, now: float) -> None:
        """The answer to a request that has just been served does not arrive."""
        if request.url.endswith("/contacts/batch"):
            self._transactions.delay_newest(now)

    def _upsert(self, body: bytes) -> Answer:
        if 0 < self._habits.batch_bytes < len(body):
            self.reached[Rare.TOO_LARGE] += 1
            return failure(413, "TOO_LARGE", "The batch is too large")
        try:
            writes = writes_in(body)
        except ValueError as problem:
            self.complaints.append(str(problem))
            return failure(400, "VALIDATION_ERROR", str(problem))
        if _one_of(writes, self._poison):
            self.reached[Rare.POISON] += 1
            return failure(500, "INTERNAL_ERROR", "Something went wrong")
        if (bad := _one_of(writes, self._habits.refused)) is not None:
            self.reached[Rare.REFUSED] += 1
            words = f"{bad.spelled} is not allowed: {' '.join(bad.marks)}"
            return failure(400, "VALIDATION_ERROR", words)
        transaction = self._transactions.take(writes, self._now)
        match transaction.form:
            case Form.EMPTY:
                return NOTHING
            case Form.NO_ID:
                return success({"status": "PENDING"})
            case Form.AT_ONCE:
                return success(self._transactions.tell(transaction), transaction.errors)
            case Form.WITH_ERRORS:
                return success(
                    {"transactionId": transaction.identity, "status": "PENDING"},
                    [error("SLOW", f"{writes[0].spelled} may take a while" if writes else "")],
                )
        return success({"transactionId": transaction.identity, "status": "PENDING"})

    def _poll(self, identity: str) -> Answer:
        transaction = self._transactions.find(identity, self._now)
        if transaction is None:
            return success({"transactionId": identity, "status": "NOT_EXIST"})
        if self._is_odd():
            return self._rng.choice((NOTHING, success({}, status="FAILURE")))
        return success(self._transactions.tell(transaction), transaction.errors)

    def _look_up(self, spelled: str) -> Answer:
        email = email_of(spelled)
        if email in self._poison:
            return failure(500, "INTERNAL_ERROR", "Something went wrong")
        is_odd = self._is_odd()
        contact = self._people.look_up(spelled, self._now)
        if contact is not None:
            if is_odd:
                return success({})
            identity = self._people.identity(contact, self._now)
            known: JsonObject = {
                "id": identity,
                "email": contact.email,
                "properties": {**contact.properties, "_source": "api"},
            }
            return success(known)
        if spelled == email or not self._habits.exact_look_up:
            self.said_unknown.add(email)
        return failure(404 if is_odd else 400, _NO_SUCH_CONTACT, "Contact not found")

    def _show(self, list_id: str) -> Answer:
        if not self._lists.is_there(list_id, self._now):
            return _no_list()
        return success({"id": list_id, "staticListId": list_id, "name": "A list"})

    def _add(self, list_id: str, body: bytes) -> Answer:
        if not self._lists.is_there(list_id, self._now):
            return _no_list()
        try:
            identities = identities_in(body)
        except ValueError as problem:
            self.complaints.append(str(problem))
            return failure(400, "VALIDATION_ERROR", str(problem))
        added = self._lists.add(list_id, identities, self._now)
        is_odd = self._is_odd()
        if is_odd and self._rng.random() < 0.5:
            return NOTHING
        self.member_said.update((list_id, email, True) for email in added.known)
        # Whether members from before are counted is not documented, nor how ids are named.
        count = len(added.known) if is_odd else added.new
        named = "" if is_odd else ", ".join(added.unknown)
        errors: list[Json] = []
        if added.unknown:
            errors = [error("CONTACTS_NOT_FOUND", "Contacts not found", named)]
        return success({"added": count}, errors)

    def _remove(self, list_id: str, identity: str) -> Answer:
        if not self._lists.is_there(list_id, self._now):
            return _no_list()
        email, was_there = self._lists.remove(list_id, identity, self._now)
        if email is not None:
            self.member_said[list_id, email, False] += 1
        if not was_there:
            return failure(404, "CONTACT_NOT_FOUND", "The contact is not on the list")
        if self._is_odd():
            return Response(204)
        return success({"staticListId": list_id, "success": True})

    def _is_odd(self) -> bool:
        share = self._habits.share_odd
        if not share or self._now >= self._habits.quiet_from or self._rng.random() >= share:
            return False
        self.reached[Rare.ODD_ANSWER] += 1
        return True


def _one_of(writes: Sequence[Write], names: Collection[str]) -> Write | None:
    """The first contact whose email, or one of whose marks, is among the names."""
    if not names:
        return None
    return next((w for w in writes if w.email in names or any(m in names for m in w.marks)), None)


def _no_list() -> Response:
    return failure(404, "NOT_FOUND", "List not found")
