"""One line in, one message out; nothing raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.protocol.messages import (
    Other,
    Record,
    State,
    StreamKey,
    Unreadable,
    parse,
)


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
        b'{"type":"RECORD","record":{"stream":"a","data":{"x":NaN}}}',
        b"[" * 5000,
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
    ("state", "streams"),
    [
        (
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": "a", "namespace": "n"}}},
            {StreamKey("n", "a")},
        ),
        ({"type": "STREAM", "stream": {}}, set()),
        ({"type": "GLOBAL", "global": {"shared_state": {}}}, None),
        ({"type": "GLOBAL"}, None),
        (
            {
                "type": "GLOBAL",
                "global": {"stream_states": [{"stream_descriptor": {"name": "a"}}, {}]},
            },
            {StreamKey(None, "a")},
        ),
        ({"type": "LEGACY", "data": {}}, None),
        ({"data": {}}, None),
        (None, None),
    ],
)
def test_a_state_says_whose_records_it_counts(
    state: object, streams: set[StreamKey] | None
) -> None:
    text = json.dumps({"type": "STATE", "state": state})
    expected = None if streams is None else frozenset(streams)
    assert parse(text.encode() + b"\r\n") == State(text, expected)


@given(st.binary(max_size=200))
def test_any_bytes_are_some_message(line: bytes) -> None:
    assert isinstance(parse(line), Record | State | Other | Unreadable)
