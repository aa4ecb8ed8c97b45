"""Emails: what is one, and how it is sent."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.emails import email_key
from destination_inflection.json_types import Json
from destination_inflection.mapping.values.emails import clean_email


@pytest.mark.parametrize(
    "value",
    [
        *("a@b.example", "A@B.Example", "a@b", "root@localhost", "jörg@müller.example"),
        *("ada+news@b.example", "o'brien@b.example", "a_b-c@b-c.example", "a=b/c!#$%&*?^`{|}~@b.c"),
        *("ada..b@docomo.example", "ada.@docomo.example", ".ada@b.example", "a@b_c.example"),
        *("李雷@例え.example", "用户@例え。example", "a@xn--mller-kva.example", "a@192.0.2.1"),
        *("a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "1@2.example", "a@b.co.uk", "हिन्दी@डेटामेल.भारत"),
        "a" * 250 + "@b.c",
    ],
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        *(("", ""), (" ", "\t"), ("\ufeff", "\u200b"), ("<", ">"), ('"', '"'), ("'", "'")),
        *(
            ("\u201c", "\u201d"),
            ("\u00ab\u00a0", "\u00a0\u00bb"),
            ("mailto:", ""),
            ("MAILTO: ", ""),
        ),
        *(("", ","), ("", ";"), ("", " ; "), ("<mailto:", ">;"), ("'<", ">',"), ('"', ',"')),
        *(("\u00ad", "\x00"), ("`", "`")),
    ],
)
def test_what_stands_around_an_address_is_taken_off(value: str, before: str, after: str) -> None:
    assert clean_email(before + value + after) == value


@pytest.mark.parametrize(
    "value",
    [
        *("a@@b", "a@b@c", "@b", "a@", "@", "a", "a" * 251 + "@b.c"),
        *("a@b.c, d@e.f", "a@b.c;d@e.f", "a@b.c d@e.f", "a@b.c,,", "a@b.c/d@e.f", "a@b.c\nd@e.f"),
        *("Ada <a@b.c>", '"Ada" <a@b.c>', "a@b.c (Ada)", "<a@b.c> Ada", "[a@b.c](mailto:a@b.c)"),
        *(
            "a b@c.d",
            "a@b c",
            "a\u00a0b@c.d",
            "a@b\u3000c",
            "a\x00@b.c",
            "a@b\u200b.c",
            "a\u00ad@b.c",
        ),
        *("a\u202eb@c.d", "a\u3164@b.c", "a\u2800b@c.d", "a\x7fb@c.d", "a\u2028@b.c"),
        *("a@b..c", "a@.b", "a@b.", "a@b.c.", "a@-b.c", "a@b-.c", "a@b.-", "a@[b]", "a@b]"),
        *("a(b@c.d", "a)b@c.d", "a<b@c.d", "a>b@c.d", "a,b@c.d", "a;b@c.d", "a:b@c.d", "a[b@c.d"),
        *('a"b@c.d', "a\\b@c.d", "a@b,c", "a@b:25", "a@b/c", "a@b?subject=x", "a@b'c", 'a@b"c'),
        *('"a b"@c.d', "mailto:mailto:a@b.c", "a\u2019b@c.d", "a@b\u201dc", "a\uff20b.c", "a@b#c"),
        *("{{email}}", "{{user}}@b.c", "${user}@b.c", "a@{{host}}", "a@{host}", "%EMAIL%", "n/a"),
        *("-", "null", "user at b.c", "a%40b.c", "a\u037eb@c.d"),
        *(7, True, 1.5, {}, [], ["a@b.c"], {"value": "a@b.c"}),
    ],
)
def test_what_is_not_an_address(value: Json) -> None:
    assert clean_email(value) is None


@pytest.mark.parametrize(
    "value",
    [None, "", " ", "\u200b", "\ufeff \u00a0", '""', "''", "<>", "mailto:", "<mailto:>", ",", ";"],
)
def test_where_nothing_is_left_nothing_was_given(value: Json) -> None:
    assert clean_email(value) == ""


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_an_address_is_sent_in_composed_form(form: str) -> None:
    text = normalize(form, "Zoë.Ångström@müller.example")  # type: ignore[arg-type]
    assert clean_email(text) == "Zo\u00eb.\u00c5ngstr\u00f6m@m\u00fcller.example"


@given(st.text() | st.text("ab.@-<>\"',; ü\u0308\u200b"))
def test_a_clean_email_stays_as_it_is(value: str) -> None:
    cleaned = clean_email(value)
    if cleaned:
        assert clean_email(cleaned) == cleaned
        assert email_key(cleaned) == email_key(normalize("NFD", cleaned))


@pytest.mark.parametrize(
    "address",
    [
        *("null@null", "undefined@undefined", "unknown@unknown", "none@none.com", "{email}@x.io"),
        *("{{email}}", "${email}@x.io", "null@lumen.example", "ada@undefined"),
    ],
)
def test_an_address_of_nobody_is_not_one(address: str) -> None:
    assert clean_email(address) is None


@pytest.mark.parametrize("address", ["nullable@x.io", "unknown@lumen.example", "none@x.none.io"])
def test_addresses_that_look_a_little_like_it_are(address: str) -> None:
    assert clean_email(address) == address
