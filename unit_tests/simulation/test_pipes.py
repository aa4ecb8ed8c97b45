"""The pipes of a process hold 64 KiB, and nobody waits in them for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from simulation.chance import chance
from simulation.lines import InputLine
from simulation.pipes import InputPipe, OutputPipe
from simulation.scenario import Scenario
from simulation.states import Message
from simulation.violation import Killed
from unit_tests.simulation.by_hand import PIPE_BYTES, PLAIN, Scene, line

_LARGE = 1 << 20


@dataclass
class Input(Scene):
    """Standard input, and what was seen of it."""

    lines: Sequence[Message] = ()
    scenario: Scenario = PLAIN
    seen: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pipe = InputPipe(
            iter(self.lines), self.scenario, self.life, chance(1, "pipe"), self.seen.append
        )

    def read(self, size: int = _LARGE) -> bytes:
        return self.pipe.read(0, size)

    def read_all(self, size: int = _LARGE) -> list[bytes]:
        """Reads to the end; waits where there is nothing yet."""
        chunks: list[bytes] = []
        while True:
            self.timeline.advance(self.timeline.now + 1_000, lambda: self.pipe.is_ready)
            chunk = self.read(size)
            if not chunk:
                return chunks
            chunks.append(chunk)


def sized(position: int, size: int) -> InputLine:
    """A line of so many bytes with its newline."""
    return replace(line(position), text=b"x" * (size - 1))


def text(lines: Sequence[Message]) -> bytes:
    return b"".join(each.text + b"\n" for each in lines)


@pytest.mark.parametrize(("size", "fit"), [(1_024, 64), (1_000, 66), (_LARGE, 1)])
def test_no_line_is_begun_when_the_input_pipe_is_full(size: int, fit: int) -> None:
    made = Input(lines=[sized(number, size) for number in range(1, 100)])
    chunk = made.read()
    assert len(chunk) == size * fit
    assert len(chunk) - size < PIPE_BYTES
    assert len(made.seen) == made.pipe.most_lines_at_once == fit


@pytest.mark.parametrize(("chunk_bytes", "size"), [(100, _LARGE), (_LARGE, 100), (7, 13)])
def test_input_comes_in_chunks_and_a_line_counts_when_its_last_byte_is_read(
    chunk_bytes: int, size: int
) -> None:
    lines = [line(number) for number in range(1, 20)]
    made = Input(lines=lines, scenario=replace(PLAIN, chunk_bytes=chunk_bytes))
    got = b""
    while chunk := made.read(size):
        got += chunk
        assert len(chunk) <= min(size, chunk_bytes)
        assert made.seen == lines[: got.count(b"\n")]
    assert got == text(lines)
    assert made.pipe.cut_lines > 10


def test_whole_lines_are_not_cut() -> None:
    made = Input(lines=[line(1), line(2)])
    made.read_all()
    assert made.pipe.cut_lines == 0


def test_the_end_of_input_can_be_read_and_is_noted() -> None:
    made = Input(lines=[line(1)], scenario=replace(PLAIN, row_seconds=2.0))
    assert made.read_all() == [text([line(1)])]
    assert made.pipe.is_ready
    assert made.pipe.ended_at == made.timeline.now == 0


def test_a_slow_source_wakes_who_waits_for_it() -> None:
    made = Input(lines=[line(1), line(2), line(3)], scenario=replace(PLAIN, row_seconds=2.0))
    when = []
    for _ in range(3):
        made.timeline.advance(100, lambda: made.pipe.is_ready)
        when.append(made.timeline.now)
        made.read()
        assert made.timeline.now == when[-1]
    assert when == [0, 2, 4]


def test_a_source_pauses_now_and_then() -> None:
    lines = [line(number) for number in range(1, 201)]
    made = Input(lines=lines, scenario=replace(PLAIN, pauses=0.1))
    assert b"".join(made.read_all()) == text(lines)
    assert 5 * 15 < made.timeline.now < 40 * 15


def test_a_dead_process_reads_nothing() -> None:
    made = Input(lines=[line(1)])
    made.life.die("SIGKILL")
    with pytest.raises(Killed):
        made.read()
    assert not made.seen


@dataclass
class Output(Scene):
    """Standard output, and what was written to it and read of it."""

    reading_seconds: float = 0.0
    written: list[bytes] = field(default_factory=list)
    read: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        scenario = replace(PLAIN, reading_seconds=self.reading_seconds)
        self.pipe = OutputPipe(scenario, self.life, self.written.append, self.read.append)


def test_a_line_counts_when_it_is_whole() -> None:
    made = Output()
    assert made.pipe.write(b'{"type"') == 7
    assert made.written == made.read == []
    made.pipe.write(b":1}\n")
    assert made.written == made.read == [b'{"type":1}']


def test_a_slow_platform_reads_a_line_at_a_time() -> None:
    made = Output(reading_seconds=2.0)
    for each in (b"a\n", b"b\n", b"c\n"):
        made.pipe.write(each)
    counts = []
    for seconds in (1.0, 2.0, 3.9, 4.0, 6.0, 100.0):
        made.timeline.advance(seconds)
        counts.append(len(made.read))
    assert counts == [0, 1, 1, 2, 3, 3]
    assert made.pipe.blocked == made.pipe.unread == 0
    made.pipe.write(b"d\n")
    made.timeline.advance(101)
    assert made.pipe.unread == 1
    made.timeline.advance(102)
    assert made.read == [b"a", b"b", b"c", b"d"]


def test_a_full_pipe_blocks_until_the_platform_has_read() -> None:
    made = Output(reading_seconds=5.0)
    half = b"x" * 40_000 + b"\n"
    made.pipe.write(half)
    assert (made.timeline.now, made.pipe.blocked) == (0, 0)
    made.pipe.write(half)
    assert (made.timeline.now, made.pipe.blocked, made.pipe.unread) == (5, 1, 1)
    made.pipe.write(b"small\n")
    assert made.timeline.now == 5


@pytest.mark.parametrize("loses", [False, True])
def test_a_process_that_is_killed_while_it_is_blocked_goes_no_further(*, loses: bool) -> None:
    made = Output(reading_seconds=60.0)
    lines = [b"%d" % number * 40_000 for number in range(2)]
    made.timeline.at(3, lambda: made.life.die("SIGKILL"))
    made.pipe.write(lines[0] + b"\n")
    with pytest.raises(Killed):
        made.pipe.write(lines[1] + b"\n")
    with pytest.raises(Killed):
        made.pipe.write(b"one more\n")
    assert made.written == lines
    made.pipe.drain(loses=loses)
    assert len(made.read) + made.pipe.lost == 2
    assert made.read == lines[: len(made.read)]
    assert bool(made.pipe.lost) is loses
    assert made.pipe.unread == 0


@pytest.mark.parametrize(("loses", "read", "lost"), [(False, 3, 0), (True, 1, 2)])
def test_what_is_left_in_the_pipe_is_read_or_lost(*, loses: bool, read: int, lost: int) -> None:
    made = Output(reading_seconds=1.0)
    for each in (b"a\n", b"b\n", b"c\n"):
        made.pipe.write(each)
    made.timeline.advance(1)
    made.pipe.drain(loses=loses)
    assert (len(made.read), made.pipe.lost) == (read, lost)
    made.timeline.advance(100)
    assert len(made.read) == read


def test_a_flush_is_an_event() -> None:
    made = Output()
    made.pipe.flush()
    assert made.life.events == 1
