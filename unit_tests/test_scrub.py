"""No value of a record stays in a text of Inflection's."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import JsonObject
from destination_inflection.scrub import scrubbed

ROW: JsonObject = {
    "id": 17,
    "email": "Ada@lumen.example",
    "plan": "gold 77",
    "name": "Grace Hopperson",
    "card": 4111111111111111,
    "deep": {"list": ["secret-X"]},
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Missing email address", "Missing email address"),
        ("ada@LUMEN.example is known", "[...] is known"),
        ("user 17 is not 170", "user [...] is not 170"),
        ("no plan gold 77!", "no plan [...] [...]!"),
        ("value 'secret-x' of column plan", "value [...] of column plan"),
        ("id=user_ada@lumen.example_1", "id=[...]"),
        ("domain lumen.example is blocked", "domain [...] is blocked"),
        ("", ""),
        ("ada's plan id_17 u17x", "[...] plan [...] [...]"),
        ("ada%40lumen.example", "[...]"),
        ("ADA%2540LUMEN.EXAMPLE", "[...]"),
        ("ada&#64;lumen.example", "[...]"),
        ("it is \\u0061da\\u0040lumen.example", "it is [...]"),
        ("Grace%20Hopperson", "[...]"),
        ("GRACE&nbsp;HOPPERSON", "[...]&nbsp;[...]"),
        ("too long: hopperso", "too long: [...]"),
        ("too long: hoppers", "too long: hoppers"),
        ("card 41111111", "card [...]"),
        ("card 4111111", "card 4111111"),
    ],
)
def test_values_go_and_words_stay(text: str, shown: str) -> None:
    assert scrubbed(text, ROW) == shown


LEAVES = st.integers(min_value=0) | st.text(alphabet="abcXYZ0189@._-", min_size=1, max_size=20)


@given(st.dictionaries(st.just("column"), LEAVES | st.lists(LEAVES)), st.text(max_size=30))
def test_whatever_is_quoted_is_gone(row: dict[str, Any], around: str) -> None:
    values = [v for value in row.values() for v in (value if isinstance(value, list) else [value])]
    words = [word for value in values for word in re.findall(r"[\w@.+'%-]+", str(value))]
    words = [word for word in words if re.search(r"[^\W_]", word)]
    shown = scrubbed(f"{around} ".join(["", *words, ""]), row)
    left = {word.strip(".'-").casefold() for word in re.findall(r"[\w@.+'%-]+", shown)}
    assert not left & {word.strip(".'-").casefold() for word in words}


def test_a_row_that_is_not_an_object_has_no_values() -> None:
    assert scrubbed("as it is", None) == "as it is"


@pytest.mark.parametrize(
    "held", ['{"name": "J\\u00f6rgensen"}', "J%C3%B6rgensen", "J&ouml;rgensen", "Jo\u0308rgensen"]
)
@pytest.mark.parametrize("said", ["bad Jörgensen", "bad J%C3%B6rgensen", "bad JO\u0308RGENSEN"])
def test_a_value_is_found_in_whatever_form_the_row_holds_it(held: str, said: str) -> None:
    assert scrubbed(said, {"prefs": held}).startswith("bad [...]")
