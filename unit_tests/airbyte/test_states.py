"""A state goes back as it came, plus its counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.states import with_stats

STATS = {"recordCount": 2.0, "rejectedRecordCount": 1.0}


def test_the_counts_are_floats_in_the_state_object() -> None:
    text = with_stats('{"type":"STATE","state":{"id":7}}', settled=2, rejected=1)
    assert json.loads(text) == {"type": "STATE", "state": {"id": 7, "destinationStats": STATS}}
    assert '"recordCount":2.0' in text


def test_numbers_of_any_size_and_precision_survive_to_the_letter() -> None:
    cursor = '"c" : [123456789012345678901234567890, 1.00000000000000000001, 1e999, -0.0]'
    line = '{ "type" : "STATE" , "state" : { ' + cursor + ' } , "more" : 1.10 }'
    assert cursor in with_stats(line, settled=2, rejected=1)
    assert with_stats(line, settled=2, rejected=1).endswith('"more" : 1.10 }')


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
    sent = json.loads(with_stats(f'{{"state":{state}}}', settled=2, rejected=1))["state"]
    before = json.loads(state)
    assert sent == {**before, "destinationStats": STATS}


@pytest.mark.parametrize("state", ["null", "[]", '"x"', "7"])
def test_a_state_that_is_no_object_goes_back_as_it_is(state: str) -> None:
    line = f'{{"type":"STATE","state":{state}}}'
    assert with_stats(line, settled=2, rejected=1) == line


@pytest.mark.parametrize(
    "inside",
    ["[" * 20_000 + "]" * 20_000, "7" * 400, '"}{\\"\udcff"', "NaN", '{"destinationStats":1}'],
)
def test_counts_go_beside_values_that_nothing_can_parse(inside: str) -> None:
    line = '{"type":"STATE","state":{"a":' + inside + "}}"
    counts = '"destinationStats":{"recordCount":2.0,"rejectedRecordCount":1.0},'
    sent = with_stats(line, settled=2, rejected=1)
    assert sent == line.replace('"state":{', '"state":{' + counts)


@pytest.mark.parametrize("line", ["", "{", '{"state":{"a" 1}}', '{"state":{"a":1', "[1]"])
def test_a_broken_state_goes_back_as_it_is(line: str) -> None:
    assert with_stats(line, settled=2, rejected=1) == line


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.no_cover  # too many steps to be traced in time
@given(
    st.dictionaries(st.text(), json_values), st.dictionaries(st.text(), json_values), st.booleans()
)
def test_nothing_else_changes(
    state: dict[str, object], around: dict[str, object], indented: bool
) -> None:
    message = {**around, "type": "STATE", "state": state}
    line = json.dumps(message, indent=1 if indented else None)
    sent = json.loads(with_stats(line, settled=2, rejected=1))
    assert sent == {**message, "state": {**state, "destinationStats": STATS}}
