"""Integers beyond 64 bits keep their digits, whichever text they are in."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_reading import may_be_rounded, read_exactly, read_leniently
from destination_inflection.json_types import Json

FITTING = [2**64 - 1, 2**63, 2**63 - 1, 10**18, 0, -1, -(2**63), 10**19]
LARGE = [2**64, 10**20, -(2**63) - 1, -(10**19), 10**29 + 7, -(10**29) - 7, 10**400]


@pytest.mark.parametrize("number", [*FITTING, *LARGE])
@pytest.mark.parametrize(
    "text",
    ["%s", "[%s]", '{"a":%s}', '{"a": %s }', '{"a":[1,%s,2]}', '{"a":{"b":[{"c":\n%s\n}]}}'],
)
def test_an_integer_is_kept_or_becomes_text(text: str, number: int) -> None:
    expected = json.loads(text % (f'"{number}"' if number in LARGE else number))
    assert read_leniently(text % number) == expected
    if number != 10**400:  # no fast reader takes it
        assert read_exactly(text % number) == expected
        assert read_exactly((text % number).encode()) == expected


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1234567890123456789}', '{"a":"123456789012345678901234567890"}', '{"a":[1,2]}'),
        *(
            "[0.12345678901234567890123]",
            "[12345678901234567890123.5]",
            "[1e-12345678901234567890]",
        ),
        *('{"123456789012345678901234567890":1}', '"550e8400-12345678901234567890"', "[1e20]"),
    ],
)
def test_only_large_integers_take_the_slow_way(text: str) -> None:
    assert not may_be_rounded(text.encode())


def test_a_text_that_looks_like_a_large_integer_stays_a_text() -> None:
    text = '{"a":"see, 12345678901234567890123, there","b":1.5,"c":null,"d":"\\u00e9"}'
    assert read_exactly(text) == orjson.loads(text)


numbers = (
    st.integers() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def expected_of(value: Json) -> Json:
    if isinstance(value, list):
        return [expected_of(inner) for inner in value]
    if isinstance(value, dict):
        return {name: expected_of(inner) for name, inner in value.items()}
    large = type(value) is int and not -(2**63) <= value < 2**64
    return str(value) if large else value


@given(values, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
def test_whatever_was_written_is_read_with_every_digit(
    value: Json, separators: tuple[str, str]
) -> None:
    text = json.dumps(value, separators=separators)
    assert read_exactly(text) == expected_of(value)
