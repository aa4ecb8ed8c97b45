"""Emails as keys: which spellings are one address. Both sides of the connector compare by this."""

from typing import Final

_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"


def email_key(email: str) -> str:
    """The address without regard to case and surrounding spaces.

    `lower` writes a Greek sigma differently at the end of a word: both forms are one letter.
    """
    return email.strip().lower().replace("\N{GREEK SMALL LETTER FINAL SIGMA}", _SIGMA)
