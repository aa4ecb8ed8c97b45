"""How each stream of a run stands: what of it was delivered, and what was rejected."""

from collections import Counter
from typing import Final

from destination_inflection.delivery.outcomes import Delivered, Outcome, Refusal, Refused
from simulation.lines import Fate, InputLine

MANY: Final = 20
"""So many rejects, and nothing delivered, are not the nature of the data."""


class Standings:
    """Counts the records that are settled, by stream."""

    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()
        """Records that were not rejected, with a call that was delivered."""
        self.rejected: Counter[str] = Counter()
        """Without those about somebody whom Inflection does not know."""
        self._taken: set[str] = set()
        """Records of which a call was delivered."""
        self._refused: set[str] = set()
        """Records of which a call was refused for another reason."""

    def ended(self, line: InputLine, outcome: Outcome) -> None:
        """A call of a record came back."""
        match outcome:
            case Delivered():
                self._taken.add(line.mark)
            case Refused(why=why) if why is not Refusal.UNKNOWN_CONTACT:
                self._refused.add(line.mark)

    def settled(self, line: InputLine, *, is_rejected: bool) -> None:
        """All calls of a record have come back."""
        if not is_rejected:
            self.passed[line.stream] += line.mark in self._taken
        elif line.fate is Fate.REJECTED or line.mark in self._refused:
            self.rejected[line.stream] += 1

    def is_failing(self, stream: str) -> bool:
        """Whether much of a stream was rejected and nothing delivered: its states have to stay."""
        return not self.passed[stream] and self.rejected[stream] >= MANY

    def is_doubtful(self, stream: str) -> bool:
        """Whether some of a stream was rejected and nothing delivered."""
        return not self.passed[stream] and self.rejected[stream] > 0

    def nothing_passes(self, unreadable: int) -> bool:
        """Whether much of all streams was rejected and nothing delivered: all states have to stay.

        `unreadable` counts the lines that nobody can read, which are rejected too.
        """
        return not self.passed.total() and self.rejected.total() + unreadable >= MANY
