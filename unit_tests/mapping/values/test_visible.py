"""What of a text can't be seen is taken off its ends, and found inside it."""

import sys
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.mapping.values.visible import has_invisible, trimmed

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]
INVISIBLE = [char for char in EVERY if category(char) in {"Cc", "Cf", "Zl", "Zp"}]
BLANKS = [char for char in EVERY if category(char) == "Zs"]
DRAWN_AS_NOTHING = list("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def test_every_invisible_character_is_found_inside_and_taken_off_the_ends() -> None:
    for char in (*INVISIBLE, *DRAWN_AS_NOTHING):
        assert has_invisible(f"a{char}b"), hex(ord(char))
        assert trimmed(f"{char} a{char}b {char}") == f"a{char}b", hex(ord(char))


def test_every_blank_is_taken_off_the_ends_and_is_not_invisible() -> None:
    for char in BLANKS:
        assert not has_invisible(f"a{char}b"), hex(ord(char))
        assert trimmed(f"{char}a{char}b{char}") == f"a{char}b", hex(ord(char))


def test_what_can_be_seen_is_kept() -> None:
    hidden = {*INVISIBLE, *DRAWN_AS_NOTHING, *BLANKS}
    for char in EVERY:
        if char not in hidden and category(char) != "Cn":  # newer Pythons assign more
            assert trimmed(char) == char, hex(ord(char))
            assert not has_invisible(char), hex(ord(char))


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\ufeff", "\u200b \u200f\u00a0", "\x00"])
def test_nothing_is_left_of_nothing(text: str) -> None:
    assert trimmed(text) == ""


@given(st.text())
def test_nothing_can_be_taken_off_twice(text: str) -> None:
    once = trimmed(text)
    assert once in text
    assert trimmed(once) == once
