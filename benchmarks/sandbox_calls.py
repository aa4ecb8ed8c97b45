"""What is sent to the sandbox: made-up calls to both faces, and those that fill a database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any, Final

import orjson

from benchmarks.bare_client import Connection, request, send_all
from benchmarks.commands import KEY

PEOPLE: Final = 10_000
ACTIVITIES: Final = 100_000
ORGS: Final = 1_000
CONTACTS: Final = 1_000
LARGE_ORG: Final = "org-0000"
"""Everyone is a member."""
BUSY: Final = "person00001@mail.example"
"""Has a tenth of the activities, under one user id."""
MANY: Final = "person00002@mail.example"
"""Has 1,000 user ids, and a tenth of the activities with them."""
USUAL: Final = "person07919@mail.example"
EVENTS: Final = ("Report Shared", "Opened", "Seat Added", "Plan Changed", "Export Failed")
RARE_EVENT: Final = "Cancelled"
"""One activity in a thousand, of `BUSY` each time."""

_USERS: Final = PEOPLE + 1_000
_LISTS: Final = 5
_BEARER: Final = f"Bearer {KEY}"
_FIRST: Final = 1_767_225_600
_CONNECTIONS: Final = 8
_EMAILS: Final = 20_000


def fill(url: str) -> None:
    """Sends a sandbox what its pages are measured with."""
    for messages in (
        map(_identify, range(_USERS)),
        (_group(number, number % ORGS) for number in range(PEOPLE)),
        (_group(number, 0) for number in range(PEOPLE)),
        map(_track, range(ACTIVITIES)),
    ):
        send_all(url, map(_message_call, messages), _CONNECTIONS)
    with Connection(url) as connection:
        connection.ask(_batch(0, CONTACTS))
        for number in range(_LISTS):
            made = orjson.loads(connection.ask(_post("/v1/lists", {"name": f"List {number}"})))
            members = [_contact_id(connection, number * 100 + each) for each in range(100)]
            path = f"/v1/lists/{made['data']['id']}/members"
            connection.ask(_post(path, {"contactIds": members}))


def events() -> Iterator[bytes]:
    """Calls to the event endpoint without end: of ten, eight tracks, an identify and a group."""
    messages = (
        (_identify(number), _group(number, number % ORGS), *map(_track, range(first, first + 8)))
        for number, first in enumerate(count(0, 8))
    )
    return map(_message_call, chain.from_iterable(messages))


def batches(size: int) -> Iterator[bytes]:
    """Batches of so many contacts without end. Sooner or later they change known ones."""
    return (_batch(first, size) for first in count(0, size))


def _message_call(message: dict[str, Any]) -> bytes:
    return _post(f"/v1/events/{message['type']}", message)


def _batch(first: int, size: int) -> bytes:
    contacts = [_contact(number) for number in range(first, first + size)]
    return _post("/v1/contacts/batch", {"contacts": contacts})


def _post(path: str, content: object) -> bytes:
    return request("POST", path, orjson.dumps(content), _BEARER)


def _contact_id(connection: Connection, number: int) -> str:
    path = f"/v1/contacts/by-email/{_email(number)}"
    found = orjson.loads(connection.ask(request("GET", path, authorization=_BEARER)))
    return str(found["data"]["id"])


def _email(number: int) -> str:
    return f"person{number:05}@mail.example"


def _identify(number: int) -> dict[str, Any]:
    traits = {
        "email": _email(number) if number < PEOPLE else MANY,
        "firstName": f"Robin {number}",
        "lastName": "Lund",
        "phone": "+47 55 00 00 00",
        "plan": "team",
        "seats": number % 50,
        "note": "Met at the fair in spring, wants a demo",
    }
    return _message("identify", number, number, traits=traits)


def _group(user: int, org: int) -> dict[str, Any]:
    traits = {"name": f"Lumen Instruments {org}", "plan": "team", "employees": 40 + org}
    return _message("group", user, user, groupId=f"org-{org:04}", traits=traits)


def _track(number: int) -> dict[str, Any]:
    user = number * 7919 % _USERS
    match number % 10:
        case 0:
            user = 1
        case 1:
            user = PEOPLE + number // 10 % (_USERS - PEOPLE)
    properties = {
        "plan": "team",
        "pages": number % 10,
        "amount": 49.5,
        "source": "web",
        "country": "NO",
        "referrer": "https://lumen.example/reports",
        "is_trial": False,
        "note": "Quarterly numbers for the board, second draft",
    }
    event = EVENTS[number % 7 % len(EVENTS)] if number % 1_000 else RARE_EVENT
    return _message("track", number, user, event=event, properties=properties)


def _message(kind: str, number: int, user: int, **said: object) -> dict[str, Any]:
    """Some messages share a timestamp."""
    at = datetime.fromtimestamp(_FIRST + number * 25 // 60 * 60, UTC)
    org = said.get("groupId", "")
    return {
        "type": kind,
        "messageId": f"{kind}-{number}-{org}",
        "userId": f"user-{user:05}",
        "timestamp": at.isoformat().replace("+00:00", "Z"),
        "context": {"library": {"name": "destination-inflection", "version": "0.1.0"}},
        **said,
    }


def _contact(number: int) -> dict[str, Any]:
    return {
        "email": _email(number % _EMAILS),
        "properties": {
            "first_name": "Robin",
            "last_name": "Lund",
            "company_name": "Lumen Instruments",
            "plan": "team",
            "seats": number,
            "country": "NO",
            "is_trial": False,
            "note": "Met at the fair in spring, wants a demo",
        },
        "source": "fair",
    }
