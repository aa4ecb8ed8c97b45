"""The contacts part of Inflection's Developer API: its requests, and what each answer means.

Source: Inflection's published description (https://docs.inflection.io/api-reference). Answers come
in an envelope, `{data, errors, meta}`; 401 and 403 come with an empty body, and 401 is also the
answer for a path that does not exist. A 200 for a write says only that it is under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from destination_inflection.delivery.lanes.answers import (
    Meaning,
    is_web_page,
    json_of,
    meaning,
    no_answer,
    origin_of,
    redirect_sentence,
    stop_sentence,
)
from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    Method,
    Request,
    Response,
    Transport,
    exchange,
)
from destination_inflection.json_types import JsonObject
from destination_inflection.version import VERSION

NO_SUCH_CONTACT: Final = "BAS-E-002"
"""The code, with status 400, for a contact that does not exist."""
SOME_NOT_FOUND: Final = "CONTACTS_NOT_FOUND"
"""The code, on a 200, for members that are no contacts."""
TRANSACTION_STATES: Final = ("PENDING", "NOT_EXIST", "DONE")

# An address that can't exist: RFC 2606 reserves the top-level domain.
_NOBODY: Final = "destination-inflection-check@nobody.invalid"
_NO_CONTACTS: Final = b'{"contacts":[]}'


class Operation(Enum):
    """What is asked of the API."""

    UPSERT = "upsert contacts"
    POLL = "poll a transaction"
    LOOK_UP = "look a contact up"
    ADD_MEMBERS = "add members to a list"
    REMOVE_MEMBER = "remove a member from a list"


_METHODS: Final[Mapping[Operation, Method]] = MappingProxyType(
    {
        Operation.UPSERT: "POST",
        Operation.POLL: "GET",
        Operation.LOOK_UP: "GET",
        Operation.ADD_MEMBERS: "POST",
        Operation.REMOVE_MEMBER: "DELETE",
    }
)


_ABOUT_LISTS: Final = (Operation.ADD_MEMBERS, Operation.REMOVE_MEMBER)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request; `identity` is whatever must not be asked twice at a time."""

    operation: Operation
    identity: str
    path: str
    body: bytes = b""


def upsert(number: int, body: bytes) -> ApiCall:
    """Creates or updates up to 1,000 contacts; answered with a transaction."""
    return ApiCall(Operation.UPSERT, f"batch {number}", "/v1/contacts/batch", body)


def poll(transaction: str) -> ApiCall:
    """Asks what became of a batch."""
    path = f"/v1/contacts/transactions/{quote(transaction, safe='')}"
    return ApiCall(Operation.POLL, transaction, path)


def look_up(email: str) -> ApiCall:
    """Asks for the contact with an email; 400 with `NO_SUCH_CONTACT` when there is none."""
    path = f"/v1/contacts/by-email/{quote(email, safe='')}"
    return ApiCall(Operation.LOOK_UP, f"email {email}", path)


def add_members(number: int, list_id: str, body: bytes) -> ApiCall:
    """Adds contacts to a static list by their ids; adding a member again changes nothing."""
    path = f"/v1/lists/{quote(list_id, safe='')}/members"
    return ApiCall(Operation.ADD_MEMBERS, f"members {number}", path, body)


def remove_member(list_id: str, contact_id: str) -> ApiCall:
    """Takes one contact off a static list; 404 when it is not on it."""
    path = f"/v1/lists/{quote(list_id, safe='')}/members/{quote(contact_id, safe='')}"
    return ApiCall(Operation.REMOVE_MEMBER, f"member {list_id} {contact_id}", path)


def data_of(response: Response) -> JsonObject:
    """The envelope's `data`; an empty object when there is none."""
    return _data(json_of(response))


def error_codes(response: Response) -> list[str]:
    """The codes of the envelope's `errors`, which may be there on a 200 too."""
    errors = json_of(response).get("errors")
    listed = errors if isinstance(errors, list) else []
    return [str(error.get("errorCode", "")) for error in listed if isinstance(error, dict)]


def _data(envelope: JsonObject) -> JsonObject:
    data = envelope.get("data")
    return data if isinstance(data, dict) else {}


def _failed(envelope: JsonObject) -> bool:
    """Whether the envelope says failure, whatever the status says."""
    meta = envelope.get("meta")
    return isinstance(meta, dict) and meta.get("status") == "FAILURE"


class ContactsApi:
    """Knows the base URL and the headers; `origin` is what may be said of the URL in a log."""

    def __init__(self, base_url: str, token: str) -> None:
        # Some of Inflection's pages give the base URL with /v1, which the paths hold already.
        self._base = base_url.rstrip("/").removesuffix("/v1").rstrip("/")
        self.origin = origin_of(base_url)
        self._headers: Mapping[str, str] = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"destination-inflection/{VERSION}",
            "Authorization": f"Bearer {token}",
        }

    def request(self, call: ApiCall, timeout: float) -> Request:
        """The request that asks for it; `timeout` is in seconds."""
        method = _METHODS[call.operation]
        return Request(self._base + call.path, self._headers, call.body, timeout, method)

    def meaning(self, call: ApiCall, answer: Answer) -> Meaning:
        """What an answer means: TAKEN when it answers the question, whatever the answer is."""
        if isinstance(answer, Failure):
            return meaning(answer)
        if 200 <= answer.status < 300:
            return Meaning.STOP if is_web_page(answer) else _meaning_of_success(call, answer)
        match call.operation, answer.status:
            case Operation.LOOK_UP, HTTPStatus.BAD_REQUEST:
                known = NO_SUCH_CONTACT in error_codes(answer)
                return Meaning.TAKEN if known else Meaning.REFUSED
            case Operation.REMOVE_MEMBER, HTTPStatus.NOT_FOUND:
                # NOT_FOUND is the list's own code: then it is list_id that is wrong.
                codes = error_codes(answer)
                if "CONTACT_NOT_FOUND" in codes:
                    return Meaning.TAKEN
                return Meaning.STOP if "NOT_FOUND" in codes else Meaning.TEMPORARY
            case Operation.POLL, status if status >= 400 and status not in (401, 403):
                # An unknown transaction is 200 NOT_EXIST: this is trouble, and nothing is lost.
                return Meaning.TEMPORARY
        return meaning(answer)

    def stop_sentence(self, call: ApiCall, answer: Answer) -> str:
        """What the user has to change after an answer that means STOP."""
        if isinstance(answer, Failure):
            return stop_sentence(answer, self.origin, "base_url")
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                return (
                    f"{self.origin} answers HTTP 401: either it does not accept the API key, or "
                    "base_url is mistyped, for it answers so at unknown addresses too; check both."
                )
            case HTTPStatus.FORBIDDEN:
                what = "read" if _METHODS[call.operation] == "GET" else "write"
                return (
                    f"{self.origin} does not let this API key {what} (HTTP 403): in Inflection "
                    "under Settings > Connected Apps, make a token with READ and WRITE ticked."
                )
            case HTTPStatus.NOT_FOUND if call.operation in _ABOUT_LISTS:
                return (
                    f"{self.origin} has no list with this id (HTTP 404): correct list_id in the "
                    "rule; Inflection shows a list's id in its address."
                )
            case status if 300 <= status < 400:
                return redirect_sentence(answer, self.origin, "base_url")
        return stop_sentence(answer, self.origin, "base_url")

    def check(self, transport: Transport, timeout: float) -> str | None:
        """Proves that the key may read and write, without writing; returns the problem, if any."""
        reading, writing = look_up(_NOBODY), upsert(0, _NO_CONTACTS)
        answer = exchange(transport, self.request(reading, timeout))
        match self.meaning(reading, answer):
            case Meaning.TAKEN:
                pass
            case Meaning.STOP:
                return self.stop_sentence(reading, answer)
            case Meaning.TEMPORARY if not _is_success(answer):
                return no_answer(answer, self.origin, "base_url")
            case _:
                return (
                    f"{self.origin} does not answer as Inflection's Developer API does: check "
                    "base_url."
                )
        # A batch of no contacts: whoever may write is told that it is empty, or that all is well.
        answer = exchange(transport, self.request(writing, timeout))
        match meaning(answer):
            case Meaning.STOP:
                return self.stop_sentence(writing, answer)
            case Meaning.TEMPORARY:
                return no_answer(answer, self.origin, "base_url")
        return None


def _is_success(answer: Answer) -> bool:
    return isinstance(answer, Response) and 200 <= answer.status < 300


def _meaning_of_success(call: ApiCall, response: Response) -> Meaning:
    """A 2xx without what it should hold is no answer: writes are repeatable, so ask again."""
    envelope = json_of(response)
    data = _data(envelope)
    match call.operation:
        case Operation.UPSERT:
            if _text(data, "transactionId"):
                return Meaning.TAKEN
            refused = _failed(envelope) or error_codes(response)
            return Meaning.REFUSED if refused else Meaning.TEMPORARY
        case Operation.POLL:
            known = data.get("status") in TRANSACTION_STATES and not _failed(envelope)
            return Meaning.TAKEN if known else Meaning.TEMPORARY
        case Operation.LOOK_UP:
            return Meaning.TAKEN if _text(data, "id") else Meaning.TEMPORARY
    if not envelope and (call.operation is Operation.ADD_MEMBERS or response.body):
        return Meaning.TEMPORARY
    unexpected = set(error_codes(response)) - {SOME_NOT_FOUND}
    return Meaning.REFUSED if unexpected or _failed(envelope) else Meaning.TAKEN


def _text(data: JsonObject, name: str) -> bool:
    value = data.get(name)
    return isinstance(value, str) and bool(value)
