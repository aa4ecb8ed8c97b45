"""The Developer API as it is published: contacts, their product activity, and lists.

Every answer is an envelope but 401 and 403, which have no body. A contact that is missing is a
400, a list that is missing a 404, and a path or method there is not a 401. Left out, and so
answered as unknown paths: marketing activity, activity log, Salesforce records and emails.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inflection_sandbox.bodies import has_wrong_type
from inflection_sandbox.contacts import (
    SOURCE,
    Change,
    Contact,
    Delays,
    JsonObject,
    Operation,
    normalised,
)
from inflection_sandbox.door import Body, Door, Verdict
from inflection_sandbox.envelope import (
    FaultError,
    Problem,
    RefusedError,
    failure,
    invalid,
    page,
    read_object,
    read_time,
    success,
)
from inflection_sandbox.instants import instant
from inflection_sandbox.journal import Call, Kind, Outcome
from inflection_sandbox.lists_api import ListsFace
from inflection_sandbox.workspace import Workspace

Respond: TypeAlias = Callable[[Request, Body], Response]

_LARGEST_BATCH: Final = 1000
_READS: Final = ("GET", "HEAD")
_WRONG_TYPE: Final = Problem("UNSUPPORTED_MEDIA_TYPE", "The Content-Type must be application/json")
_TEXTS: Final = ("first_name", "last_name", "company_name")
"""The properties that are documented as text."""
_CONTACT: Final = frozenset(("email", "properties"))
_NAMED: Final = {
    Operation.CREATE: _CONTACT,
    Operation.BATCH: _CONTACT,
    Operation.UPDATE: frozenset(("properties",)),
}
"""The keys that the published schema names. What comes with others is taken, without them."""
_KEYS: Final = {401: "Missing, malformed or unknown key", 403: "The key may only read"}


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys: one may do everything, the other, if there is one, may only read."""

    full: str
    read_only: str | None = None

    def refusal(self, request: Request) -> int | None:
        """401 or 403 for a request that may not be made."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or key not in (self.full, self.read_only):
            return 401
        return 403 if key != self.full and request.method not in _READS else None


class ContactsFace:
    """What can be done with contacts."""

    def __init__(self, workspace: Workspace, door: Door) -> None:
        self._workspace = workspace
        self._contacts = workspace.contacts
        self._door = door

    def create(self, _request: Request, body: Body) -> Response:
        """Creates a contact; a known email ends as FAILED."""
        sent = read_object(body)
        return self._take(Operation.CREATE, [(_email(sent), sent)])

    def update(self, request: Request, body: Body) -> Response:
        """Changes a contact's properties."""
        known = _found(self._contacts.by_id(request.path_params["id"]))
        return self._take(Operation.UPDATE, [(known.email, read_object(body))])

    def upsert(self, _request: Request, body: Body) -> Response:
        """Creates or changes up to 1,000 contacts."""
        limit = self._door.faults.batch_bytes
        if limit and len(body.raw) > limit:
            raise FaultError(413, "SANDBOX_TOO_LARGE", "Larger than the sandbox's --batch-bytes")
        contacts = read_object(body).get("contacts")
        if not isinstance(contacts, list):
            raise invalid("contacts is not a list")
        # What more rows, or one email twice, would do is not documented. The sandbox refuses both
        # of its own accord, so that a client that sends them notices.
        if len(contacts) > _LARGEST_BATCH:
            raise invalid(f"A batch holds at most {_LARGEST_BATCH} contacts")
        sent = [(_email(contact), contact) for contact in contacts]
        if len({normalised(email) for email, _ in sent}) < len(sent):
            raise invalid("An email comes twice in one batch")
        return self._take(Operation.BATCH, sent)

    def transaction(self, request: Request, _body: Body) -> Response:
        """How a transaction stands; 200 for an unknown one too."""
        return success(self._contacts.transaction(request.path_params["id"]))

    def by_email(self, request: Request, _body: Body) -> Response:
        """The contact with an email."""
        return _shown(self._contacts.by_email(request.path_params["email"]))

    def by_id(self, request: Request, _body: Body) -> Response:
        """The contact with an id."""
        return _shown(self._contacts.by_id(request.path_params["id"]))

    def activity(self, request: Request, _body: Body) -> Response:
        """The contact's tracks; none for an unknown contact.

        An item's fields are not documented; these are the sandbox's own.
        """
        start, end = read_time(request, "start_time"), read_time(request, "end_time")
        found = []
        for track in self._workspace.activity_of(request.path_params["id"]):
            at = instant(track["timestamp"])
            if start is not None and (at is None or at < start):
                continue
            if end is not None and (at is None or at > end):
                continue
            found.append(
                {
                    "event": track["event"],
                    "timestamp": track["timestamp"],
                    "userId": track["user_id"],
                    "messageId": track["message_id"],
                    "properties": track["properties"],
                }
            )
        return page(request, found)

    def _take(self, operation: Operation, sent: Sequence[tuple[str, JsonObject]]) -> Response:
        """Writes what was sent for each email."""
        faults, named = self._door.faults, _NAMED[operation]
        contacts = [
            contact if contact.get("email") == email else {**contact, "email": email}
            for email, contact in sent
        ]
        changes = [
            Change(
                email,
                faults.stored(_properties(given)),
                faults.dooms(contact),
                _ignored(given, named),
            )
            for (email, given), contact in zip(sent, contacts, strict=True)
        ]
        if any(map(faults.breaks, contacts)):
            raise FaultError(500, "SANDBOX_BROKEN", "Broken by the sandbox's --break")
        if any(map(faults.refuses, contacts)):
            raise FaultError(400, "SANDBOX_REFUSED", "Refused by the sandbox's --refuse")
        delays = Delays(faults.settle_ms, faults.queue_ms, faults.lookup_lag)
        transaction = self._contacts.take(operation, changes, delays)
        return success({"transactionId": transaction, "status": "PENDING"})


@dataclass(frozen=True, slots=True, repr=False)
class ApiFace:
    """One operation of the API."""

    kind: Kind
    keys: Keys
    respond: Respond

    def read(self, request: Request, body: Body) -> Call:
        """What the call is about: an email, how many contacts, or the path."""
        return Call(self.kind, body.raw, subject=_subject(request, body))

    def judge(self, request: Request, body: Body) -> Verdict:
        """Does what is asked for, if it may be done and can be."""
        refusal = self.keys.refusal(request)
        if refusal is not None:
            return Verdict(Response(status_code=refusal), Outcome.REFUSED, _KEYS[refusal])
        if has_wrong_type(request.method, request.headers.get("content-type"), body.raw):
            return Verdict(failure(415, _WRONG_TYPE), Outcome.REFUSED, _WRONG_TYPE.message)
        try:
            return Verdict(self.respond(request, body), Outcome.ACCEPTED)
        except RefusedError as refused:
            outcome = Outcome.FAULT if isinstance(refused, FaultError) else Outcome.REFUSED
            answer = failure(refused.status, refused.problem)
            return Verdict(answer, outcome, refused.problem.message)

    def fault(self, status: int) -> Response:
        """The answer to a request that a fault struck."""
        return failure(status, Problem("SANDBOX_FAULT", "A fault"))


def make_developer_api(workspace: Workspace, keys: Keys, door: Door) -> Starlette:
    """Everything under `/v1` that is not the event endpoint."""
    contacts, lists = ContactsFace(workspace, door), ListsFace(workspace.lists)

    def route(method: str, path: str, kind: Kind, respond: Respond) -> Route:
        face = ApiFace(kind, keys, respond)
        return Route(f"/v1{path}", door.guard(face), methods=[method])

    async def unknown(request: Request, _error: Exception) -> Response:
        if request.url.path.startswith("/v1/events"):
            return PlainTextResponse("Not Found", 404)
        verdict = Verdict(Response(status_code=401), Outcome.REFUSED, "Unknown path or method")
        door.note(Call(Kind.OTHER, b"", f"{request.method} {request.url.path}"), verdict)
        return verdict.answer

    app = Starlette(
        routes=[
            route("POST", "/contacts", Kind.CONTACT, contacts.create),
            route("POST", "/contacts/batch", Kind.CONTACTS, contacts.upsert),
            route("GET", "/contacts/by-email/{email:path}", Kind.READ, contacts.by_email),
            route("GET", "/contacts/transactions/{id}", Kind.READ, contacts.transaction),
            route("GET", "/contacts/{id}", Kind.READ, contacts.by_id),
            route("PATCH", "/contacts/{id}", Kind.CONTACT, contacts.update),
            route("GET", "/contacts/{id}/product-activity", Kind.READ, contacts.activity),
            route("POST", "/lists", Kind.LIST, lists.create),
            route("GET", "/lists/{id}", Kind.READ, lists.show),
            route("PATCH", "/lists/{id}", Kind.LIST, lists.rename),
            route("DELETE", "/lists/{id}", Kind.LIST, lists.delete),
            route("GET", "/lists/{id}/members", Kind.READ, lists.members),
            route("POST", "/lists/{id}/members", Kind.LIST, lists.add),
            route("DELETE", "/lists/{id}/members/{contact_id}", Kind.LIST, lists.remove),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )
    app.router.redirect_slashes = False
    return app


def _subject(request: Request, body: Body) -> str:
    try:
        sent = body.parsed()
    except ValueError:
        sent = None
    if isinstance(sent, dict):
        if isinstance(rows := sent.get("contacts"), list):
            return f"{len(rows):,} {'contact' if len(rows) == 1 else 'contacts'}"
        if isinstance(email := sent.get("email"), str):
            return email
    return f"{request.method} {request.url.path}"


def _found(contact: Contact | None) -> Contact:
    if contact is None:
        raise RefusedError(400, "BAS-E-002", "Contact not found")
    return contact


def _shown(contact: Contact | None) -> Response:
    known = _found(contact)
    return success({"id": known.id, "email": known.email, "properties": known.properties})


def _email(contact: object) -> str:
    email = contact.get("email") if isinstance(contact, dict) else None
    if not isinstance(email, str):
        raise invalid("A contact has no email")
    return email


def _properties(contact: JsonObject) -> JsonObject:
    properties = contact.get("properties", {})
    if not isinstance(properties, dict):
        raise invalid("properties is not an object")
    for name in _TEXTS:
        if not isinstance(properties.get(name, ""), str):
            raise invalid(f"{name} is not a string")
    return properties


def _ignored(contact: JsonObject, named: frozenset[str]) -> tuple[str, ...]:
    """The keys that are not in the published schema, and the one that only Inflection sets."""
    source = (f"properties.{SOURCE}",) if SOURCE in contact.get("properties", {}) else ()
    if not source and contact.keys() <= named:
        return ()
    return (*(key for key in contact if key not in named), *source)
