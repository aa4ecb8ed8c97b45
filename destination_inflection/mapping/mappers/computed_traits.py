"""Engage's table of computed traits: each row names a trait, whose column holds its value."""

from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.calls import Reject, Skip
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.values.credentials import is_credential, without_credentials
from destination_inflection.mapping.values.ids import clean_event
from destination_inflection.mapping.values.names import snake_case


def computed_trait(key: Column) -> Arrange:
    """Arranges the one trait that `key` names."""

    def arrange(row: Row) -> Arranged | Reject | Skip:
        name = clean_event(key.read(row))
        if name is None:
            return Reject(Reason.MISSING_AUDIENCE, key.name)
        # Snowflake's columns are in capitals, the key that names one is not.
        value = row.get(name, row.get(name.upper()))
        if value is None:
            return Skip(SkipReason.NO_MEMBERSHIP)
        if is_credential(name) and not isinstance(value, bool):
            return Arranged({}, {}, withheld=(key.name,))
        left = without_credentials(value)
        personas: JsonObject = {"computation_class": "trait", "computation_key": name}
        withheld = () if left is value else (key.name,)
        return Arranged({name: left}, {"personas": personas}, withheld=withheld)

    return arrange


def in_snake_case(arrange: Arrange) -> Arrange:
    """The same traits under names in snake_case, without a context: as a contact's properties."""

    def arrange_named(row: Row) -> Arranged | Reject | Skip:
        found = arrange(row)
        if not isinstance(found, Arranged):
            return found
        body = {snake_case(name): value for name, value in found.body.items()}
        return Arranged(body, {}, withheld=found.withheld)

    return arrange_named
