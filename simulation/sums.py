"""What the log says at the end of a run: the records of each stream, by what became of them."""

import re
from collections import Counter
from typing import Final

from simulation.violation import Rule, Violation

_SUMS: Final = re.compile(
    rb"Stream (\w+): read (\d+), delivered (\d+), rejected (\d+)(?: \([^)]*\))?, skipped (\d+)"
)


class LoggedSums:
    """Collects them line by line."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, ...]] = {}

    def note(self, line: bytes) -> None:
        """Takes in a line of output."""
        for stream, *numbers in _SUMS.findall(line):
            self._found[stream.decode()] = tuple(map(int, numbers))

    def compare(self, read: Counter[str], rejected: Counter[str]) -> None:
        """Compares them with what was read and rejected in a run that was good.

        Raises:
            Violation: they differ, or are not there.
        """
        missing = set(+read) - set(self._found)
        if missing:
            raise Violation(Rule.COUNTS, f"the log has no sums of {sorted(missing)}")
        for stream, said in self._found.items():
            known = read[stream], rejected[stream], read[stream] - rejected[stream]
            if (said[0], said[2], said[1] + said[3]) != known:
                raise Violation(Rule.COUNTS, f"{stream}: {said} in the log, {known} in the world")
