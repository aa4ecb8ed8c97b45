"""No secret stays in a text, whatever the form a server repeats it in."""

import html
import json
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from destination_inflection.escapes import readings
from destination_inflection.json_types import Json
from destination_inflection.masking import MASK, Mask

Form = Callable[[str], str]


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def as_entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


def as_hex_entities(text: str) -> str:
    return "".join(f"&#X{ord(character):x};" for character in text)


def as_code_units(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


def all_in_percent(text: str) -> str:
    return "".join(f"%{ord(character):02x}" for character in text)


def basic(text: str) -> str:
    return b64encode(f"{text}:".encode()).decode()


FORMS: dict[str, Form] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "in percent": lambda text: quote(text, safe=""),
    "in percent, small": lambda text: quote(text, safe="").lower(),
    "in percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "all in percent": all_in_percent,
    "as a form field": quote_plus,
    "in HTML": html.escape,
    "in HTML, twice": lambda text: html.escape(html.escape(text)),
    "in entities": as_entities,
    "in hexadecimal entities": as_hex_entities,
    "in JSON": in_json,
    "in JSON in JSON": lambda text: in_json(in_json(text)),
    "in JSON in HTML": lambda text: html.escape(in_json(text)),
    "in code units": as_code_units,
    "in base64": lambda text: b64encode(text.encode()).decode(),
    "in base64 for URLs": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "in the Basic header": basic,
    "in the Basic header, in percent": lambda text: quote(basic(text), safe=""),
    "in the Basic header, in capitals": lambda text: basic(text).upper(),
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=4, max_size=60)
KEYS = ['sk-"test\\key', "inf_pat_0123456789abcdef", "a+b/c=d%41&amp;e\\u0041", "AbC<>'\"&%/=:x9"]


@every_form
@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_masked_in_every_form(form: Form, key: str) -> None:
    assert Mask([key])(f"the key {form(key)} may not") == f"the key {MASK} may not"


@every_form
@given(key=keys, before=st.text(max_size=9), after=st.text(max_size=9))
def test_any_key_is_masked_in_any_form(form: Form, key: str, before: str, after: str) -> None:
    written = form(key)
    assume(written not in before + after)
    masked = Mask([key])(f"{before} {written} {after}")
    assert MASK in masked
    assert written not in masked or written in MASK


@every_form
@pytest.mark.parametrize("key", [key for key in KEYS if len(key) > 15])
def test_a_key_that_was_cut_is_masked_as_far_as_it_goes(form: Form, key: str) -> None:
    cut = form(key)[:-1]
    for reading in readings(Mask([key])(f"... {cut}")):
        assert key[:8].lower() not in reading.text.lower()
    assert form(key)[:-1][:8] not in Mask([key])(f"... {cut}")


@pytest.mark.parametrize("lead", ["", "u", "us", "user:"])
def test_a_key_inside_longer_base64_is_masked(lead: str) -> None:
    key = "inf_pat_0123456789abcdef"
    written = b64encode(f"{lead}{key} and more".encode()).decode()
    masked = Mask([key])(written)
    assert MASK in masked
    assert len(masked) < len(written) - 24


@pytest.mark.parametrize(
    "said",
    ["456789abcdef", "... 0123456789abcdef", "inf_pat_ 0123\n4567 89ab cdef", "xx456789abcdefxx"],
)
def test_pieces_from_anywhere_and_with_blanks_are_masked(said: str) -> None:
    masked = Mask(["inf_pat_0123456789abcdef"])(said)
    assert "56789ab" not in masked.replace(" ", "").replace("\n", "")
    assert MASK in masked


def test_a_key_with_half_a_character_is_masked_too() -> None:
    assert Mask(["inf_pat_\ud800456789"])("said inf_pat_\ud800456789") == f"said {MASK}"


def test_base64_in_lines_is_masked_whole() -> None:
    key = "inf_pat_" + "0123456789abcdef" * 12
    lines = encodebytes(key.encode()).decode()
    assert Mask([key])(f"said: {lines}").replace("\n", "") == f"said: {MASK}"


def test_pieces_of_fewer_than_eight_characters_are_words() -> None:
    assert Mask(["inf_pat_0123456789"])("a token begins with inf_pat") == (
        "a token begins with inf_pat"
    )


def test_of_two_secrets_that_overlap_nothing_is_left() -> None:
    assert Mask(["abcdefgh12", "gh12345678"])("x abcdefgh12345678 y") == f"x {MASK} y"


def test_without_secrets_nothing_changes() -> None:
    assert Mask()("%41 &amp; \\n") == "%41 &amp; \\n"
    assert Mask([""])("%41") == "%41"


@given(st.text())
def test_a_text_without_the_secret_is_left_as_it_is(text: str) -> None:
    assume(all("secret-key" not in reading.text.lower() for reading in readings(text)))
    assert Mask(["secret-key-of-ours"])(text) == text


def test_a_document_is_masked_in_every_text() -> None:
    document: Json = {"a": ["the-secret-key", 7, None], "the-secret-key": {"b": "x the-secret-key"}}
    assert Mask(["the-secret-key"]).document(document) == {
        "a": [MASK, 7, None],
        MASK: {"b": f"x {MASK}"},
    }


@given(st.text())
def test_every_reading_stands_for_the_whole_text(text: str) -> None:
    for reading in readings(text):
        assert len(reading.begins) == len(reading.ends) == len(reading.text)
        assert [0, *reading.ends] == [*reading.begins, len(text)]
        assert list(reading.ends) == sorted(reading.ends)


@given(st.text(alphabet='%&;\\u0041amp#x25"', max_size=400))
def test_endless_escapes_end(text: str) -> None:
    assert len(readings(text)) <= 16
