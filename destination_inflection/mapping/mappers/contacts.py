"""Contacts: rows as the Developer API wants them, an email and flat properties.

A contact is known by its email. Ids are not sent (the API has no place for a user's). Whether a
property may hold an object is not documented, so objects and arrays go out as JSON text, unless a
field of the rule converts with `json`. Inflection's own properties are text, so they always go out
as text; the name in an object `company` is sent as `company_name` too where nothing else is. How
properties are named is in `compiling/contact_names`.

A deleted row of an audience says that a person has left: it changes a contact, and creates none.
"""

from collections.abc import Callable, Collection
from types import MappingProxyType
from typing import Final

from destination_inflection.emails import email_key
from destination_inflection.json_types import Json, JsonObject, Row
from destination_inflection.mapping.calls import (
    LARGEST_CONTACT_BYTES,
    Call,
    Mapped,
    Reject,
    Skip,
    encode,
)
from destination_inflection.mapping.kinds import CallKind
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan, Mapper, first_email
from destination_inflection.mapping.mappers.sealing import look_into
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.values.cursors import to_cursor
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.ids import is_blank
from destination_inflection.mapping.values.json_text import json_inside
from destination_inflection.mapping.values.names import snake_case
from destination_inflection.mapping.values.transforms import to_text

EMAIL: Final = "email"
COMPANY: Final = "company"
COMPANY_NAME: Final = "company_name"
TEXTS: Final = ("first_name", "last_name", COMPANY_NAME, "title")
"""Inflection's standard properties of a contact, except the email. Its published description has
the first three as text; `title` is only in its list of standard ones, and a title is text."""
_OPENINGS: Final = ("{", "[")  # of text that may hold JSON
_NESTED: Final = frozenset((dict, list))
MEMBER: Final = "member"
"""The one trait of a list's membership."""
_IF_DELETED: Final = MappingProxyType({CallKind.CONTACT: CallKind.CONTACT_IF_KNOWN})
"""What is sent for a deleted row, where that is something else. Who is unknown is on no list."""


def flattened(
    arrange: Arrange, as_json: Collection[str], left_out: Collection[str] = ()
) -> Arrange:
    """The same arrangement, flat: `TEXTS` are text, and so are objects and arrays.

    Those of the latter that are in `as_json` stay as they are; `left_out` are properties that a
    rule's fields leave out.
    """
    names_company = COMPANY_NAME not in left_out

    def arrange_flat(row: Row) -> Arranged | Reject | Skip:
        arranged = arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        body = arranged.body
        if names_company and COMPANY in body and body.get(COMPANY_NAME) is None:
            _name_company(body, body[COMPANY])
        for name in TEXTS:
            if (value := body.get(name)) is not None and type(value) is not str:
                body[name] = to_text(value)
        found = _flatten(body, as_json)
        if not found:
            return arranged
        return arranged._replace(withheld=(*arranged.withheld, *found))

    return arrange_flat


def _flatten(body: JsonObject, as_json: Collection[str]) -> list[str]:
    """Makes text of objects and arrays; returns the properties in whose text credentials were."""
    found: list[str] = []
    for name, value in body.items():
        if isinstance(value, str):
            if value[:1] in _OPENINGS:
                body[name] = look_into(name, value, found)
        elif type(value) in _NESTED and name not in as_json:
            body[name] = to_json(value).decode()
    return found


def _name_company(body: JsonObject, company: Json) -> None:
    """Adds the name in a company, which is an object or the text of one."""
    if isinstance(company, str) and company.lstrip()[:1] == "{":
        company = json_inside(company)
    if not isinstance(company, dict):
        return
    for key, value in company.items():
        if snake_case(key) == "name" and not isinstance(value, dict | list) and not is_blank(value):
            body[COMPANY_NAME] = value
            return


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
    is_deleted, kind, read_time = plan.is_deleted, plan.kind, plan.read_time
    kind_if_deleted = _IF_DELETED.get(kind, kind)
    read_cursor = None if plan.cursor is None else plan.cursor.read

    def map_row(row: Row, _read_at: int | None) -> Mapped:
        deleted = is_deleted(row)
        if deleted and not is_audience:
            return Skip(SkipReason.DELETED)
        email = first_email(emails, row)
        if isinstance(email, Reject):
            return email
        arranged = arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        encoded = encode(write(email, arranged.body), LARGEST_CONTACT_BYTES)
        if isinstance(encoded, Reject):
            return encoded
        cursor = None if read_cursor is None else to_cursor(read_cursor(row), read_time)
        return Call(
            kind_if_deleted if deleted else kind,
            email_key(email),
            "",
            encoded,
            arranged.unreadable,
            arranged.withheld,
            cursor,
        )

    return map_row
