"""The last look at a call before it leaves: credentials in text that holds JSON.

Objects were cleaned as they were arranged. Text is looked into only if the written call has a quote
within a text, which few have: so it costs next to nothing.
"""

from typing import Final

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.calls import Reject, encode
from destination_inflection.mapping.values.credentials import without_credentials

_QUOTE_IN_TEXT: Final = b'\\"'
_BODIES: Final = ("traits", "properties", "context")


def sealed(
    message: JsonObject, withheld: tuple[str, ...]
) -> tuple[bytes, tuple[str, ...]] | Reject:
    """The call as it is sent, and the names of what was left out; `withheld` are earlier ones."""
    encoded = encode(message)
    if isinstance(encoded, Reject):
        return encoded
    found: list[str] = []
    if _QUOTE_IN_TEXT in encoded:
        for name in _BODIES:
            body = message.get(name)
            if isinstance(body, dict):
                message[name] = {
                    key: _looked_into(key, value, found) for key, value in body.items()
                }
    if not found:
        return encoded, withheld
    encoded = encode(message)
    return encoded if isinstance(encoded, Reject) else (encoded, (*withheld, *found))


def _looked_into(name: str, value: Json, found: list[str]) -> Json:
    """The value without credentials in its texts; `found` is added to if there were any.

    Keys of objects stay: those that are left were named by the rule.
    """
    if isinstance(value, dict):
        return {key: _looked_into(name, inner, found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_looked_into(name, inner, found) for inner in value]
    if not isinstance(value, str):
        return value
    clean = without_credentials(value)
    if clean is not value:
        found.append(name)
    return clean
