"""What is asked of the contacts part of Inflection's Developer API: one value for each request.

Source: Inflection's published description (https://docs.inflection.io/api-reference).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias
from urllib.parse import quote

from destination_inflection.delivery.lanes.endpoint import UNTIL_THE_DEADLINE, Effort
from destination_inflection.delivery.outcomes import Outcome
from destination_inflection.delivery.transport.seam import Method


class Operation(Enum):
    """What is asked of the API."""

    UPSERT = "upsert contacts"
    POLL = "poll a transaction"
    LOOK_UP = "look a contact up"
    ADD_MEMBERS = "add members to a list"
    REMOVE_MEMBER = "remove a member from a list"
    SHOW_LIST = "show a list"


METHODS: Final[Mapping[Operation, Method]] = MappingProxyType(
    {
        Operation.UPSERT: "POST",
        Operation.POLL: "GET",
        Operation.LOOK_UP: "GET",
        Operation.ADD_MEMBERS: "POST",
        Operation.REMOVE_MEMBER: "DELETE",
        Operation.SHOW_LIST: "GET",
    }
)


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request; `identity` is whatever must not be asked twice at a time."""

    operation: Operation
    identity: str
    path: str
    body: bytes = b""
    effort: Effort = UNTIL_THE_DEADLINE
    list_id: str = ""
    """The list that it is about, if it is about one."""
    org: ClassVar[None] = None
    """The Developer API has no orgs."""


Ask: TypeAlias = Callable[[ApiCall, Callable[[Outcome], None]], None]
"""Sends a request, and calls back once with what became of it."""


def upsert(number: int, body: bytes, effort: Effort = UNTIL_THE_DEADLINE) -> ApiCall:
    """Creates or updates up to 1,000 contacts; answered with a transaction."""
    return ApiCall(Operation.UPSERT, f"batch {number}", "/v1/contacts/batch", body, effort)


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
    return ApiCall(Operation.ADD_MEMBERS, f"members {number}", path, body, list_id=list_id)


def remove_member(list_id: str, contact_id: str) -> ApiCall:
    """Takes one contact off a static list; 404 when it is not on it."""
    path = f"/v1/lists/{quote(list_id, safe='')}/members/{quote(contact_id, safe='')}"
    identity = f"member {list_id} {contact_id}"
    return ApiCall(Operation.REMOVE_MEMBER, identity, path, list_id=list_id)


def show_list(list_id: str) -> ApiCall:
    """Asks for a static list; 404 when there is none with this id."""
    path = f"/v1/lists/{quote(list_id, safe='')}"
    return ApiCall(Operation.SHOW_LIST, f"list {list_id}", path, list_id=list_id)
