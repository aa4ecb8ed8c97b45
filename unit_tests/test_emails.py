"""Emails as keys: two spellings of one address are one key."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.emails import email_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Lumen.example", " ada@lumen.EXAMPLE "),
        ("\u039f\u03a3@x.example", "\u03bf\u03c2@x.example"),  # a word's last sigma, big and small
        ("\u03bf\u03c3@x.example", "\u03bf\u03c2@x.example"),
        ("zo\u00eb@x.example", "zoe\u0308@X.example"),  # one character, or a letter and its dots
        ("\u00c5SA@x.example", "a\u030asa@x.example"),
        ("\u1ea0\u0302@x.example", "\u1ead@x.example"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


def test_two_addresses_stay_two() -> None:
    assert email_key("ada@x.example") != email_key("ada+1@x.example")


@given(st.text())
def test_normal_forms_and_case_of_one_text_are_one_key(text: str) -> None:
    key = email_key(text)
    assert key == email_key(normalize("NFC", text)) == email_key(normalize("NFD", text))
    assert email_key(key) == key
