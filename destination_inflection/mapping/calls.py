"""Calls: one message of Segment's partner contract each, as the bytes that are sent.

The messages' field names and the limit of 100 characters on `messageId` are Segment's spec; the
limit of 32 KiB a message is the one Segment's own intake keeps, so an endpoint behind Segment has
never had to take more.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.values.cursors import Cursor
from destination_inflection.mapping.values.encoding import to_lasting_json
from destination_inflection.version import VERSION

LARGEST_MESSAGE_BYTES: Final = 32 * 1024
LARGEST_CONTACT_BYTES: Final = 4 * 1024 * 1024
"""How much the Developer API takes is not documented: it is our own cap, as for a whole batch."""
LIBRARY: Final[JsonObject] = {"name": "destination-inflection", "version": VERSION}


class Call(NamedTuple):
    """A call ready to be sent. Calls of one `identity` must arrive in the order they were made.

    So must those of one `org`: a group call has one if it says something of the org.

    `cursor` says which of two rows of one contact is the newer one, where the source knows.
    `unreadable` names the columns whose values could not be read as a time or by a transform,
    `withheld` those that hold something that looks like a credential; the call goes out without
    them. (A tuple, because one is made for each row.)
    """

    kind: CallKind
    identity: str
    message_id: str
    body: bytes
    unreadable: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    cursor: Cursor | None = None
    org: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """The row can't be delivered; `column` names where the fault is, when one column is."""

    reason: Reason
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """The row is left out on purpose."""

    reason: SkipReason


Mapped: TypeAlias = Call | Reject | Skip


def encode(message: JsonObject, most_bytes: int = LARGEST_MESSAGE_BYTES) -> bytes | Reject:
    """Writes a message as JSON; one that is too large is a reject."""
    written = to_lasting_json(message)
    return Reject(Reason.TOO_LARGE) if len(written) > most_bytes else written
