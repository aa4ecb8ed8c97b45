"""What each answer of the event endpoint means: the one table, and the words that go with it.

Source: Segment's partner contract (200 processed, 202 accepted, 400 malformed, 401/403 key, 5xx
and 429 retried) and the retry lists of Segment's own libraries (408, 410, 501, 505).
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

import orjson

from destination_inflection.delivery.transport.seam import (
    Answer,
    Failure,
    FailureKind,
    Method,
    Response,
)
from destination_inflection.json_types import JsonObject

_MOST_WORDS: Final = 16 * 1024
_MOST_OF_A_CUT_BODY: Final = 64 * 1024
_MESSAGE: Final = re.compile(rb'"message"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")')
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_RETRY_AFTER_CAP_SECONDS: Final = 300.0
_LONGEST_RETRY_AFTER: Final = 100
"""Characters; a date takes 29."""
_HOST: Final = re.compile(r"[a-z0-9._:-]{1,253}")
_PAGE: Final = re.compile(rb"<(!doctype\s+)?html\b", re.IGNORECASE)
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Meaning(Enum):
    """What an answer means for the call."""

    TAKEN = "delivered"
    TEMPORARY = "try again"
    UNREADABLE = "a success that is too long or too odd to be read: try again, a few times"
    REFUSED = "this record is refused"
    STOP = "no call can succeed until the user changes something"
    PARKED = "either STOP or this record is refused: the calls after it will tell"


def meaning(answer: Answer) -> Meaning:
    """Reads an answer by its status, a failure by its kind."""
    if isinstance(answer, Failure):
        return Meaning.STOP if answer.kind is FailureKind.TLS else Meaning.TEMPORARY
    status = answer.status
    if 200 <= status < 300:
        return Meaning.STOP if is_web_page(answer) else Meaning.TAKEN
    if status in (401, 403, 404, 405, 505) or 300 <= status < 400:
        return Meaning.STOP
    if status in (408, 410, 429) or (500 <= status < 600 and status != 501):
        return Meaning.TEMPORARY
    # An informational status (1xx) or one beyond 599 is not a final answer in HTTP.
    return Meaning.REFUSED if 400 <= status < 600 else Meaning.TEMPORARY


def meaning_for_one_of_many(answer: Answer) -> Meaning:
    """The same for a call among others: a firewall may have judged this one body only."""
    means = meaning(answer)
    if means is not Meaning.STOP or isinstance(answer, Failure):
        return means
    return means if answer.status == 401 or is_web_page(answer) else Meaning.PARKED


def is_fault(answer: Answer) -> bool:
    """Whether it broke on the request, or may have: a 5xx, or no answer in time.

    A server that says when to come back is busy, and did not break.
    """
    if isinstance(answer, Failure):
        return answer.kind is FailureKind.TIMEOUT
    return answer.status >= 500 and "retry-after" not in answer.headers


def has_broken(answer: Answer) -> bool:
    """Whether it says itself that it broke on the request: a fault that is a 5xx."""
    return isinstance(answer, Response) and answer.status < 600 and is_fault(answer)


def may_be_taken(answer: Answer) -> bool:
    """Whether the request may have been taken though it failed: it had arrived, or may have."""
    if isinstance(answer, Failure):
        return answer.kind in (FailureKind.TIMEOUT, FailureKind.BROKEN)
    return answer.status >= 500 or answer.status < 300


def is_web_page(response: Response) -> bool:
    """Whether both the type and the body of a success say that it is a page for people.

    Many servers label a bare `OK` as text/html, so the type alone says nothing.
    """
    kind = response.headers.get("content-type", "").partition(";")[0]
    if not 200 <= response.status < 300 or kind.strip().lower() != "text/html":
        return False
    body = response.body.lstrip().removeprefix(_BYTE_ORDER_MARK).lstrip()
    return _PAGE.match(body) is not None


def stop_sentence(answer: Answer, origin: str, option: str, method: Method = "POST") -> str:
    """What the user has to change after an answer that means STOP.

    `origin` is scheme and host; `option` is the one that holds the URL; `method` was used.
    """
    if isinstance(answer, Failure):
        return f"{origin} can't be used, because {answer.kind.value}: check {option}."
    if is_web_page(answer):
        return (
            f"{origin} answers with a web page instead of taking the call (HTTP {answer.status}): "
            f"check {option}, it may lead to a sign-in page or a proxy."
        )
    match answer.status:
        case 401 | 403:
            return (
                f"{origin} does not accept the API key (HTTP {answer.status}): check api_key and "
                "authentication, or ask Inflection for a new key."
            )
        case 404:
            return f"{origin} has nothing at this path (HTTP 404): check {option}."
        case 405:
            return (
                f"{origin} does not accept {method} requests at this path (HTTP 405): check "
                f"{option}."
            )
        case 505:
            return f"{origin} does not speak this version of HTTP (HTTP 505): check {option}."
    return redirect_sentence(answer, origin, option)


def trouble(answer: Answer) -> str:
    """A temporary answer in a few words."""
    if isinstance(answer, Failure):
        return answer.kind.value
    too_long = answer.is_cut and 200 <= answer.status < 300
    return f"HTTP {answer.status}" + (", too long to be read" if too_long else "")


def refusal_detail(response: Response) -> str:
    """Inflection's own words for a refusal, at most 16,384 characters of them.

    They are in `message` (event endpoint) or in the first of `errors` (Developer API), or are the
    first message in what there is of an answer that is too long. Whoever shows them takes out the
    key and values first and shortens them then: a piece could not be found.
    """
    document = _message_of(response.body) if response.is_cut else json_of(response)
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else document
    said = [first.get(n) for n in ("errorCode", "message")] if isinstance(first, dict) else []
    text = " ".join(" ".join(part.split()) for part in said if isinstance(part, str))
    return f"HTTP {response.status}" + (f": {text[:_MOST_WORDS]}" if text else "")


def json_of(response: Response) -> JsonObject:
    """The answer's body; an empty object when it holds none, or is only the beginning of one."""
    if response.is_cut:
        return {}
    try:
        document = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def origin_of(url: str) -> str:
    """Scheme, host and port: as much of a URL as may be said in a log."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def no_answer(answer: Answer, origin: str, option: str) -> str:
    """What to do when a check got a temporary answer or none; `option` holds the URL."""
    if isinstance(answer, Response):
        return (
            f"{origin} is reachable but temporarily unavailable ({trouble(answer)}): nothing has "
            "to be changed, try again later."
        )
    if answer.kind is FailureKind.PROXY:
        return (
            f"{origin} can't be reached, the proxy in between could not be used: check the "
            "environment variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY of the connector and "
            "whether the proxy runs, and try again."
        )
    return (
        f"{origin} can't be reached ({trouble(answer)}): check {option}, then the network between "
        "Airbyte and this host, and try again."
    )


def redirect_sentence(response: Response, origin: str, option: str) -> str:
    """What to do after a redirect; `option` holds the URL."""
    return (
        f"{origin} redirects {_new_place(response, origin)} (HTTP {response.status}), and "
        "redirects are not followed, so that the key is never sent to another host: enter the "
        f"final address in {option}."
    )


def retry_after(answer: Answer, now: datetime) -> float:
    """Seconds the server asks to wait, at most 300; 0 when it asks for none or unreadably."""
    given = answer.headers.get("retry-after", "") if isinstance(answer, Response) else ""
    text = given.strip()[:_LONGEST_RETRY_AFTER]
    if _SECONDS.fullmatch(text):
        return min(float(text), _RETRY_AFTER_CAP_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        asked = (moment - now).total_seconds()
    except (ValueError, OverflowError, TypeError, IndexError):
        return 0.0  # The parser of dates raises all of these for text that is not a date.
    return min(max(asked, 0.0), _RETRY_AFTER_CAP_SECONDS)


def _new_place(response: Response, origin: str) -> str:
    given = response.headers.get("location", "")
    try:
        place = urlsplit(given)
        scheme, host = place.scheme or urlsplit(origin).scheme, place.hostname or ""
    except ValueError:
        return "to an address that can't be read"
    if not place.netloc and not place.scheme:
        return "to another path of the same host"
    if scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return "to an address that can't be read"
    if f"{scheme}://{place.netloc}" == origin:
        return "to another path of the same host"
    return f"to {scheme}://{host}"


def _message_of(piece: bytes) -> JsonObject:
    found = _MESSAGE.search(piece[:_MOST_OF_A_CUT_BODY])
    try:
        return {"message": orjson.loads(found[1])} if found else {}
    except orjson.JSONDecodeError:
        return {}
