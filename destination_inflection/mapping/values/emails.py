"""Emails: what counts as one, and in which form it is sent. Which are equal is said in `emails`.

What people and mail programs put around an address is taken off: blanks and invisible characters,
angle brackets, quotes, `mailto:`, one comma or semicolon at the end. Its case is kept; it is sent
in Unicode's composed form (NFC). The part before the @ may be nearly anything that needs no quotes
(carriers in Japan have given out `ada..b.@`); the part after it is the name of a host, of one label
or more, or an IP address in square brackets.
"""

import re
from typing import Final
from unicodedata import normalize

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.visible import UNSEEN, has_invisible, trimmed

_QUOTES: Final = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a«»"
_AROUND_ASCII: Final = " <>\"'`"
_AROUND: Final = UNSEEN + _AROUND_ASCII + _QUOTES
_LOCAL: Final = rf"[^@\s\x00-\x1f\x7f()<>\[\],;:\"\\{_QUOTES}]+"
# Of ASCII a label has letters, digits, - and _, and a - not at its ends.
_LABEL: Final = rf"(?!-)[^\s\x00-,./:-@\[-^`{{-\x7f{_QUOTES}]+(?<!-)"
_EMAIL: Final = re.compile(
    rf"{_LOCAL}@(?:{_LABEL}(?:\.{_LABEL})*|\[(?:IPv6:)?[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+\])"
)
# One address of many people: a template that nobody filled in, or words for no value.
_NOBODY: Final = re.compile(
    r"\{\{|\$\{|\{[A-Za-z_.]*\}|^(?:null|undefined)@|@(?:null|undefined|none|nil|nan|unknown)$"
    r"|^(none|nil|nan|unknown)@\1\.",
    re.IGNORECASE,
)
_EMAIL_LENGTH: Final = 254  # RFC 5321, 4.5.3.1.3: a path of 256 less its angle brackets
_LONGEST_TEXT: Final = 4096  # with whatever is put around an address


def clean_email(value: Json) -> str | None:
    """The address as it is sent; empty where none was given, None where the value is not one."""
    if not isinstance(value, str):
        return "" if value is None else None
    if len(value) > _LONGEST_TEXT:
        return None if trimmed(value) else ""
    if value.isascii() and value.isprintable():
        address = _bare(value, _AROUND_ASCII)
    else:
        address = normalize("NFC", _bare(value, _AROUND))
        if has_invisible(address):
            return None
    if not address:
        return ""
    if len(address) > _EMAIL_LENGTH or _NOBODY.search(address):
        return None
    return address if _EMAIL.fullmatch(address) else None


def _bare(text: str, around: str) -> str:
    """The text without what people put around an address."""
    bare = text.strip(around)
    if bare[-1:] in {",", ";"}:
        bare = bare[:-1].strip(around)
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].strip(around)
    return bare
