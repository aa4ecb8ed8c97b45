"""Emails as keys: which spellings are one address.

Mapping orders a person's calls by this, delivery finds the answer to a contact by it: neither
knows the other, so both ask here.
"""

from typing import Final
from unicodedata import normalize

_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"
_PUNYCODE: Final = "xn--"
_LONGEST_ALIAS: Final = 1_000
"""Characters: an email has 254 at most, and undoing punycode takes long for what is much longer."""


def email_key(email: str) -> str:
    """The address without regard to case, Unicode normal form and surrounding spaces.

    `lower` writes a Greek sigma differently at the end of a word: both forms are one letter.
    """
    key = email.strip().lower()
    if key.isascii():
        return key
    return normalize("NFC", key).replace("\N{GREEK SMALL LETTER FINAL SIGMA}", _SIGMA)


def email_alias(email: str) -> str:
    """The loosest form of the address, for answers that spell it in another way.

    Without regard to Unicode's compatibility forms, and the domain in letters where it came in
    punycode (RFC 3492). Two addresses may have one alias, so it finds an address among a few known
    ones, and is not a key.
    """
    key = email_key(email)
    if len(key) > _LONGEST_ALIAS:
        return key
    local, at, domain = key.rpartition("@")
    labels = [_in_letters(label) for label in normalize("NFKC", domain).split(".")]
    return normalize("NFKC", normalize("NFKC", local + at + ".".join(labels)).casefold())


def _in_letters(label: str) -> str:
    """A label of a domain, out of punycode where it is in it."""
    if not label.startswith(_PUNYCODE):
        return label
    try:
        return label.removeprefix(_PUNYCODE).encode("ascii").decode("punycode")
    except UnicodeError:
        return label
