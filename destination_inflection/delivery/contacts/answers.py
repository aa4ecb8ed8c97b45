"""What each answer of the contacts part of Inflection's Developer API means.

Source: Inflection's published description (https://docs.inflection.io/api-reference). Answers come
in an envelope, `{data, errors, meta}`; 401 and 403 come with an empty body, and 401 is also the
answer for a path that does not exist. A 200 for a write says only that it is under way. How
transactions are written is in `transaction_words`.
"""

from http import HTTPStatus
from typing import Final

from destination_inflection.delivery.contacts.calls import METHODS, ApiCall, Operation
from destination_inflection.delivery.contacts.transaction_words import (
    Stage,
    has_results,
    identity_in,
    stage_of,
    states_something,
)
from destination_inflection.delivery.lanes.answers import (
    Meaning,
    is_web_page,
    json_of,
    meaning,
    redirect_sentence,
    stop_sentence,
)
from destination_inflection.delivery.transport.seam import Answer, Failure, Response
from destination_inflection.json_types import Json, JsonObject

NO_SUCH_CONTACT: Final = "BAS-E-002"
"""The code, with status 400, for a contact that does not exist."""
SOME_NOT_FOUND: Final = "CONTACTS_NOT_FOUND"
"""The code, on a 200, for members that are not contacts."""
NOT_A_MEMBER: Final = "CONTACT_NOT_FOUND"
"""The code, with status 404, for a contact that is to leave a list and is not on it."""
OPTION: Final = "base_url"
"""The option that holds the URL."""

GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""The statuses for a list that is not there."""

_READING: Final = (Operation.POLL, Operation.LOOK_UP, Operation.SHOW_LIST)


def meaning_for(call: ApiCall, answer: Answer) -> Meaning:
    """What an answer means: TAKEN when it answers the question, whatever the answer is."""
    if isinstance(answer, Failure):
        return meaning(answer)
    if 200 <= answer.status < 300:
        if is_web_page(answer):
            return Meaning.STOP
        return Meaning.UNREADABLE if answer.is_cut else _meaning_of_success(call, answer)
    if answer.status in GONE and call.list_id:
        return _meaning_of_gone(call, answer)
    blocked = is_from_in_between(answer)
    match call.operation, answer.status:
        case Operation.LOOK_UP, HTTPStatus.BAD_REQUEST:
            known = NO_SUCH_CONTACT in error_codes(answer)
            return Meaning.TAKEN if known else Meaning.REFUSED
        case Operation.LOOK_UP, HTTPStatus.NOT_FOUND if has_envelope(answer):
            # Documented for other things only. Where base_url is wrong there is no envelope.
            return Meaning.TAKEN
        case Operation.POLL, status if status >= 400 and status != 401:
            # An unknown transaction is 200 NOT_EXIST: this is trouble, and nothing is lost.
            own = status == HTTPStatus.FORBIDDEN and not blocked
            return Meaning.STOP if own else Meaning.TEMPORARY
    return Meaning.REFUSED if blocked else meaning(answer)


def stop_sentence_for(call: ApiCall, answer: Answer, origin: str) -> str:
    """What the user has to change after an answer that means STOP.

    `origin` is what may be said of the URL in a log.
    """
    if isinstance(answer, Failure):
        return stop_sentence(answer, origin, OPTION)
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            return (
                f"{origin} answers HTTP 401: either it does not accept the API key, or "
                "base_url is mistyped (unknown addresses get the same answer): check both."
            )
        case HTTPStatus.FORBIDDEN if is_from_in_between(answer):
            return (
                f"{origin} forbids this in words of its own (HTTP 403), as a firewall or a proxy "
                f"does and Inflection does not: check {OPTION} and what is in between."
            )
        case HTTPStatus.FORBIDDEN:
            what = "read" if call.operation in _READING else "write"
            return (
                f"{origin} does not let this API key {what} (HTTP 403): in Inflection "
                "under Settings > Connected Apps, create a token with READ and WRITE ticked."
            )
        case status if status in GONE and call.list_id:
            return (
                f'{origin} has no list with the id "{call.list_id}" (HTTP {status}): correct '
                "list_id in the rule; the id is in the address of the list's page in Inflection."
            )
        case status if 300 <= status < 400:
            return redirect_sentence(answer, origin, OPTION)
    return stop_sentence(answer, origin, OPTION, METHODS[call.operation])


def is_from_in_between(response: Response) -> bool:
    """Whether it is a firewall's verdict on one body: Inflection's own 403 has no body at all."""
    return response.status == HTTPStatus.FORBIDDEN and bool(response.body.strip())


def has_envelope(response: Response) -> bool:
    """Whether it is Inflection that answers: what it says comes with `errors` or `meta`."""
    envelope = json_of(response)
    return isinstance(envelope.get("errors"), list) or isinstance(envelope.get("meta"), dict)


def data_of(response: Response) -> JsonObject:
    """The envelope's `data`; an empty object when there is none."""
    return _data(json_of(response))


def error_codes(response: Response) -> list[str]:
    """The codes of the envelope's `errors`, which may be there on a 200 too."""
    errors = json_of(response).get("errors")
    listed = errors if isinstance(errors, list) else []
    return [word_of(error.get("errorCode", "")) for error in listed if isinstance(error, dict)]


def word_of(value: Json) -> str:
    """What stands where a word should be; not what is nested, for that can be too deep to show."""
    return "something unreadable" if isinstance(value, dict | list) else str(value)


def _data(envelope: JsonObject) -> JsonObject:
    data = envelope.get("data")
    return data if isinstance(data, dict) else {}


def _failed(envelope: JsonObject) -> bool:
    """Whether the envelope says failure, whatever the status says."""
    meta = envelope.get("meta")
    return isinstance(meta, dict) and meta.get("status") == "FAILURE"


def _meaning_of_success(call: ApiCall, response: Response) -> Meaning:
    """A 2xx without what it should hold is not an answer: writes are repeatable, so ask again."""
    envelope = json_of(response)
    data = _data(envelope)
    match call.operation:
        case Operation.UPSERT:
            if identity_in(data, "transactionId") is not None or has_results(data):
                return Meaning.TAKEN
            if _failed(envelope) or error_codes(response) or stage_of(data) is Stage.FAILED:
                return Meaning.REFUSED
            return Meaning.UNREADABLE if states_something(envelope) else Meaning.TEMPORARY
        case Operation.POLL:
            if has_results(data) or stage_of(data) is Stage.FAILED:
                return Meaning.TAKEN
            if _failed(envelope) or not states_something(envelope):
                return Meaning.TEMPORARY
            return Meaning.UNREADABLE if stage_of(data) is None else Meaning.TAKEN
        case Operation.LOOK_UP:
            return Meaning.TEMPORARY if identity_in(data, "id") is None else Meaning.TAKEN
    if not envelope and (call.operation is Operation.ADD_MEMBERS or response.body):
        return Meaning.TEMPORARY
    unexpected = set(error_codes(response)) - {SOME_NOT_FOUND}
    return Meaning.REFUSED if unexpected or _failed(envelope) else Meaning.TAKEN


def _meaning_of_gone(call: ApiCall, response: Response) -> Meaning:
    """A 404 or 410 about a list: the list is gone, unless it says that the contact is."""
    about_contacts = {Operation.REMOVE_MEMBER: NOT_A_MEMBER, Operation.ADD_MEMBERS: SOME_NOT_FOUND}
    is_contact = about_contacts.get(call.operation) in error_codes(response)
    return Meaning.TAKEN if is_contact else Meaning.STOP
