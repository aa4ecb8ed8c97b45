"""Emails as keys: which spellings are one address.

Mapping orders a person's calls by this, delivery finds the answer to a contact by it: neither
knows the other, so both ask here.
"""

from typing import Final
from unicodedata import normalize

_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"


def email_key(email: str) -> str:
    """The address without regard to case, Unicode normal form and surrounding spaces.

    `lower` writes a Greek sigma differently at the end of a word: both forms are one letter.
    """
    key = email.strip().lower()
    if key.isascii():
        return key
    return normalize("NFC", key).replace("\N{GREEK SMALL LETTER FINAL SIGMA}", _SIGMA)
