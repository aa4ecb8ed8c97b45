"""Emails as keys: two spellings of one address are one key."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.emails import email_alias, email_key


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a@b\u00fccher.example", "A@XN--BCHER-KVA.example"),
        ("a@xn--bcher-kva.xn--p1ai", "a@b\u00fccher.\u0440\u0444"),
        ("\ufb01@x.example", "fi@x.example"),
        ("a@x\uff0eexample", "a@x.example"),
    ],
)
def test_aliases_of_one_address(one: str, other: str) -> None:
    assert email_alias(one) == email_alias(other)


@pytest.mark.parametrize("label", ["xn--", "xn--\u00fc", "xn--a-\u20ac", "xn--99999999", "xn---"])
def test_punycode_that_is_none_stays_as_it_is(label: str) -> None:
    assert email_alias(f"a@{label}.example").startswith("a@")


@given(st.text() | st.text("xn-a.@0z", max_size=30).map("a@xn--".__add__))
def test_any_text_has_an_alias_and_its_spellings_share_it(text: str) -> None:
    alias = email_alias(text)
    assert alias == email_alias(normalize("NFD", text)) == email_alias(f" {text} ")
    assert email_alias("a@xn--" + "z" * 100_000) == "a@xn--" + "z" * 100_000
