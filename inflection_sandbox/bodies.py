"""The bodies that both faces read: JSON that is said to be JSON. Pure.

Both rules are the sandbox's own choice: what Inflection does with other types, and with JSON that
is nested without end, is not documented.
"""

from typing import Final

import orjson

_WITH_A_BODY: Final = ("POST", "PATCH")
_JSON: Final = "application/json"
_HEADROOM: Final = 16
"""How many levels an answer may put around what was sent: orjson writes 254, and reads 1,024."""
_SURELY_FLAT: Final = 200
"""So few objects and arrays can always be written, whatever is in what."""


def has_wrong_type(method: str, content_type: str | None, body: bytes) -> bool:
    """Whether a request has a body to read that is not said to be JSON.

    `content_type` is the header: its parameters and its case don't matter, None is no JSON.
    """
    if not body or method not in _WITH_A_BODY:
        return False
    return (content_type or "").partition(";")[0].strip().lower() != _JSON


def read_json(body: bytes) -> object:
    """The value that was sent.

    Raises:
        ValueError: in a few words: it is not JSON, or nested too deeply to be shown again.
    """
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ValueError("Invalid JSON") from None
    if body.count(b"{") + body.count(b"[") > _SURELY_FLAT:
        wrapped = value
        for _ in range(_HEADROOM):
            wrapped = [wrapped]
        try:
            orjson.dumps(wrapped)
        except orjson.JSONEncodeError:
            raise ValueError("Nested too deeply") from None
    return value
