"""Keeps the books of a replay (`rejects.books`), so that what went through is not sent again.

What was delivered is noted within a second, and at the end however it comes: a replay that is
killed leaves at most a second of deliveries unnoted, which a later one sends again.

A record is noted at its home, the run where it was stored first, even if a copy of it is sent that
an earlier replay has stored: in the run of that name among those that were named, or next to the
run that is read. If that run is not found, or can't be written, it is noted where it was read.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import Final, Protocol

from destination_inflection.airbyte.bounds import ENTRY_BOUNDS
from destination_inflection.errors import ConfigError, ConnectorError
from destination_inflection.rejects.books import Books, are_books, books_name
from destination_inflection.rejects.entry import Place
from destination_inflection.storage.s3 import S3Config
from destination_inflection.storage.store import Store, file_mark, find_files, open_file, store_at

_NOTED_SECONDS: Final = 1.0
"""How much is sent twice after a kill, against how often a file is written."""


class Earlier(Enum):
    """What becomes of what went through in an earlier replay."""

    LEFT_OUT = auto()
    SENT_AGAIN = auto()


class Files(Protocol):
    """What a journal needs of the places that runs are in; `storage.store` says what each does."""

    def find(self, place: str) -> list[str]:
        """The locations of the files at a place."""
        ...

    def read(self, location: str) -> bytes:
        """A file's content."""
        ...

    def mark(self, location: str) -> str | None:
        """What distinguishes a file from another of the same name; None if it is not there."""
        ...

    def store_at(self, place: str) -> Store:
        """The store that holds the files below a place."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """The files in folders and buckets."""

    bucket: S3Config | None

    def find(self, place: str) -> list[str]:
        """The locations of the files at a place."""
        return find_files(place, self.bucket)

    def read(self, location: str) -> bytes:
        """A file's content; of one that is too long to be books, the beginning."""
        with open_file(location, self.bucket) as file:
            return file.read(ENTRY_BOUNDS.whole_bytes + 1)

    def mark(self, location: str) -> str | None:
        """What distinguishes a file from another of the same name; None if it is not there."""
        return file_mark(location, self.bucket)

    def store_at(self, place: str) -> Store:
        """The store that holds the files below a place."""
        return store_at(place, self.bucket)


class Journal:
    """The books of one replay over all its runs."""

    def __init__(
        self,
        runs: Iterable[str],
        files: Files,
        when: str,
        sent_earlier: Earlier = Earlier.LEFT_OUT,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`runs` are the folders that are replayed; `when` names the files of this replay.

        Raises:
            ConfigError: two of the runs have the same name, by which records are known.
        """
        self._files = files
        self._name_of_file = books_name(when)
        self._clock = clock
        self._homes: dict[str, str | None] = {}
        for run in runs:
            other = self._homes.setdefault(_name(run), run)
            if other != run:
                raise ConfigError(
                    f"{other} and {run} have the same name, by which a replay knows what it has "
                    "sent: give one of them another name, or replay them one by one."
                )
        self._run = self._name = ""
        self._sent, self._taken = Books(), Books()
        self._notes: dict[str, Books] = {}
        self._unsaved: set[str] = set()
        self._marks: dict[str, str | None] = {}
        """By location."""
        self._are_read: set[str] = set()
        self._can_write: dict[str, bool] = {}
        """Of the runs that are not read themselves, those that were tried."""
        self._saved_at = clock()
        self._heeds = sent_earlier is Earlier.LEFT_OUT
        self.earlier = 0
        """Entries that were left out because they were sent before."""
        self.copies = 0
        """Entries that were left out because they were taken before in this replay."""

    def turn_to(self, run: str) -> None:
        """From now on, entries come from this run.

        Raises:
            ConnectorError: its books can't be read.
        """
        self._run, self._name = run, _name(run)
        self._read(run)

    def check(self) -> None:
        """Makes sure that the run's books can be written.

        Raises:
            ConnectorError: they can't.
        """
        try:
            self._files.store_at(self._run).check()
        except ConnectorError as error:
            raise self._problem(error, self._run) from None

    def was_sent(self, place: Place) -> bool:
        """Whether what was stored there first went through in an earlier replay; counts it."""
        found = self._heeds and place in self._sent
        self.earlier += found
        return found

    def takes(self, first: Place) -> bool:
        """Whether an entry that was stored first there is to be sent; it is taken then."""
        self._home(first.run)
        if self.was_sent(first):
            return False
        if first in self._taken:
            self.copies += 1
            return False
        self._taken.add(first)
        return True

    def delivered(self, first: Place) -> None:
        """Notes that what was stored first there went through."""
        home = self._home(first.run)
        if home != self._run and not self._can_be_written(home):
            home = self._run
        self._notes.setdefault(home, Books()).add(first)
        self._unsaved.add(home)

    def save_if_due(self) -> None:
        """Writes what was noted, at most once a second.

        Raises:
            ConnectorError: it can't be written.
        """
        if self._unsaved and self._clock() - self._saved_at >= _NOTED_SECONDS:
            self.save()

    def save(self) -> None:
        """Writes what was noted.

        Raises:
            ConnectorError: it can't be written.
        """
        for home in sorted(self._unsaved):
            try:
                content = self._notes[home].written(_name(home), partial(self._mark, home))
                self._files.store_at(home).save(self._name_of_file, content)
            except ConnectorError as error:
                raise self._problem(error, home) from None
            self._unsaved.discard(home)
        self._saved_at = self._clock()

    def _home(self, name: str) -> str:
        """The run of that name, else the one that is read."""
        if name == self._name:
            return self._run
        if name not in self._homes:
            next_to_it = f"{self._run.rpartition('/')[0]}/{name}"
            self._homes[name] = next_to_it if self._read(next_to_it) else None
        home = self._homes[name] or self._run
        if home not in self._are_read:
            self._read(home)
        return home

    def _can_be_written(self, home: str) -> bool:
        if home not in self._can_write:
            try:
                self._files.store_at(home).check()
            except ConnectorError:
                self._can_write[home] = False
            else:
                self._can_write[home] = True
        return self._can_write[home]

    def _read(self, run: str) -> bool:
        """Reads the books in a run; returns whether there is such a run."""
        self._are_read.add(run)
        found: list[str] = []
        with suppress(ConfigError):
            found = self._files.find(f"{run}/")
        for location in filter(are_books, found if self._heeds else ()):
            try:
                content = self._files.read(location)
                if not ENTRY_BOUNDS.allow(content):
                    raise ValueError  # noqa: TRY301 - they are as damaged as others
                self._sent.read(content, _name(run), partial(self._mark, run))
            except ValueError:
                raise ConfigError(
                    f"{location} should say what earlier replays have sent, but can't be read: "
                    "remove it, or give --again to send all of the run."
                ) from None
        return bool(found)

    def _mark(self, run: str, part: str) -> str | None:
        """The mark of a part, most often one of this run."""
        name, _, rest = part.partition("/")
        home = run if name == _name(run) else self._homes.get(name)
        location = f"{home}/{rest}"
        if location not in self._marks:
            self._marks[location] = None if home is None else self._files.mark(location)
        return self._marks[location]

    @staticmethod
    def _problem(error: ConnectorError, home: str) -> ConnectorError:
        return type(error)(
            f"What a replay sends is noted in {home}, which can't be written: make it writable, or "
            "give --again to send all of it without notes."
        )


def _name(run: str) -> str:
    return run.rpartition("/")[2]
