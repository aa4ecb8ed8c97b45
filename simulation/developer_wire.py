"""The Developer API's wire: reading what was sent, and the envelope of every answer. Pure."""

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Final

import orjson

from destination_inflection.delivery.transport.seam import Response
from destination_inflection.json_types import Json, JsonObject
from simulation.contacts_world import Write, email_of
from simulation.developer_habits import MARK

_MOST_CONTACTS: Final = 1_000
_TIMESTAMP: Final = "2026-01-01T00:00:00.000Z"
_JSON: Final[Mapping[str, str]] = MappingProxyType({"content-type": "application/json"})
NOTHING: Final = Response(200, _JSON)
"""A success that says nothing at all."""


def writes_in(body: bytes) -> Sequence[Write]:
    """The contacts of a batch.

    Raises:
        ValueError: it is not a batch, or not one that may be sent.
    """
    sent = _object_in(body)
    contacts = sent.get("contacts")
    if not isinstance(contacts, list) or len(contacts) > _MOST_CONTACTS:
        raise ValueError("a batch is not a list of at most 1,000 contacts")
    writes = [_write_in(contact) for contact in contacts]
    if len({write.email for write in writes}) < len(writes):
        raise ValueError("an email comes twice in one batch")
    return writes


def _write_in(contact: Json) -> Write:
    if isinstance(contact, dict):
        email, properties = contact.get("email"), contact.get("properties")
        if isinstance(email, str) and isinstance(properties, dict):
            # The mark of an audience's row is the property's name.
            texts = chain(properties, properties.values())
            marks = [each for each in texts if isinstance(each, str) and each.startswith(MARK)]
            return Write(email_of(email), email, properties, marks)
    raise ValueError("a contact lacks its email or its properties")


def identities_in(body: bytes) -> Sequence[str]:
    """The ids of members to be added; raises `ValueError` where there are none."""
    listed = _object_in(body).get("contactIds")
    identities = listed if isinstance(listed, list) else []
    known = [each for each in identities if isinstance(each, str)]
    if not known or len(known) < len(identities):
        raise ValueError("contactIds is not a list of ids")
    return known


def _object_in(body: bytes) -> JsonObject:
    sent: Json = orjson.loads(body)
    if not isinstance(sent, dict):
        raise ValueError("the body is not an object")  # noqa: TRY004 - as for all that is sent
    return sent


def success(data: JsonObject, errors: Sequence[Json] = (), status: str = "SUCCESS") -> Response:
    """A 200, with the errors that did not keep it from being one."""
    return _envelope(200, {"data": data}, errors, status)


def failure(status: int, code: str, message: str) -> Response:
    """Any other status, with its one error."""
    return _envelope(status, {"data": None}, [error(code, message)], "FAILURE")


def error(code: str, message: str, detail: str = "") -> JsonObject:
    """One of the envelope's errors."""
    return {"errorCode": code, "message": message, "detail": detail}


def _envelope(status: int, content: JsonObject, errors: Sequence[Json], outcome: str) -> Response:
    meta: JsonObject = {"status": outcome, "timestamp": _TIMESTAMP}
    return Response(status, _JSON, orjson.dumps({**content, "errors": [*errors], "meta": meta}))
