"""The last look at a call before it leaves: credentials in text that holds JSON.

Objects were cleaned as they were arranged. Text is looked into only if the written call has a quote
within a text, which few have: so it costs next to nothing.
"""

from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.credentials import without_credentials

QUOTE_IN_TEXT: Final = b'\\"'
"""What a written call holds if a text in it may hold JSON."""
_BODIES: Final = ("traits", "properties", "context")


def without_told_credentials(message: JsonObject) -> tuple[str, ...]:
    """Takes credentials out of the texts of a message; the names of what held any."""
    found: list[str] = []
    for name in _BODIES:
        body = message.get(name)
        if isinstance(body, dict):
            message[name] = {key: look_into(key, value, found) for key, value in body.items()}
    return tuple(found)


def look_into(name: str, value: Json, found: list[str]) -> Json:
    """The value without credentials in its texts; `found` is added to if there were any.

    Keys of objects stay: those that are left were named by the rule.
    """
    if isinstance(value, dict):
        return {key: look_into(name, inner, found) for key, inner in value.items()}
    if isinstance(value, list):
        return [look_into(name, inner, found) for inner in value]
    if not isinstance(value, str):
        return value
    clean = without_credentials(value)
    if clean is not value:
        found.append(name)
    return clean
