"""The world's store of files: what is in it outlives every process."""

from random import Random
from typing import Final, Protocol

from destination_inflection.errors import ConfigError, TransientError
from simulation.faults import Faults
from simulation.history import History
from simulation.life import Life
from simulation.scenario import Scenario, StoreTrouble
from simulation.violation import Killed, Rule, Violation

_HANGS_SECONDS: Final = 300.0
"""Five attempts of a minute each, as with S3."""
_SAVE_SECONDS: Final = 0.02


class Files:
    """The files by their paths; a path is written once."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}


class Nature(Protocol):
    """What the store needs to know of its world."""

    scenario: Scenario
    faults: Faults
    files: Files
    history: History


class WorldStore:
    """What one run knows of the store (`storage.store.Store`)."""

    def __init__(
        self,
        nature: Nature,
        life: Life,
        rng: Random,
    ) -> None:
        self._saved = nature.history.file_saved
        self._files = nature.files
        self._scenario = nature.scenario
        self._faults = nature.faults
        self._life = life
        self._rng = rng

    def check(self) -> None:
        """Takes some time."""
        self._pass(_SAVE_SECONDS)

    def save(self, path: str, content: bytes) -> str:
        """Stores a file, or fails in one of many ways.

        Raises:
            ConnectorError: it may not be there.
        """
        self._life.touch()
        trouble = self._trouble()
        self._pass(_SAVE_SECONDS)
        match trouble:
            case StoreTrouble.FULL:
                raise TransientError("The store is full: free some space and try again.")
            case StoreTrouble.REFUSED:
                raise ConfigError("It can't be written: check the folder.")
            case StoreTrouble.HANGS:
                self._pass(_HANGS_SECONDS)
                raise TransientError("The store did not answer in time.")
            case StoreTrouble.LOST if self._rng.random() < 0.5:
                raise TransientError("It failed at the end.")
        if path in self._files.contents:
            raise Violation(Rule.COVERED, f"{path} was written over")
        self._files.contents[path] = content
        self._life.trace.note("store", path, content)
        self._saved(path, content)
        self._life.saved()
        if trouble is StoreTrouble.LOST:
            raise TransientError("It failed at the end.")
        return f"/store/{path}"

    def _trouble(self) -> StoreTrouble | None:
        draw = self._rng.random()
        if self._life.timeline.now >= self._scenario.fair_from:
            return None
        for trouble, share in self._scenario.store_troubles.items():
            if draw < share and self._faults.happens(f"store: {trouble.value}"):
                return trouble
        return None

    def _pass(self, seconds: float) -> None:
        """Lets time pass, as much as a call of the store may take.

        Raises:
            Killed: the process was killed meanwhile.
            TransientError: there was a signal, and the time is over.
        """
        timeline, life = self._life.timeline, self._life
        ends = timeline.now + seconds
        while timeline.now < ends:
            deadline = life.store_deadline
            until = ends if deadline is None else min(deadline, ends)
            told = life.is_told
            timeline.advance(until, lambda told=told: life.is_told != told or life.was_killed)  # type: ignore[misc]
            if life.was_killed:
                raise Killed
            if deadline is not None and timeline.now >= deadline and timeline.now < ends:
                raise TransientError("The store did not answer in the time that was left.")
