"""A message's `integrations`: whether its sender lets Inflection have it.

Source: Segment's spec (common fields). An entry for Inflection counts before the one for `All`;
with neither, every destination gets the message. The names are case-sensitive, so `inflection` is
another destination. An entry may hold settings instead of true, which lets the message through.
"""

from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.ids import is_blank
from destination_inflection.mapping.values.transforms import to_boolean

_OURS: Final = "Inflection"
"""Segment's name for Inflection among its destinations."""
_ALL: Final = "All"


def excludes(integrations: JsonObject) -> bool:
    """Whether a message with these `integrations` is not for Inflection."""
    ours = _allows(integrations.get(_OURS))
    return _allows(integrations.get(_ALL)) is False if ours is None else not ours


def _allows(entry: Json) -> bool | None:
    """What an entry says; None where there is none. False may be text, as warehouses keep it."""
    return None if is_blank(entry) else to_boolean(entry) is not False
