"""How each stream of a run stands: what of it was delivered, and what was rejected."""

from collections import Counter

MANY = 20
"""So many rejects, and nothing delivered, are not the nature of the data."""


class Standings:
    """Counts the records that are settled, by stream."""

    def __init__(self) -> None:
        self.delivered: Counter[str] = Counter()
        """Records with all their calls delivered, or not needed."""
        self.rejected: Counter[str] = Counter()
        """Without those about somebody whom Inflection does not know."""

    def is_failing(self, stream: str) -> bool:
        """Whether much of a stream was rejected and nothing delivered: its states have to stay."""
        return not self.delivered[stream] and self.rejected[stream] >= MANY

    def is_doubtful(self, stream: str) -> bool:
        """Whether some of a stream was rejected and nothing delivered."""
        return not self.delivered[stream] and self.rejected[stream] > 0
