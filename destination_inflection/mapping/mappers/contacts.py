"""Contacts: rows as the Developer API wants them, an email and flat properties in snake_case.

A contact is known by its email. Ids are not sent (the API has no place for a user's), nor is
`_source`, which Inflection sets itself. Names must be snake_case: others are stored as null without
a word (source: Inflection's published description). Whether a property may hold an object is not
documented, so objects and arrays go out as JSON text, unless a field of the rule converts with
`json`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from destination_inflection.emails import email_key
from destination_inflection.errors import ConfigError
from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.calls import Call, Mapped, Reject, Skip, encode
from destination_inflection.mapping.mappers.arrangement import Arranged, Place
from destination_inflection.mapping.mappers.messages import Arrange, CallPlan, Mapper, first_email
from destination_inflection.mapping.reasons import SkipReason
from destination_inflection.mapping.rules import CallKind, FieldRule
from destination_inflection.mapping.tables.table import Table
from destination_inflection.mapping.values.encoding import to_json
from destination_inflection.mapping.values.names import snake_case

SOURCE: Final = "_source"
EMAIL: Final = "email"
MEMBER: Final = "member"
"""The one trait of a list's membership."""

Placing = Callable[[str], Place | None]


def flat_name(parts: Iterable[str]) -> tuple[str, ...]:
    """The property that a path becomes: one name, as there is no nesting here."""
    return (snake_case("_".join(parts)),)


def contact_placing(place: Placing) -> Placing:
    """The same columns as properties; the context has no place in a contact."""

    def placing(name: str) -> Place | None:
        found = place(name)
        if found is None or found.in_context or name == SOURCE:
            return None
        path = flat_name(found.path)
        if path[0] in ("", EMAIL):
            return None
        return Place(path, weak=found.weak, without=found.without)

    return placing


def check_names(table: Table, place: Placing, fields: Sequence[FieldRule]) -> None:
    """Makes sure that no two columns become one property, as one of them would be lost.

    A name among `fields` is settled by the rule; several of one name are tried in order.

    Raises:
        ConfigError: two do, the first such pair is named; or a field's name is none.
    """
    named: dict[str, str] = {}
    for entry in fields:
        if entry.transform == "omit":
            continue
        given = entry.name or str(entry.column).rpartition(".")[2]
        (name,) = flat_name(given.split("."))
        if not name or named.setdefault(name, given) != given:
            raise ConfigError(
                f'Stream "{table.name}": the field "{given}" becomes the property "{name}", which '
                "is empty or taken by another field: give it another name."
            )
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for name in table.columns:
        target = place(name)
        sent = target is not None and not target.weak and not target.only_boolean
        if target is not None and sent and target.path[0] not in named:
            sources[target.path[0]].append(name)
    for target_name, columns in sources.items():
        if len(columns) > 1:
            listed = " and ".join(f'"{column}"' for column in columns[:2])
            raise ConfigError(
                f'Stream "{table.name}": the columns {listed} both become the property '
                f'"{target_name}", as Inflection wants snake_case: give one of them another name, '
                "or the transform omit, in the fields of a rule for this stream."
            )


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
    """The function that maps one row to a contact, or to a change of a static list."""
    emails, arrange, is_audience = plan.email, plan.arrange, plan.is_audience
    deleted_at, kind, list_id = plan.deleted_at, plan.kind, plan.list_id

    def map_row(row: Row, _emitted_at: int | None) -> Mapped:
        if not is_audience and row.get(deleted_at) is not None:
            return Skip(SkipReason.DELETED)
        email = first_email(emails, row)
        if isinstance(email, Reject):
            return email
        arranged = arrange(row)
        if not isinstance(arranged, Arranged):
            return arranged
        contact: JsonObject = {"email": email}
        if kind is CallKind.MEMBER:
            contact["list_id"] = list_id
            contact[MEMBER] = arranged.body[MEMBER]
        else:
            # An audience or a column that nobody declared may be called so: there is one email.
            arranged.body.pop(EMAIL, None)
            contact["properties"] = arranged.body
        encoded = encode(contact)
        if isinstance(encoded, Reject):
            return encoded
        left_out = (arranged.unreadable, arranged.withheld)
        return Call(kind, email_key(email), "", encoded, *left_out)

    return map_row
