"""Engage's table of computed traits: each row names a trait, whose column holds its value."""

from collections.abc import Callable, Collection

from destination_inflection.json_types import JsonObject, Row
from destination_inflection.mapping.calls import Reject, Skip
from destination_inflection.mapping.mappers.arrangement import Arranged
from destination_inflection.mapping.mappers.messages import Arrange
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.mapping.tables.columns import Column
from destination_inflection.mapping.tables.keyed_columns import KeyedColumn
from destination_inflection.mapping.values.credentials import is_credential, without_credentials
from destination_inflection.mapping.values.ids import clean_event
from destination_inflection.mapping.values.nulls import without_nulls


def computed_trait(
    key: Column, column_for: KeyedColumn, named: Callable[[str], str], not_text: Collection[str]
) -> Arrange:
    """Arranges the one trait that `key` names; `named` makes the name it is sent under.

    A key that no column holds is a reject. A column that is there and null says nothing: it is a
    skip. So is one with an empty text among the columns `not_text`.
    """

    def arrange(row: Row) -> Arranged | Reject | Skip:
        trait = clean_event(key.read(row))
        column = column_for(trait, row) if trait is not None else None
        if trait is None or column is None or not (name := named(trait)):
            return Reject(Reason.MISSING_TRAIT, key.name)
        value = without_nulls(row.get(column))
        if value is None or (value == "" and column in not_text):
            return Skip(SkipReason.NO_MEMBERSHIP)
        if is_credential(trait) and not isinstance(value, bool):
            return Arranged({}, {}, withheld=(key.name,))
        left = without_credentials(value)
        withheld = () if left is value else (key.name,)
        personas: JsonObject = {"computation_class": "trait", "computation_key": name}
        return Arranged({name: left}, {"personas": personas}, withheld=withheld)

    return arrange
