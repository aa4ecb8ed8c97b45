"""Emails: what counts as one, and in which form it is sent. Which are equal is said in `emails`."""

import re
from typing import Final

from destination_inflection.json_types import Json

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
_EMAIL_LENGTH: Final = 254  # RFC 5321, 4.5.3.1.3: a path of 256 less its angle brackets


def clean_email(value: Json) -> str | None:
    """The trimmed email; None when the value is not an email. Its case is kept."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if len(text) <= _EMAIL_LENGTH and _EMAIL.fullmatch(text) else None
