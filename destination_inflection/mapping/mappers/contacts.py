"""Contacts: rows as the Developer API wants them, an email and flat properties.

A contact is known by its email. Ids are not sent (the API has no place for a user's). Whether a
property may hold an object is not documented, so objects and arrays go out as JSON text, unless a
field of the rule converts with `json`. How properties are named is in `compiling/contact_names`.
"""

from collections.abc import Callable, Collection
from typing import Final

from destination_inflection.emails import email_key
from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip, encode
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan, Mapper, first_email
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.values.encoding import to_json

EMAIL: Final = "email"
MEMBER: Final = "member"
"""The one trait of a list's membership."""


def flattened(arrange: Arrange, as_json: Collection[str]) -> Arrange:
    """The same arrangement with objects and arrays as JSON text, but for those `as_json`."""

    def arrange_flat(row: Row) -> Arranged | Reject | Skip:
        arranged = arrange(row)
        if isinstance(arranged, Arranged):
            body = arranged.body
            nested = [n for n, v in body.items() if type(v) is dict or type(v) is list]
            for name in nested:
                if name not in as_json:
                    body[name] = to_json(body[name]).decode()
        return arranged

    return arrange_flat


def contact_mapper(plan: CallPlan) -> Mapper:
    """The function that maps one row to a contact with its properties."""

    def contact_of(email: str, body: JsonObject) -> JsonObject:
        # An audience or a column that nobody declared may be called so: there is one email.
        body.pop(EMAIL, None)
        return {"email": email, "properties": body}

    return _mapper(plan, contact_of)


def member_mapper(plan: CallPlan) -> Mapper:
    """The function that maps one row to a change of a static list."""
    list_id = plan.list_id

    def member_of(email: str, body: JsonObject) -> JsonObject:
        return {"email": email, "list_id": list_id, MEMBER: body[MEMBER]}

    return _mapper(plan, member_of)


def _mapper(plan: CallPlan, write: Callable[[str, JsonObject], JsonObject]) -> Mapper:
    """Maps one row to the email and what `write` makes of its body."""
    emails, arrange, is_audience = plan.email, plan.arrange, plan.is_audience
    is_deleted, kind = plan.is_deleted, plan.kind

    def map_row(row: Row, _read_at: int | None) -> Mapped:
        if not is_audience and is_deleted(row):
            return Skip(SkipReason.DELETED)
        email = first_email(emails, row)
        if isinstance(email, Reject):
            return email
        arranged = arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        encoded = encode(write(email, arranged.body))
        if isinstance(encoded, Reject):
            return encoded
        left_out = (arranged.unreadable, arranged.withheld)
        return Call(kind, email_key(email), "", encoded, *left_out)

    return map_row
