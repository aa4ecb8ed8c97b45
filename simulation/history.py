"""What is true of a world over all its runs, as far as it can be judged: fates, covers, files."""

import gzip
from base64 import b64decode
from collections import Counter

import orjson

from simulation.event_endpoint import MARK, VALUE
from simulation.lines import Fate, InputLine
from simulation.source import Source
from simulation.states import StateLine
from simulation.violation import Rule, Violation


class History:
    """Outlives the runs. Records are named by their marks."""

    def __init__(self, source: Source, *, has_store: bool) -> None:
        self._source = source
        self.has_store = has_store
        self.lines: dict[str, InputLine] = {
            line.mark: line for lines in source.by_stream.values() for line in lines
        }
        self.delivered: set[str] = set()
        """All calls of these came back as delivered, or as not needed, in one run."""
        self.refused: set[str] = set()
        """A call of these came back as refused."""
        self.ever_refused: set[str] = set()
        """The same, in whatever run; it may have been sent again since."""
        self.stored: set[str] = set()
        """These are among the stored rejects."""
        self.stored_lines: set[bytes] = set()
        self._stored_in: set[tuple[str, bytes]] = set()
        """Runs, and the records that are among the rejects of each."""
        self.cursors: dict[str, int] = {}
        """Where the source goes on: what the states that the platform has read say."""
        self._checked: Counter[str] = Counter()
        self.settled = 0

    def begin_run(self) -> None:
        """What no state covers is sent again: what became of it does not count any more."""
        self.ever_refused |= self.refused
        for marks in (self.delivered, self.refused):
            marks.difference_update([mark for mark in marks if not self._is_covered(mark)])

    def _is_covered(self, mark: str) -> bool:
        line = self.lines[mark]
        return line.position <= self.cursors.get(line.stream, 0)

    def has_stored_uncovered(self) -> bool:
        """Whether a reject is stored, and the state that covers it was not read."""
        return any(not self._is_covered(mark) for mark in self.stored)

    def is_rejected(self, line: InputLine) -> bool:
        """Whether a record is, as far as it shows by now."""
        return line.fate is Fate.REJECTED or line.mark in self.refused

    def is_missing(self, line: InputLine) -> bool:
        """Whether a line is a rejected record, or one that nobody can read, and is not stored."""
        is_kept = line.fate is Fate.UNREADABLE or self.is_rejected(line)
        if not (self.has_store and is_kept):
            return False
        return line.mark not in self.stored and line.text.strip() not in self.stored_lines

    def file_saved(self, path: str, content: bytes) -> None:
        """Takes in what a file holds.

        Raises:
            Violation: a report holds a record's value, or a record is stored twice in a run.
        """
        if not path.endswith(".jsonl.gz"):
            if VALUE.search(content) and not path.endswith("catalog.json"):
                raise Violation(Rule.SECRETS, f"{path} holds a record's value")
            return
        entries = gzip.decompress(content)
        self.stored.update(mark.decode() for mark in MARK.findall(entries))
        for entry in entries.splitlines():
            self._is_stored_once(path.partition("/")[0], entry)
            raw = orjson.loads(entry).get("raw") if b'"raw"' in entry else None
            if isinstance(raw, str):
                self.stored_lines.add(b64decode(raw).strip())

    def _is_stored_once(self, run: str, entry: bytes) -> None:
        found = MARK.search(entry, max(entry.find(b'"record":'), 0))
        if found is not None and b'"raw":' not in entry:
            if (run, found[0]) in self._stored_in:
                raise Violation(Rule.COVERED, f"{found[0].decode()} is stored twice in one run")
            self._stored_in.add((run, found[0]))

    def state_read(self, state: StateLine) -> None:
        """The platform has read a state: the source goes on from it.

        Raises:
            Violation: something before it was neither taken, skipped nor rejected.
        """
        for stream, position in state.cursors.items():
            if position < self.cursors.get(stream, 0):
                raise Violation(Rule.STATES, f"a state of {stream} goes back")
            self.cursors[stream] = position
            for line in self._source.by_stream[stream][self._checked[stream] : position]:
                self._look_at(line)
            self._checked[stream] = max(self._checked[stream], position)

    def _look_at(self, line: InputLine) -> None:
        self.settled += 1
        if line.fate is Fate.SKIPPED:
            return
        if self.is_missing(line):
            raise Violation(Rule.COVERED, f"{line.mark} is rejected, covered, and not stored")
        is_rejected = line.fate is Fate.UNREADABLE or self.is_rejected(line)
        if not is_rejected and line.mark not in self.delivered:
            raise Violation(Rule.COVERED, f"{line.mark} is covered and was not delivered")
