"""One line in, one message out; nothing raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.messages import Other, Record, State, TooDeep, parse
from destination_inflection.airbyte.unreadable import Unreadable
from destination_inflection.streams import StreamKey


def record(**changes: object) -> bytes:
    body = {"stream": "people", "data": {"id": 1}, "emitted_at": 5, **changes}
    return json.dumps({"type": "RECORD", "record": body}).encode()


def test_a_record_keeps_its_stream_data_and_time() -> None:
    assert parse(record(namespace="app")) == Record(StreamKey("app", "people"), {"id": 1}, 5)


@pytest.mark.parametrize("emitted_at", [None, "5", True])
def test_a_record_without_a_usable_emitted_at_is_still_a_record(emitted_at: object) -> None:
    assert parse(record(emitted_at=emitted_at)) == Record(
        StreamKey(None, "people"), {"id": 1}, None
    )


def test_an_empty_namespace_is_no_namespace() -> None:
    assert parse(record(namespace="")) == Record(StreamKey(None, "people"), {"id": 1}, 5)


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b'{"type":"RECORD","record":{"stream":"a"',
        b"[]",
        b"7",
        b"{}",
        b'{"type":7}',
        b'{"type":"RECORD"}',
        b'{"type":"RECORD","record":{"data":{}}}',
        b'{"type":"RECORD","record":{"stream":"a","data":{"x":"\xff"}}}',
        b'{"type":"RECORD","record":{"stream":"a","data":{"x":nan}}}',
        b'{"type":"RECORD","record":{"stream":7,"data":{"x":NaN}}}',
        b'{"type":"RECORD","record":[NaN]}',
        b'{"type":"STATE","state":{"data":{"cursor":"',
        b'{"type":"STATE"',
        b"[" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_message_is_unreadable(line: bytes) -> None:
    assert isinstance(parse(line), Unreadable)


@pytest.mark.parametrize("kind", ["LOG", "TRACE", "CONTROL", "SOMETHING_NEW"])
def test_messages_of_other_kinds_are_ignored(kind: str) -> None:
    assert isinstance(parse(json.dumps({"type": kind}).encode()), Other)


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    line = b'{"type":"RECORD","record":{"stream":"a","data":{"x":"\\ud800!","y":"\\ud83d\\ude00"}}}'
    assert parse(line) == Record(StreamKey(None, "a"), {"x": "�!", "y": "\U0001f600"}, None)


def test_a_number_beyond_a_double_keeps_its_digits() -> None:
    line = b'{"type":"RECORD","record":{"stream":"a","data":{"x":1e999}}}'
    assert parse(line) == Record(StreamKey(None, "a"), {"x": "1e999"}, None)


def test_a_byte_order_mark_is_no_part_of_the_message() -> None:
    assert isinstance(parse(b"\xef\xbb\xbf" + record()), Record)


@pytest.mark.parametrize(
    ("data", "sound", "columns"),
    [
        ('{"x":NaN}', {}, ("x",)),
        ('{"x":Infinity,"y":1}', {"y": 1}, ("x",)),
        ('{"x":-Infinity,"y":NaN}', {}, ("x", "y")),
        ('{"x":{"deep":{"n":NaN,"m":2}}}', {"x": {"deep": {"m": 2}}}, ("x",)),
        ('{"x":[1,NaN,3]}', {"x": [1, None, 3]}, ("x",)),
        ('{"x":[{"n":NaN}]}', {"x": [{}]}, ("x",)),
        ('{"x":"NaN","y":-1e999}', {"x": "NaN", "y": "-1e999"}, ()),
        ('{"n":' + "7" * 400 + "}", {"n": "7" * 400}, ()),
        ('{"n":' + "7" * 5000 + "}", {"n": "7" * 5000}, ()),
        ("NaN", None, ()),
        ("[NaN]", [None], ()),
    ],
)
def test_what_is_not_json_is_left_out_and_the_record_stays(
    data: str, sound: object, columns: tuple[str, ...]
) -> None:
    line = '{"type":"RECORD","record":{"stream":"a","data":' + data + ',"emitted_at":5}}'
    assert parse(line.encode()) == Record(StreamKey(None, "a"), sound, 5, columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "sound"),
    [
        ('{"id":123456789012345678901234567890}', {"id": "123456789012345678901234567890"}),
        ('{"a":{"b":[-9223372036854775809]}}', {"a": {"b": ["-9223372036854775809"]}}),
        ('{"a": 18446744073709551616 }', {"a": "18446744073709551616"}),
        ('{"a":18446744073709551615}', {"a": 18446744073709551615}),
        ('{"a":-9223372036854775808}', {"a": -9223372036854775808}),
        ('{"a":1e25,"b":"123456789012345678901"}', {"a": 1e25, "b": "123456789012345678901"}),
        ('{"a":NaN,"b":123456789012345678901}', {"b": "123456789012345678901"}),
    ],
)
def test_an_integer_beyond_64_bits_keeps_its_digits_as_text(data: str, sound: object) -> None:
    line = '{"type":"RECORD","record":{"stream":"a","data":' + data + ',"emitted_at":5}}'
    for text in (line, f"\ufeff {line}\r\n"):
        found = parse(text.encode())
        assert isinstance(found, Record)
        assert (found.stream, found.data, found.emitted_at) == (StreamKey(None, "a"), sound, 5)


def test_what_the_source_nulled_is_left_out() -> None:
    nulled = {"field": "name", "change": "NULLED", "reason": "SOURCE_SERIALIZATION_ERROR"}
    data = {"id": 1, "name": None, "city": None}
    found = parse(record(data=data, meta={"changes": [nulled]}))
    assert isinstance(found, Record)
    assert found.data == {"id": 1, "city": None}


@pytest.mark.parametrize("meta", [None, 7, [], {"changes": [None, {"change": "NULLED"}]}])
@pytest.mark.parametrize("data", [{"id": 1}, None, [1], "x"])
def test_odd_meta_changes_nothing(meta: object, data: object) -> None:
    assert parse(record(data=data, meta=meta)) == parse(record(data=data))


def test_a_time_that_is_not_finite_is_no_time() -> None:
    line = b'{"type":"RECORD","record":{"stream":"a","data":{"x":1},"emitted_at":NaN}}'
    assert parse(line) == Record(StreamKey(None, "a"), {"x": 1}, None)


def test_a_record_too_deep_to_be_parsed_stays_in_its_stream() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    line = b'{"type":"RECORD","record":{"stream":"a","namespace":"n","data":{"x":' + deep + b"}}}"
    assert parse(line) == TooDeep(StreamKey("n", "a"))


@pytest.mark.parametrize(
    ("state", "stream"),
    [
        (
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": "a", "namespace": "n"}}},
            StreamKey("n", "a"),
        ),
        ({"type": "STREAM", "stream": {}}, None),
        ({"type": "GLOBAL", "global": {"shared_state": {}}}, None),
        ({"type": "GLOBAL"}, None),
        (
            {
                "type": "GLOBAL",
                "global": {"stream_states": [{"stream_descriptor": {"name": "a"}}, {}]},
            },
            None,
        ),
        ({"type": "LEGACY", "data": {}}, None),
        ({"data": {}}, None),
        (None, None),
    ],
)
def test_a_state_says_whose_records_it_counts(state: object, stream: StreamKey | None) -> None:
    text = json.dumps({"type": "STATE", "state": state})
    assert parse(text.encode() + b"\r\n") == State(text.encode(), stream)


ODD_VALUES = {
    "an integer of 400 digits": b"7" * 400,
    "an integer of 5,000 digits": b"7" * 5_000,
    "a number beyond a double": b"1e999",
    "NaN": b"[NaN,-Infinity]",
    "3,000 levels": b"[" * 3_000 + b"]" * 3_000,
    "100,000 levels": b'{"a":' * 100_000 + b"{}" + b"}" * 100_000,
    "a byte that is not UTF-8": b'"\xff\xc3"',
    "half a surrogate": b'"\xed\xa0\x80"',
    "a lone surrogate, escaped": b'"\\ud800"',
    "brackets and quotes in text": b'"}]\\"{[\\\\"',
    "a zero byte": b'"\x00"',
}


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES)
@pytest.mark.parametrize(
    "frame",
    [
        b'{"stream_descriptor":{"name":"a"},"stream_state":{"cursor":%s}}',
        b'{"stream_state":%s, "stream_descriptor":{"name":"a"}}',
    ],
)
def test_whatever_is_a_state_is_read_as_one(frame: bytes, value: bytes) -> None:
    head, tail = frame.split(b"%s")
    line = (
        b'{"state":{"type":"STREAM","stream":'
        + (head + value + tail)
        + b',"sourceStats":{"recordCount":3.0}},"type":"STATE"}'
    )
    found = parse(line)
    assert isinstance(found, State)
    assert found.line == line
    assert (found.stream, found.source_count) == (StreamKey(None, "a"), 3.0)


@pytest.mark.parametrize("count", [b'"3"', b"null", b"true", b"[]", b"NaN", b"1e999", b"7" * 5000])
def test_a_count_of_the_source_that_is_none_is_ignored(count: bytes) -> None:
    found = parse(
        b'{"type":"STATE","state":{"data":{},"sourceStats":{"recordCount":' + count + b"}}}"
    )
    assert isinstance(found, State)
    assert found.source_count is None


def test_a_state_that_is_broken_inside_is_a_state_of_all_streams() -> None:
    line = b'{"type":"STATE","state":{"type":"STREAM","stream" 1}}'
    assert parse(line) == State(line, None)


@given(st.binary(max_size=200))
def test_any_bytes_are_some_message(line: bytes) -> None:
    assert isinstance(parse(line), Record | TooDeep | State | Other | Unreadable)


@given(st.binary(max_size=60))
def test_anything_inside_a_state_is_a_state_or_unreadable(inside: bytes) -> None:
    line = b'{"type":"STATE","state":{"data":' + inside + b"}}"
    assert isinstance(parse(line), State | Unreadable | Other | Record)


DEEP = b"[" * 9_999 + b"]" * 9_999


@pytest.mark.parametrize(
    "line",
    [
        b'{"type":"LOG","log":{}}{"type":"RECORD","record":{"stream":"a","data":{}}}',
        b'{"type":"STATE","state":{}}{"type":"RECORD","record":{"stream":"a","data":{}}}',
        b'{"type":"STATE","state":{}} garbage',
        b"{" + b"[" * 1_100 + b"]" * 1_100 + b"}",
        b'{"type":"RECORD","record":{"stream":"a","data":{"x":' + DEEP + b'} "y"}}',
    ],
)
def test_more_than_a_message_on_a_line_or_a_broken_one_is_unreadable(line: bytes) -> None:
    assert isinstance(parse(line), Unreadable)


@pytest.mark.parametrize("name", [b"pe\\ud800ople", b"pe\xffople"])
def test_half_a_character_in_a_name_becomes_the_replacement_character(name: bytes) -> None:
    state = b'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"'
    found = parse(state + name + b'"}}}}')
    assert isinstance(found, State)
    assert found.stream == StreamKey(None, "pe�ople")


def test_a_count_of_400_digits_is_no_count() -> None:
    line = b'{"type":"STATE","state":{"data":{},"sourceStats":{"recordCount":' + b"7" * 400 + b"}}}"
    found = parse(line)
    assert isinstance(found, State)
    assert found.source_count is None


@pytest.mark.parametrize("more", ["", ',"n":NaN', ',"n":1e999'])
@pytest.mark.parametrize("first", ["null", "7", '{"type":"STREAM"}', '[{"type":"GLOBAL"}]'])
def test_of_two_states_on_a_line_the_last_one_counts(first: str, more: str) -> None:
    body = '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}},"sourceStats":'
    last = body + '{"recordCount":3}' + more + "}"
    line = f'{{"type":"STATE","state":{first},"x":1,"state":{last}}}'.encode()
    assert parse(line) == State(line, StreamKey(None, "a"), 3.0)


@pytest.mark.parametrize("more", ["", ',"n":NaN'])
@pytest.mark.parametrize("last", ["null", "7", '"x"', "[1]"])
def test_a_last_state_that_is_no_object_speaks_of_all_streams(last: str, more: str) -> None:
    body = '{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"}}}'
    line = f'{{"type":"STATE","state":{body},"state":{last}{more}}}'.encode()
    assert parse(line) == State(line, None)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"INFO: starting", "it is not JSON"),
        (b'{"type":"RECORD","record":{"stream":"s","data":{"a":"\xff"}}}', "it is not UTF-8"),
        (b"17", "it is JSON, but not an Airbyte message"),
        (b'{"type":7}', "it is JSON, but not an Airbyte message"),
        (b'{"type":"RECORD","record":{"data":{}}}', "it is a RECORD that names no stream"),
        (
            b'{"type":"LOG"}{"type":"LOG"}',
            "its JSON is followed by something else, such as a message",
        ),
    ],
)
def test_it_is_said_why_a_line_can_t_be_read(line: bytes, why: str) -> None:
    assert parse(line) == Unreadable(why)
