"""The faults of a world, counted: so that it can be played again with the first few only."""

from collections import Counter
from math import inf

from simulation.trace import Trace


class Faults:
    """Says whether a fault that is due happens; after the first `most`, none does any more."""

    def __init__(self, trace: Trace, most: float = inf) -> None:
        self._trace = trace
        self._most = most
        self.kinds: Counter[str] = Counter()

    @property
    def happened(self) -> int:
        """How many faults there were."""
        return self.kinds.total()

    def happens(self, kind: str) -> bool:
        """Whether this one does; then it is counted."""
        if self.happened >= self._most:
            return False
        self.kinds[kind] += 1
        self._trace.note("fault", f"{self.happened}: {kind}")
        return True
