"""Nulls inside objects."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.json_types import Json
from destination_inflection.mapping.values.nulls import without_nulls
from unit_tests.mapping.rows import traits

json_values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


def has_null_entry(value: Json) -> bool:
    if isinstance(value, dict):
        return any(inner is None or has_null_entry(inner) for inner in value.values())
    return isinstance(value, list) and any(map(has_null_entry, value))


@given(json_values)
def test_no_entry_of_an_object_is_null_and_nothing_else_is_lost(value: Json) -> None:
    before = copy.deepcopy(value)
    left = without_nulls(value)
    assert not has_null_entry(left)
    assert value == before
    if not has_null_entry(value):
        assert left == value
    assert without_nulls(left) == left


@pytest.mark.parametrize(
    ("value", "omitted"),
    [
        ({"a": None, "b": 1}, {"b": 1}),
        ({"a": {"b": None}, "c": {"d": None, "e": 0}}, {"c": {"e": 0}}),
        ([None, {"a": None}, {"b": 1, "c": None}], [None, {}, {"b": 1}]),
        ({"a": {}}, {"a": {}}),
    ],
)
def test_nulls_inside_follow_the_option(value: Json, omitted: Json) -> None:
    assert traits({"v": value}) == {"v": omitted}
    assert traits({"v": value}, nulls="send") == {"v": value}
    assert traits({"v": value}, fields=[{"column": "v", "name": "w"}]) == {"w": omitted}
    assert traits({"v": value}, fields=[{"column": "v", "name": "w"}], nulls="send") == {"w": value}


def test_an_object_of_nulls_says_nothing() -> None:
    assert traits({"v": {"a": None}, "address": {"city": None}}) == {}
    assert traits({"v": {"a": None}}, fields=[{"column": "v", "name": "w"}]) == {}
