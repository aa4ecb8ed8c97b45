"""The two pipes of a process: what the source writes into it, and what the platform reads of it."""

from collections import deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from simulation.life import Life
from simulation.scenario import Scenario
from simulation.states import Message
from simulation.violation import Killed, Rule, Violation

_CAPACITY: Final = 1 << 16
"""Bytes in a pipe on Linux."""
_LONGEST_PAUSE: Final = 30.0


class InputPipe:
    """Standard input. `sees` is told of each message when its last byte is read."""

    def __init__(
        self,
        messages: Iterator[Message],
        scenario: Scenario,
        life: Life,
        rng: Random,
        sees: Callable[[Message], None],
    ) -> None:
        self._messages = messages
        self._scenario = scenario
        self._life = life
        self._rng = rng
        self._sees = sees
        self._buffer = bytearray()
        self._ends: deque[tuple[int, Message]] = deque()
        """Of each message in the buffer, how many bytes were written by its end."""
        self._written = self._read = 0
        self._next: Message | None = next(messages, None)
        self._next_at = 0.0
        self._alarm_at = 0.0
        self.ended_at: float | None = None
        """When the end was read."""
        self.most_lines_at_once = 0
        self.cut_lines = 0
        """How often a line was not read as a whole."""

    @property
    def is_ready(self) -> bool:
        """Whether there is something to read, or the end."""
        self._fill()
        return bool(self._buffer) or self._next is None

    def read(self, _fd: int, size: int) -> bytes:
        """Reads what is there, at most so many bytes; none at the end."""
        self._life.touch()
        self._fill()
        if not self._buffer and self._next is not None:
            raise Violation(Rule.DEFECT, "it reads where nothing is to be read, and would block")
        if not self._buffer:
            self.ended_at = self._life.timeline.now
            self._life.trace.note("input", "end")
            return b""
        self._life.timeline.something_was_read()
        most = min(size, self._scenario.chunk_bytes)
        chunk = bytes(self._buffer[:most])
        del self._buffer[:most]
        self._read += len(chunk)
        lines = 0
        while self._ends and self._ends[0][0] <= self._read:
            self._sees(self._ends.popleft()[1])
            lines += 1
        self.most_lines_at_once = max(self.most_lines_at_once, lines)
        self.cut_lines += not chunk.endswith(b"\n")
        self._life.trace.note("input", f"{lines} lines", chunk)
        return chunk

    def _fill(self) -> None:
        now = self._life.timeline.now
        while self._next is not None and self._next_at <= now and len(self._buffer) < _CAPACITY:
            line = self._next.text + b"\n"
            self._buffer += line
            self._written += len(line)
            self._ends.append((self._written, self._next))
            self._next = next(self._messages, None)
            pause = self._scenario.row_seconds
            if self._scenario.pauses and self._rng.random() < self._scenario.pauses:
                pause += self._rng.random() * _LONGEST_PAUSE
            self._next_at = max(self._next_at, now if pause else 0.0) + pause
        if self._next is not None and self._next_at > max(now, self._alarm_at):
            # Something happens then: whoever waits for input looks again.
            self._alarm_at = self._next_at
            self._life.timeline.at(self._next_at, self._fill)


class OutputPipe:
    """Standard output: the platform reads a line now and then, and the pipe fills up meanwhile."""

    def __init__(
        self,
        scenario: Scenario,
        life: Life,
        written: Callable[[bytes], None],
        read: Callable[[bytes], None],
    ) -> None:
        """`written` gets each line when it is written, `read` when the platform reads it."""
        self._seconds = scenario.reading_seconds
        self._capacity = scenario.pipe_bytes
        self._life = life
        self._is_written = written
        self._is_read = read
        self._line = bytearray()
        self._unread: deque[bytes] = deque()
        self._bytes = 0
        self._is_reading = False
        self.lost = 0
        """Lines that the platform never reads."""
        self.blocked = 0
        """How often the process had to wait."""

    @property
    def unread(self) -> int:
        """Lines that the platform has not read yet."""
        return len(self._unread)

    def write(self, content: bytes) -> int:
        """Takes bytes of a line; waits while the pipe is full.

        Raises:
            Killed: the process was killed meanwhile.
        """
        if self._life.was_killed:
            raise Killed
        self._line += content
        if content.endswith(b"\n"):
            line = bytes(self._line[:-1])
            self._line.clear()
            self._put(line)
        return len(content)

    def flush(self) -> None:
        """Nothing is kept back."""
        self._life.touch()

    def drain(self, *, loses: bool) -> None:
        """The process is over: what is in the pipe is read, or lost."""
        while self._unread:
            line = self._unread.popleft()
            if loses:
                self.lost += 1
            else:
                self._is_read(line)

    def _put(self, line: bytes) -> None:
        self._is_written(line)
        self._unread.append(line)
        self._bytes += len(line)
        if not self._seconds:
            self._take()
            return
        if not self._is_reading:
            self._read_next()
        timeline = self._life.timeline
        while self._bytes > self._capacity:
            self.blocked += 1
            timeline.advance(timeline.now + self._seconds)
            if self._life.was_killed:
                raise Killed

    def _read_next(self) -> None:
        self._is_reading = bool(self._unread)
        if self._is_reading:
            self._life.timeline.at(self._life.timeline.now + self._seconds, self._read_one)

    def _read_one(self) -> None:
        if self._unread:
            self._take()
        self._read_next()

    def _take(self) -> None:
        line = self._unread.popleft()
        self._bytes -= len(line)
        self._is_read(line)
