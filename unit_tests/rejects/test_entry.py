"""A stored reject: what is written is what is read, and old entries are read too."""

import json
from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.line import Line
from destination_inflection.airbyte.messages import Record, parse
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import (
    Fault,
    Place,
    StoredBytes,
    StoredHead,
    StoredOrigin,
    StoredRecord,
    read,
    written,
)
from destination_inflection.streams import StreamKey

FAULT = Fault(Reason.REFUSED, StreamKey("n", "s"), "track", "c", "HTTP 400: no", 400, 2)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text()
rows = st.dictionaries(st.text(max_size=5), scalars | st.lists(scalars, max_size=3), max_size=4)


def line_of(row: object, emitted_at: object = 5) -> Line:
    body = {"stream": "s", "namespace": "n", "data": row, "emitted_at": emitted_at}
    return Line(json.dumps({"type": "RECORD", "record": body}).encode())


@given(rows)
def test_a_row_is_read_as_the_front_reads_it(row: JsonObject) -> None:
    line = line_of(row)
    message = parse(line.content)
    assert isinstance(message, Record)
    stored = read(written(FAULT, line.entry()))
    assert stored == StoredRecord(StreamKey("n", "s"), message.data, 5, "refused")


@given(rows)
def test_a_reject_that_is_rejected_again_is_stored_as_it_was(row: JsonObject) -> None:
    once = written(FAULT, line_of(row).entry())
    assert written(FAULT, StoredOrigin(once).entry()) == once


@given(rows)
def test_what_a_replay_stores_again_says_where_it_was_stored_first(row: JsonObject) -> None:
    place = Place("run/_/s/000001.jsonl.gz", 3)
    for line in (line_of(row), Line(b"no message \xff")):
        once = written(FAULT, line.entry())
        copy = written(FAULT, StoredOrigin(once, place).entry())
        assert json.loads(copy) == {**json.loads(once), "copy_of": "run/_/s/000001.jsonl.gz:3"}
        assert replace(read(copy), copy_of=None) == read(once)
        assert read(copy).copy_of == place


@pytest.mark.parametrize("of", ["7", "../_/s/1:1", "run/_/s/1:0"])
def test_a_copy_of_nothing_that_can_be_is_no_entry(of: str) -> None:
    once = written(FAULT, line_of({}).entry())
    with pytest.raises(ValueError, match=r"no (place|line)"):
        read(json.dumps({**json.loads(once), "copy_of": of}).encode())


def test_the_head_of_a_line_too_long_to_be_an_entry_is_kept_as_bytes() -> None:
    place = Place("run/_/s/000001.jsonl.gz", 3)
    copy = read(written(FAULT, StoredHead(b"{...", place).entry()))
    assert copy == StoredBytes(b"{...", "refused", place)


@pytest.mark.parametrize(
    "value",
    ["7" * 400, "7" * 5_000, '"\\ud800"', "1e999", "-0.0", "123456789012345678901234567890"],
)
def test_numbers_of_any_size_and_odd_texts_are_kept(value: str) -> None:
    text = '{"type":"RECORD","record":{"stream":"s","data":{"x":' + value + "}}}"
    once = written(FAULT, Line(text.encode()).entry())
    assert written(FAULT, StoredOrigin(once).entry()) == once
    assert isinstance(read(once), StoredRecord)


def test_what_the_source_changed_is_kept_with_the_record_as_it_came() -> None:
    changes = [{"field": "x", "change": "NULLED", "reason": "SOURCE_RETRIEVAL_ERROR"}]
    body = {"stream": "s", "data": {"x": None}, "emitted_at": 5, "meta": {"changes": changes}}
    once = written(FAULT, Line(json.dumps({"record": body}).encode()).entry())
    assert json.loads(once)["record"] == {"x": None}
    assert json.loads(once)["changes"] == changes
    assert written(FAULT, StoredOrigin(once).entry()) == once
    stored = read(once)
    assert isinstance(stored, StoredRecord)
    assert (stored.row, stored.changes) == ({"x": None}, changes)


def test_a_large_integer_is_stored_as_it_was_and_read_as_the_front_reads_it() -> None:
    line = line_of({"x": 10**29, "y": [-(10**19)]})
    once = written(FAULT, line.entry())
    assert json.loads(once)["record"] == {"x": 10**29, "y": [-(10**19)]}
    stored = read(once)
    assert isinstance(stored, StoredRecord)
    assert stored.row == {"x": str(10**29), "y": [str(-(10**19))]}


@pytest.mark.parametrize(
    "content",
    [
        b"garbage",
        b'{"type":"RECORD","record":{"stream":"s","data":{"x":NaN}}}',
        b'{"type":"RECORD","record":{"stream":"s","data":{"x":'
        + b"[" * 9_999
        + b"]" * 9_999
        + b"}}}",
        b"\xff",
        b"[]",
    ],
)
def test_what_is_no_record_is_kept_as_bytes(content: bytes) -> None:
    once = written(Fault(Reason.UNREADABLE_LINE), Line(content).entry())
    assert read(once) == StoredBytes(content, "unreadable_line")
    assert b64decode(json.loads(once)["raw"]) == content


def test_an_entry_of_version_0_1_is_read() -> None:
    old = (
        b'{"stream":"people","namespace":null,"call":"identify","reason":"missing_email","detail":'
        b'null,"column":"email","http_status":null,"attempts":0,"emitted_at":1,"record":{"id":1}}'
    )
    assert read(old) == StoredRecord(StreamKey(None, "people"), {"id": 1}, 1, "missing_email")


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b'{"reason":"refused"}', b"\xff", b"[" * 9_999]
)
def test_what_is_no_entry_says_so(line: bytes) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, RecursionError)):
        read(line)


def test_a_long_detail_is_shortened() -> None:
    fault = Fault(Reason.REFUSED, detail="HTTP 400: " + "x" * 9_999)
    assert json.loads(written(fault, {}))["detail"] == "HTTP 400: " + "x" * 300
