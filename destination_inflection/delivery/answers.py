"""What each answer of the event endpoint means: the one table, and the words that go with it.

Source: Segment's partner contract (200 processed, 202 accepted, 400 malformed, 401/403 key, 5xx
and 429 retried) and the retry lists of Segment's own libraries (408, 410, 501, 505).
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

import orjson

from destination_inflection.delivery.transport import Answer, Failure, FailureKind, Response

_LONGEST_DETAIL: Final = 300
_RETRY_AFTER_CAP_SECONDS: Final = 300.0


class Meaning(Enum):
    """What an answer means for the call."""

    TAKEN = "delivered"
    TEMPORARY = "try again"
    REFUSED = "this record is refused"
    STOP = "no call can succeed until the user changes something"


def meaning(answer: Answer) -> Meaning:
    """Reads an answer by its status, a failure by its kind."""
    if isinstance(answer, Failure):
        return Meaning.STOP if answer.kind is FailureKind.TLS else Meaning.TEMPORARY
    status = answer.status
    if 200 <= status < 300:
        return Meaning.TAKEN
    if status in (401, 403, 404, 405, 505) or 300 <= status < 400:
        return Meaning.STOP
    if status in (408, 410, 429) or (500 <= status < 600 and status != 501):
        return Meaning.TEMPORARY
    # An informational status (1xx) or one beyond 599 is no final answer of HTTP's.
    return Meaning.REFUSED if 400 <= status < 600 else Meaning.TEMPORARY


def stop_sentence(answer: Answer, origin: str) -> str:
    """What the user has to change after an answer that means STOP; `origin` is scheme and host."""
    if isinstance(answer, Failure):
        return f"{origin} can't be used, {answer.kind.value}: check endpoint_url."
    match answer.status:
        case 401 | 403:
            return (
                f"{origin} does not accept the API key (HTTP {answer.status}): check api_key and "
                "authentication, or ask Inflection for a new key."
            )
        case 404:
            return f"{origin} has nothing at this path (HTTP 404): check endpoint_url."
        case 405:
            return f"{origin} takes no POST at this path (HTTP 405): check endpoint_url."
        case 505:
            return f"{origin} does not speak this version of HTTP (HTTP 505): check endpoint_url."
        case status:
            return (
                f"{origin} redirects {_new_place(answer, origin)} (HTTP {status}), and redirects "
                "are not followed, to keep the key where it belongs: put the final address into "
                "endpoint_url."
            )


def trouble(answer: Answer) -> str:
    """A temporary answer in a few words."""
    return answer.kind.value if isinstance(answer, Failure) else f"HTTP {answer.status}"


def refusal_detail(response: Response) -> str:
    """The endpoint's own words for a refusal: `message` of a JSON body, at most 300 characters."""
    try:
        document = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        document = None
    message = document.get("message") if isinstance(document, dict) else None
    text = " ".join(message.split()) if isinstance(message, str) else ""
    return f"HTTP {response.status}" + (f": {text[:_LONGEST_DETAIL]}" if text else "")


def retry_after(answer: Answer, now: datetime) -> float:
    """Seconds the server asks to wait, at most 300; 0 when it asks for none or unreadably."""
    given = answer.headers.get("retry-after", "") if isinstance(answer, Response) else ""
    text = given.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _RETRY_AFTER_CAP_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _RETRY_AFTER_CAP_SECONDS)


def _new_place(response: Response, origin: str) -> str:
    place = urlsplit(response.headers.get("location", ""))
    if not place.netloc or f"{place.scheme}://{place.netloc}" == origin:
        return "to another path of the same host"
    return f"to {place.scheme}://{place.hostname}"
