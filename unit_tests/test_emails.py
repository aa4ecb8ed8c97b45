"""Emails as keys: two spellings of one address are one key."""

import pytest

from destination_inflection.emails import email_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Lumen.example", " ada@lumen.EXAMPLE "),
        ("\u039f\u03a3@x.example", "\u03bf\u03c2@x.example"),  # a word's last sigma, big and small
        ("\u03bf\u03c3@x.example", "\u03bf\u03c2@x.example"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


def test_two_addresses_stay_two() -> None:
    assert email_key("ada@x.example") != email_key("ada+1@x.example")
