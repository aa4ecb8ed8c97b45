"""The kinds of calls, what each is made of, and which of them a route takes.

A route takes messages (the event endpoint) or contacts (the Developer API). What a rule's call
becomes there is looked up once, as a `CallShape`; whatever depends on the kind of call when a table
is compiled is one of its attributes, so that nobody else has to ask which kind or route it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, Literal


class CallKind(StrEnum):
    """What Inflection takes: messages at the event endpoint, the others at the Developer API."""

    IDENTIFY = "identify"
    TRACK = "track"
    GROUP = "group"
    CONTACT = "contact"
    CONTACT_IF_KNOWN = "contact_if_known"
    """A deleted row of an audience, which must not create a contact."""
    MEMBER = "member"


MESSAGES: Final = (CallKind.IDENTIFY, CallKind.TRACK, CallKind.GROUP)


class Takes(Enum):
    """What the chosen route takes."""

    MESSAGES = "identify, track and group calls"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class CallShape:
    """What a kind of call is made of."""

    kind: CallKind
    body: Literal["traits", "properties"]
    """Where the columns go that fill no role."""
    who: tuple[str, ...]
    """The roles of which one has to say whom the call is about."""
    conventional: frozenset[str]
    """The roles that columns of a known name fill when the rule names none."""
    fields: Mapping[str, str]
    """What the options of a rule fill, as the plan shows it."""
    placeless: frozenset[str] = frozenset()
    """Roles that even a rule can't give: such a column is one like others."""
    sends_spares: bool = True
    """Whether columns tried in order for one role are sent too, as only one of them was used."""
    of_person: bool = False
    """Whether the body describes a person, whose email has a place of its own in it."""
    is_flat: bool = False
    """Whether the body holds no objects, and only names in snake_case."""
    needs_time: bool = False
    """Whether a row is rejected if its time column gives no time: when it was is what counts."""


_WHO: Final = ("user_id", "anonymous_id")
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user_id": "userId",
        "anonymous_id": "anonymousId",
        "group_id": "groupId",
        "email": "email",
        "event_column": "event",
        "timestamp": "timestamp",
        "message_id": "messageId",
        "audience_column": "audience",
        "member_column": "membership",
        "event": "event",
        "audience": "audience",
        "list_id": "list",
    }
)
"""The fields of a message, by the option of a rule that fills them."""
_OF_CONTACTS: Final = MappingProxyType(
    {name: FIELDS[name] for name in ("email", "audience_column", "member_column")}
)

IDENTIFY: Final = CallShape(
    CallKind.IDENTIFY,
    "traits",
    who=_WHO,
    conventional=frozenset({*_WHO, "email", "timestamp", "message_id"}),
    fields=FIELDS,
    of_person=True,
)
TRACK: Final = CallShape(
    CallKind.TRACK,
    "properties",
    who=_WHO,
    conventional=frozenset({*_WHO, "event_column", "timestamp", "message_id"}),
    fields=FIELDS,
    needs_time=True,
)
GROUP: Final = CallShape(
    CallKind.GROUP,
    "traits",
    who=("user_id",),
    conventional=frozenset({*_WHO, "group_id", "email", "timestamp", "message_id"}),
    fields=FIELDS,
)
# A contact is its one email: ids are known so as not to be sent, and it has neither a time nor an
# id of its own.
CONTACT: Final = CallShape(
    CallKind.CONTACT,
    "properties",
    who=("email",),
    conventional=frozenset({*_WHO, "email"}),
    fields=_OF_CONTACTS,
    placeless=frozenset({"timestamp", "message_id"}),
    sends_spares=False,
    of_person=True,
    is_flat=True,
)
MEMBER: Final = replace(
    CONTACT,
    kind=CallKind.MEMBER,
    fields=MappingProxyType({**_OF_CONTACTS, "list_id": FIELDS["list_id"]}),
)

_TAKEN: Final[Mapping[Takes, Mapping[str, CallShape]]] = MappingProxyType(
    {
        Takes.MESSAGES: {
            "identify": IDENTIFY,
            "track": TRACK,
            "group": GROUP,
            "audience": IDENTIFY,
        },
        Takes.CONTACTS: {"identify": CONTACT, "audience": CONTACT, "list": MEMBER},
    }
)


def shape_of(call: str, takes: Takes) -> CallShape | None:
    """What a rule's call becomes on a route (`list`: a static list); None: it does not take it."""
    return _TAKEN[takes].get(call)
