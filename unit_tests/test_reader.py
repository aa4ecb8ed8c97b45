"""Lines are split right however the bytes arrive, and input is left alone on demand."""

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from destination_inflection.protocol.reader import LineReader


class Pipes:
    def __init__(self) -> None:
        self.input, self.source = os.pipe()
        self.wake, self.news = os.pipe()
        self.reader = LineReader(self.input, self.wake)

    def close(self) -> None:
        for fd in (self.input, self.source, self.wake, self.news):
            with suppress(OSError):
                os.close(fd)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    opened = Pipes()
    yield opened
    opened.close()


def test_a_line_is_whole_only_with_its_newline(pipes: Pipes) -> None:
    os.write(pipes.source, b"one\ntw")
    assert pipes.reader.wait(0, want_input=True) == [b"one"]
    os.write(pipes.source, b"o\n")
    assert pipes.reader.wait(0, want_input=True) == [b"two"]


def test_a_last_line_without_newline_counts(pipes: Pipes) -> None:
    os.write(pipes.source, b"last")
    os.close(pipes.source)
    assert pipes.reader.wait(0, want_input=True) == []
    assert pipes.reader.wait(0, want_input=True) == [b"last"]
    assert pipes.reader.at_end


def test_input_that_is_not_wanted_stays_in_the_pipe(pipes: Pipes) -> None:
    os.write(pipes.source, b"one\n")
    assert pipes.reader.wait(0, want_input=False) == []
    assert pipes.reader.wait(0, want_input=True) == [b"one"]


def test_news_end_the_wait_and_are_read_away(pipes: Pipes) -> None:
    os.write(pipes.news, b"\0\0")
    assert pipes.reader.wait(60, want_input=True) == []
    assert pipes.reader.wait(0, want_input=True) == []


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=6), st.data())
def test_lines_survive_any_chunking(lines: list[bytes], data: st.DataObject) -> None:
    pipes = Pipes()
    text = b"".join(line + b"\n" for line in lines)
    read: list[bytes] = []
    while text:
        size = data.draw(st.integers(1, len(text)))
        os.write(pipes.source, text[:size])
        text = text[size:]
        read += pipes.reader.wait(0, want_input=True)
    pipes.close()
    assert read == lines
