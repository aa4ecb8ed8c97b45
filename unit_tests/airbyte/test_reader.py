"""Lines are split right however the bytes arrive."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.bounds import LineBounds
from destination_inflection.airbyte.line import Cut
from destination_inflection.airbyte.reader import LineReader


@contextmanager
def piped() -> Iterator[tuple[int, LineReader]]:
    source, sink = os.pipe()
    try:
        with os.fdopen(sink, "wb", buffering=0) as writer:
            yield writer.fileno(), LineReader(source)
    finally:
        os.close(source)


def test_a_line_is_whole_only_with_its_newline() -> None:
    with piped() as (writer, reader):
        os.write(writer, b"one\ntw")
        assert reader.read() == [b"one"]
        os.write(writer, b"o\n")
        assert reader.read() == [b"two"]


def test_a_last_line_without_newline_counts() -> None:
    source, sink = os.pipe()
    os.write(sink, b"last")
    os.close(sink)
    reader = LineReader(source)
    ends = [reader.at_end]
    assert reader.read() == []
    ends.append(reader.at_end)
    assert reader.read() == [b"last"]
    ends.append(reader.at_end)
    os.close(source)
    assert ends == [False, False, True]


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=6), st.data())
def test_lines_survive_any_chunking(lines: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + b"\n" for line in lines)
    read: list[bytes | Cut] = []
    with piped() as (writer, reader):
        while text:
            size = data.draw(st.integers(1, len(text)))
            os.write(writer, text[:size])
            text = text[size:]
            read += reader.read()
    assert read == lines


@given(st.integers(1, 40), st.integers(0, 60), st.integers(0, 60), st.data())
def test_of_a_line_that_is_too_long_only_the_head_is_kept(
    kept: int, before: int, after: int, data: st.DataObject
) -> None:
    bounds = LineBounds(whole_bytes=50, uncounted_bytes=40, kept_bytes=kept)
    long = bytes(range(200, 256)) * 3
    text = b"a" * before + b"\n" + long + b"\n" + b"b" * after
    read: list[bytes | Cut] = []
    source, sink = os.pipe()
    reader = LineReader(source, bounds)
    while text:
        size = data.draw(st.integers(1, len(text)))
        os.write(sink, text[:size])
        text = text[size:]
        read += reader.read()
    os.close(sink)
    read += reader.read()
    os.close(source)

    def line(content: bytes) -> bytes | Cut:
        return content if len(content) <= 50 else Cut(content[:kept], len(content))

    last = [line(b"b" * after)] if after else []
    expected = [line(b"a" * before), Cut(long[:kept], len(long)), *last]
    assert [cut_if_whole(each, bounds) for each in read] == expected


def cut_if_whole(line: bytes | Cut, bounds: LineBounds) -> bytes | Cut:
    """A line that came with others in one piece is cut by `feed`, which looks at its length."""
    if isinstance(line, Cut) or bounds.allow(line):
        return line
    return Cut(line[: bounds.kept_bytes], len(line))
