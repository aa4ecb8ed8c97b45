"""One email among a user's traits, however it is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json, JsonObject
from destination_inflection.mapping.values.email_trait import email_in, with_one_email


@pytest.mark.parametrize(
    ("traits", "email"),
    [
        ({}, None),
        ({"email": "a@b.c"}, "a@b.c"),
        ({"Email": "a@b.c"}, "a@b.c"),
        ({"EMAIL": " a@b.c "}, " a@b.c "),
        ({"eMail": "a@b.c"}, "a@b.c"),
        ({"Email": "x@b.c", "email": "a@b.c"}, "a@b.c"),
        ({"email": None, "Email": "a@b.c"}, "a@b.c"),
        ({"email": " ", "Email": "", "EMAIL": "a@b.c"}, "a@b.c"),
        ({"email": "n/a", "Email": "a@b.c"}, "a@b.c"),
        ({"email": "n/a", "Email": "?"}, "n/a"),
        ({"Email": None}, None),
        ({"email": ["a@b.c"], "Email": None}, ["a@b.c"]),
        ({"emails": "a@b.c", "e-mail": "a@b.c", "email_address": "a@b.c"}, None),
    ],
)
def test_the_email_is_found_in_any_case(traits: JsonObject, email: Json) -> None:
    assert email_in(traits) == email


_NAMES = st.sampled_from(["email", "Email", "EMAIL", "eMail", "name", "emails", ""])
_VALUES = st.sampled_from([None, "", "a@b.c", "d@e.f", "n/a", 5])


@given(st.dictionaries(_NAMES, _VALUES))
def test_the_email_is_kept_once_and_all_else_as_it_is(traits: JsonObject) -> None:
    before = dict(traits)
    settled = with_one_email(traits)
    spellings = [name for name in traits if name.lower() == "email"]
    assert traits == before
    assert [name for name in settled if name.lower() == "email"] == (["email"] * bool(spellings))
    others = {name: value for name, value in traits.items() if name not in spellings}
    assert {name: value for name, value in settled.items() if name != "email"} == others
    if spellings not in ([], ["email"]):
        assert settled["email"] == email_in(traits)
