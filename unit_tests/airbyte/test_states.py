"""A state goes back as it came, plus its counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.states import with_stats

STATS = {"recordCount": 2.0, "rejectedRecordCount": 1.0}


def told(line: str) -> str:
    """The line as it goes back after two records that were settled and one that was rejected."""
    sent = with_stats(line.encode("utf-8", "surrogateescape"), settled=2, rejected=1)
    return sent.decode("utf-8", "surrogateescape")


def test_the_counts_are_floats_in_the_state_object() -> None:
    text = told('{"type":"STATE","state":{"id":7}}')
    assert json.loads(text) == {"type": "STATE", "state": {"id": 7, "destinationStats": STATS}}
    assert '"recordCount":2.0' in text


def test_numbers_of_any_size_and_precision_survive_to_the_letter() -> None:
    cursor = '"c" : [123456789012345678901234567890, 1.00000000000000000001, 1e999, -0.0]'
    line = '{ "type" : "STATE" , "state" : { ' + cursor + ' } , "more" : 1.10 }'
    assert cursor in told(line)
    assert told(line).endswith('"more" : 1.10 }')


@pytest.mark.parametrize(
    "state",
    [
        "{}",
        "{ }",
        '{"destinationStats":{"recordCount":9.0}}',
        '{"destinationStats":{"recordCount":9.0},"id":1}',
        '{"id":1, "destinationStats":null , "x":[{"destinationStats":1}]}',
    ],
)
def test_counts_that_came_along_are_replaced(state: str) -> None:
    sent = json.loads(told(f'{{"state":{state}}}'))["state"]
    before = json.loads(state)
    assert sent == {**before, "destinationStats": STATS}


@pytest.mark.parametrize("last", ['{"id":2}', '{ "id" : 2 }', '{"id":2,"x":{"state":{"id":3}}}'])
@pytest.mark.parametrize("first", ['{"id":1}', "null", "7", '"state"', '{"destinationStats":{}}'])
@pytest.mark.parametrize("key", ['"state"', '"st\\u0061te"'])
def test_of_two_states_on_a_line_the_last_one_counts(first: str, last: str, key: str) -> None:
    sent = told(f'{{"state":{first},"type":"STATE",{key}:{last},"statement":{{}}}}')
    assert json.loads(sent)["state"] == {**json.loads(last), "destinationStats": STATS}
    assert sent.startswith(f'{{"state":{first},')  # the one that does not count stays as it came


def test_a_last_state_that_is_no_object_leaves_no_place_for_counts() -> None:
    line = '{"state":{"id":1},"type":"STATE","state":null}'
    assert told(line) == line


def test_letters_outside_ascii_go_back_as_they_came() -> None:
    line = '{"type":"STATE","näme":"Ω\udcff","state":{"ключ":"\U0001f600\x85\xa0","x":{}}}'
    counts = '"destinationStats":{"recordCount":2.0,"rejectedRecordCount":1.0},'
    assert told(line) == line.replace('"state":{', '"state":{' + counts)


@pytest.mark.parametrize("state", ["null", "[]", '"x"', "7"])
def test_a_state_that_is_no_object_goes_back_as_it_is(state: str) -> None:
    line = f'{{"type":"STATE","state":{state}}}'
    assert told(line) == line


@pytest.mark.parametrize(
    "inside",
    ["[" * 20_000 + "]" * 20_000, "7" * 400, '"}{\\"\udcff"', "NaN", '{"destinationStats":1}'],
)
def test_counts_go_beside_values_that_nothing_can_parse(inside: str) -> None:
    line = '{"type":"STATE","state":{"a":' + inside + "}}"
    counts = '"destinationStats":{"recordCount":2.0,"rejectedRecordCount":1.0},'
    sent = told(line)
    assert sent == line.replace('"state":{', '"state":{' + counts)


@pytest.mark.parametrize("line", ["", "{", '{"state":{"a" 1}}', '{"state":{"a":1', "[1]"])
def test_a_broken_state_goes_back_as_it_is(line: str) -> None:
    assert told(line) == line


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)
json_objects = st.dictionaries(st.text(), json_values, max_size=4)


@pytest.mark.no_cover  # too many steps to be traced in time
@given(json_objects, json_objects, st.booleans())
def test_nothing_else_changes(
    state: dict[str, object], around: dict[str, object], indented: bool
) -> None:
    message = {**around, "type": "STATE", "state": state}
    line = json.dumps(message, indent=1 if indented else None)
    sent = json.loads(told(line))
    assert sent == {**message, "state": {**state, "destinationStats": STATS}}
