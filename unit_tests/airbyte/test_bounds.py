"""What of a line is held, parsed and kept: nothing of it grows with the input."""

import json
import os
from base64 import b64decode

import pytest

from destination_inflection.airbyte.bounds import ENTRY_BOUNDS, LINE_BOUNDS, LineBounds
from destination_inflection.airbyte.intake import LinesFromDescriptor, feed
from destination_inflection.airbyte.line import Cut, Line
from destination_inflection.airbyte.messages import Record, TooLarge, is_state, parse
from destination_inflection.airbyte.unreadable import Unreadable
from destination_inflection.errors import ConfigError
from destination_inflection.mapping.plan import plan_stream
from destination_inflection.mapping.reasons import Reason
from destination_inflection.mapping.rules import Rule
from destination_inflection.mapping.tables.table import Table
from destination_inflection.rejects.entry import Fault, Origin, StoredBytes, read, written
from destination_inflection.rejects.parts import OnlyLogged
from destination_inflection.streams import StreamKey
from destination_inflection.sync.sync import Sync
from destination_inflection.sync.terms import Outlets
from unit_tests.sync.test_sync import FakeDelivery

MIB = 1024 * 1024
SMALL = LineBounds(whole_bytes=200, uncounted_bytes=100, commas=3, brackets=6, kept_bytes=20)


class Kept(OnlyLogged):
    def __init__(self) -> None:
        self.kept: list[tuple[str, Origin]] = []

    def put(self, fault: Fault, origin: Origin) -> None:
        self.kept.append((fault.reason.value, origin))


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        (b"x" * LINE_BOUNDS.whole_bytes, True),
        (b"x" * (LINE_BOUNDS.whole_bytes + 1), False),
        (b"," * LINE_BOUNDS.uncounted_bytes, True),
        (b"," * 500_000 + b"x" * MIB, True),
        (b"," * 500_001 + b"x" * MIB, False),
        (b"[" * 60_000 + b"{" * 40_000 + b"x" * MIB, True),
        (b"[" * 60_000 + b"{" * 40_001 + b"x" * MIB, False),
        (rb"\u002c" * 250_000 + rb"\u002C" * 250_000, True),
        (rb"\u002c" * 250_000 + rb"\u002C" * 250_001, False),
        (rb"\u007b" * 50_000 + rb"\\u007B" * 50_000 + b"x" * MIB, True),
        (rb"\u007b" * 50_000 + rb"\\u007B" * 50_001 + b"x" * MIB, False),
        (rb"\u005b" * 50_000 + rb"\u005cu005B" * 50_001 + b"x" * MIB, False),
    ],
)
def test_a_line_is_parsed_up_to_a_length_and_a_number_of_values(line: bytes, allowed: bool) -> None:
    assert LINE_BOUNDS.allow(line) is allowed


@pytest.mark.parametrize(
    ("line", "length"),
    [
        (b"x" * 201, 201),
        (b'{"type":"RECORD","record":{"x":"' + b"," * 80, 112),
        (b'{"type":"RECORD","record":{"x":"' + b"[" * 80, 112),
        (b"x" * 60, 60),
        (Cut(b"x" * 20, 10**9), 10**9),
    ],
)
def test_what_is_not_read_is_counted_and_its_head_and_length_are_kept(
    line: bytes | Cut, length: int
) -> None:
    kept = Kept()
    plans = {StreamKey(None, "people"): plan_stream(Table(None, "people", ("id", "email")), ())}
    sync = Sync(plans, FakeDelivery(), Outlets(lambda _text: None, kept))
    feed(sync, line, bounds=SMALL)
    assert (sync.report.unreadable_lines, sync.report.read) == (1, 0)
    ((reason, origin),) = kept.kept
    assert reason == "unreadable_line"
    assert origin.size == 20
    entry = origin.entry()
    assert entry["length"] == length
    head = line.head if isinstance(line, Cut) else line[:20]
    assert b64decode(str(entry["raw"])) == head


@pytest.mark.parametrize("line", [b"x" * 201, b"x" * 60, Cut(b"x" * 20, 10**9)])
def test_what_is_not_read_is_kept_as_its_origin_has_it(line: bytes | Cut) -> None:
    kept, whole = Kept(), Line(b"all of it")
    feed(Sync({}, FakeDelivery(), Outlets(lambda _text: None, kept)), line, whole, bounds=SMALL)
    assert kept.kept == [("unreadable_line", whole)]


def test_a_short_line_that_is_no_message_is_kept_whole() -> None:
    assert Cut(b"Hello", 5).entry() == {"raw": "SGVsbG8="}


STATES = [
    b'{"type":"STATE","state":{"data":{"x":"',
    b' {\t"type" : "STATE" , "state" : {',
    b'\xef\xbb\xbf{"type":"STATE"',
    b'{"state":{"type":"GLOBAL","global":{"stream_states":[{"x":"',
    b'{"a":{"type":"RECORD"},"b":["x"],"type":"STATE",',
    b'{"ty\\u0070e":"ST\\u0041TE","state":{',
    b'{"type":"RECORD","type":"STATE","x":"',
    b'{"state":',
    b'{"x\xff":"\xc3","type":"STATE","state":{"x":"\xf0\x9f',
]
OTHERS = [
    b'{"type":"RECORD","record":{"stream":"a","data":{"type":"STATE","state":{"x":"',
    b'{"record":{"data":{"type":"STATE"},"state":{"x":1}},"x":"',
    b'{"record":{"data":{"x":"{\\"type\\":\\"STATE\\"',
    b'{"type":"LOG","state":{"x":"',
    b'[{"type":"STATE"',
    b'x{"type":"STATE"',
    b'"type":"STATE"',
    b"",
    b",,,,",
    b'{"x":"' + b'\\"' * 30_000,
]


@pytest.mark.parametrize("head", STATES)
def test_a_state_is_known_by_its_head(head: bytes) -> None:
    assert is_state(head)


@pytest.mark.parametrize("head", OTHERS)
def test_nothing_else_is_taken_for_a_state(head: bytes) -> None:
    assert not is_state(head)


@pytest.mark.parametrize("head", STATES)
def test_a_state_that_is_too_long_stops_the_sync(head: bytes) -> None:
    sync = Sync({}, FakeDelivery(), Outlets(lambda _text: None))
    with pytest.raises(ConfigError, match=r"a STATE of 17000000 bytes.* \(above 16 MiB, or"):
        feed(sync, Cut(head, 17_000_000))
    assert sync.report.unreadable_lines == 0


@pytest.mark.parametrize("extra", ['"n":NaN', '"n":"\\ud800"', '"n":123456789012345678901'])
def test_a_large_record_that_only_python_can_read_is_too_large_in_its_stream(extra: str) -> None:
    text = "Ω" * (LINE_BOUNDS.odd_bytes // 2)
    frame = '{{"type":"RECORD","record":{{"data":{{{},"x":"{}"}},"stream":"ä","namespace":"n"}}}}'
    assert parse(frame.format(extra, text).encode()) == TooLarge(StreamKey("n", "ä"))
    assert isinstance(parse(frame.format(extra, "x").encode()), Record)
    assert isinstance(parse(frame.format(extra, text).replace("stream", "s").encode()), Unreadable)


def test_smaller_bounds_hold_wherever_a_line_is_read() -> None:
    kept = Kept()
    plans = {StreamKey(None, "people"): plan_stream(Table(None, "people", ("id", "email")), ())}
    sync = Sync(plans, FakeDelivery(), Outlets(lambda _text: None, kept))
    bounds = LineBounds(uncounted_bytes=100, odd_bytes=120)
    frame = '{"type":"RECORD","record":{"stream":"people","data":{"id":%s,"x":"%s"}}}'
    lines = [(frame % ("NaN", "x" * 80)).encode(), (frame % ("1", "x" * 80)).encode()]
    lines.append((frame % ("1", "x")).encode())
    source, sink = os.pipe()
    os.write(sink, b"\n".join(lines))
    os.close(sink)
    given = LinesFromDescriptor(source, sync, bounds)
    while not given.at_end:
        given.take()
    os.close(source)
    assert [reason for reason, _ in kept.kept] == ["too_large", "missing_email", "missing_email"]
    assert [set(origin.entry()) >= {"raw"} for _, origin in kept.kept] == [True, True, False]


def test_a_large_line_is_stored_as_it_came() -> None:
    line = json.dumps({"record": {"stream": "a", "data": {"x": "y" * MIB}}}).encode()
    assert b64decode(str(Line(line).entry()["raw"])) == line


@pytest.mark.parametrize("letter", ["y", "Ω", "\U0001f600", "\u2028"])
@pytest.mark.parametrize("size", [MIB - 100, 16 * MIB - 100])
def test_what_is_stored_of_a_line_that_is_read_can_be_read_again(letter: str, size: int) -> None:
    text = letter * (size // len(letter.encode()))
    frame = '{"type":"RECORD","record":{"stream":"a","data":{"x":"%s"}}}'
    line = (frame % text).encode()
    assert LINE_BOUNDS.allow(line)
    entry = written(Fault(Reason.TOO_LARGE, StreamKey(None, "a")), Line(line).entry())
    assert ENTRY_BOUNDS.allow(entry)
    stored = read(entry)
    assert stored.content == line if isinstance(stored, StoredBytes) else stored.row == {"x": text}


def test_names_of_unknown_streams_take_a_bounded_place() -> None:
    kept = Kept()
    log: list[str] = []
    key = StreamKey(None, "people")
    people = plan_stream(Table(None, "people", ("id", "email")), (Rule("people", "identify"),))
    sync = Sync({key: people}, FakeDelivery(), Outlets(log.append, kept))
    for number in range(300):
        data = {"x": float("nan")}
        record = {"stream": f"s{number}", "namespace": "n", "data": data}
        feed(sync, json.dumps({"type": "RECORD", "record": record}).encode())
        name = {"name": f"t{number}"}
        state = {"type": "STREAM", "stream": {"stream_descriptor": name}}
        feed(sync, json.dumps({"type": "STATE", "state": state}).encode())
    long = {"stream": "s" * 600, "data": {}}
    feed(sync, json.dumps({"type": "RECORD", "record": long}).encode())
    sync.record(key, {"id": 1, "email": "a@b.example"}, None, Line(b"{}"))
    released = sync.settle()
    counts = {str(stream): tally.read for stream, tally in sync.report.streams.items()}
    assert len(counts) == 102
    assert counts["(others)"] == 251
    assert counts["n.s49"] == 1
    assert counts["people"] == 1
    assert len(released) == 300
    assert sum(each.rejected for each in released) == 250
    assert {reason for reason, _ in kept.kept} == {"unknown_stream"}
    assert sum("(others)" in line for line in log) < 10


def test_a_stored_reject_of_one_of_many_streams_keeps_its_name() -> None:
    faults: list[Fault] = []

    class Noting(OnlyLogged):
        def put(self, fault: Fault, origin: Origin) -> None:
            del origin
            faults.append(fault)

    sync = Sync({}, FakeDelivery(), Outlets(lambda _text: None, Noting()))
    for number in range(101):
        sync.record(StreamKey(None, f"s{number}"), {}, None, Line(b"{}"))
    assert [str(fault.stream) for fault in faults[-2:]] == ["s99", "s100"]
    assert [str(fault.place) for fault in faults[-2:]] == ["s99", "(others)"]


def test_it_is_said_why_a_line_is_not_read() -> None:
    assert LineBounds().excess(17_825_886) == (
        "it has 17,825,886 bytes, more than the 16 MiB that are read"
    )
    assert LineBounds().excess(2_000_000) == (
        "it has 2,000,000 bytes with more than 500,000 commas or 100,000 brackets, too many to be "
        "read"
    )
