"""What a replay notes, where, and what it leaves out for that."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest

from destination_inflection.commands.replay_books import Earlier, Journal
from destination_inflection.errors import ConfigError, TransientError
from destination_inflection.rejects.books import Books
from destination_inflection.rejects.entry import Place

PART = "/rejected/first/_/people/000001.jsonl.gz"


def first(line: int, run: str = "first") -> Place:
    return Place(f"{run}/_/people/000001.jsonl.gz", line)


@dataclass
class Disk:
    """Files in memory, and how often each was written."""

    files: dict[str, bytes] = field(default_factory=lambda: {PART: b""})
    writes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    is_full: bool = False
    read_only: set[str] = field(default_factory=set)
    probed: list[str] = field(default_factory=list)
    time: float = 0.0

    def find(self, place: str) -> list[str]:
        found = sorted(name for name in self.files if name.startswith(place))
        if not found:
            raise ConfigError("no such folder")
        return found

    def read(self, location: str) -> bytes:
        return self.files[location]

    def mark(self, location: str) -> str | None:
        content = self.files.get(location)
        return None if content is None else content.hex()

    def store_at(self, place: str) -> "Folder":
        return Folder(self, place)

    def journal(
        self, *runs: str, when: str = "1", sent_earlier: Earlier = Earlier.LEFT_OUT
    ) -> Journal:
        named = runs or ("/rejected/first",)
        made = Journal(named, self, when, sent_earlier, lambda: self.time)
        made.turn_to(named[0])
        return made


@dataclass
class Folder:
    disk: Disk
    place: str

    def save(self, path: str, content: bytes) -> str:
        if self.disk.is_full or self.place in self.disk.read_only:
            raise TransientError("full")
        location = f"{self.place}/{path}"
        self.disk.files[location] = content
        self.disk.writes[location] += 1
        return location

    def check(self) -> None:
        self.disk.probed.append(self.place)
        if self.disk.is_full or self.place in self.disk.read_only:
            raise ConfigError("read only")


def sent(journal: Journal, *places: Place) -> list[bool]:
    """Which of them a replay takes; those are delivered."""
    taken = []
    for place in places:
        taken.append(journal.takes(place))
        if taken[-1]:
            journal.delivered(place)
    return taken


def test_what_went_through_is_left_out_the_next_time() -> None:
    disk = Disk()
    journal = disk.journal(when="1")
    assert sent(journal, first(1), first(2)) == [True, True]
    journal.save()
    assert list(disk.files) == [PART, "/rejected/first/replayed-1.json"]
    again = disk.journal(when="2")
    assert sent(again, first(1), first(2), first(3)) == [False, False, True]
    assert (again.earlier, again.copies) == (2, 0)
    again.save()
    third = disk.journal(when="3")
    assert sent(third, first(1), first(2), first(3)) == [False] * 3


def test_of_another_file_with_the_name_of_a_part_all_is_sent() -> None:
    disk = Disk()
    journal = disk.journal(when="1")
    sent(journal, first(1))
    journal.save()
    disk.files[PART] = b"of another run, which was copied over this one"
    again = disk.journal(when="2")
    assert sent(again, first(1)) == [True]
    again.save()
    assert sent(disk.journal(when="3"), first(1)) == [False]


@pytest.mark.parametrize("content", [b"{" * 26_000_000, b'{"replayed":{}}' + b" " * 26_000_000])
def test_books_that_are_too_long_are_not_parsed(content: bytes) -> None:
    disk = Disk()
    disk.files["/rejected/first/replayed-0.json"] = content
    with pytest.raises(ConfigError, match="can't be read: remove it"):
        disk.journal()


def test_again_sends_all_and_reads_no_books() -> None:
    disk = Disk()
    disk.files["/rejected/first/replayed-0.json"] = b"broken"
    with pytest.raises(ConfigError, match="--again"):
        disk.journal()
    journal = disk.journal(sent_earlier=Earlier.SENT_AGAIN)
    assert sent(journal, first(1)) == [True]


def test_two_runs_of_one_name_are_refused() -> None:
    runs = ("/a/rejects", "/b/rejects")
    with pytest.raises(ConfigError, match="/a/rejects and /b/rejects have the same name, "):
        Disk().journal(*runs)


def test_a_copy_of_what_this_replay_took_is_left_out() -> None:
    journal = Disk().journal("/rejected/first", "/rejected/second")
    assert journal.takes(first(1))
    journal.turn_to("/rejected/second")
    assert [journal.takes(first(1)), journal.takes(first(2))] == [False, True]
    assert (journal.earlier, journal.copies) == (0, 1)


@pytest.mark.parametrize(
    ("second", "named", "home"),
    [
        ("/rejected/second", [], "/rejected/first"),
        ("/elsewhere/second", ["/rejected/first"], "/rejected/first"),
        ("/elsewhere/second", [], "/elsewhere/second"),
    ],
)
def test_a_copy_is_noted_where_the_original_is_if_that_can_be_found(
    second: str, named: list[str], home: str
) -> None:
    disk = Disk()
    disk.files[f"{second}/_/people/000001.jsonl.gz"] = b""
    journal = disk.journal(second, *named)
    assert sent(journal, first(7)) == [True]
    journal.save()
    assert [name for name in disk.files if name.endswith(".json")] == [f"{home}/replayed-1.json"]
    assert sent(disk.journal(second, *named, when="2"), first(7)) == [False]


@pytest.mark.parametrize("named", [[], ["/rejected/first"]])
def test_a_copy_is_noted_where_it_is_if_the_original_may_only_be_read(named: list[str]) -> None:
    disk = Disk(read_only={"/rejected/first"})
    disk.files["/rejected/second/_/people/000001.jsonl.gz"] = b""
    disk.files["/rejected/first/replayed-0.json"] = earlier(first(9))
    journal = disk.journal("/rejected/second", *named)
    assert sent(journal, first(7), first(8), first(9)) == [True, True, False]
    journal.save()
    assert disk.writes == {"/rejected/second/replayed-1.json": 1}
    assert disk.probed == ["/rejected/first"], "once"
    assert sent(disk.journal("/rejected/second", *named, when="2"), first(7)) == [False]


def earlier(*places: Place) -> bytes:
    books = Books()
    for place in places:
        books.add(place)
    return books.written("first", lambda _part: "")


def test_nothing_is_written_where_nothing_is_noted() -> None:
    disk = Disk()
    disk.files["/rejected/second/_/people/000001.jsonl.gz"] = b""
    journal = disk.journal("/rejected/second")
    assert journal.takes(first(7))
    journal.save()
    assert disk.probed == []


def test_a_copy_is_left_out_if_the_original_went_through_meanwhile() -> None:
    disk = Disk()
    disk.files["/rejected/second/_/people/000001.jsonl.gz"] = b""
    journal = disk.journal()
    sent(journal, first(7))
    journal.save()
    assert sent(disk.journal("/rejected/second", when="2"), first(7)) == [False]


def test_notes_are_written_once_a_second_and_only_if_there_are_new_ones() -> None:
    disk = Disk()
    journal = disk.journal()
    written = []
    for line, time in enumerate((0.5, 1.0, 1.5, 2.1), 1):
        disk.time = time
        sent(journal, first(line))
        journal.save_if_due()
        written.append(disk.writes["/rejected/first/replayed-1.json"])
    disk.time = 9.0
    journal.save_if_due()
    journal.save()
    assert written == [0, 1, 1, 2]
    assert disk.writes["/rejected/first/replayed-1.json"] == 2


def test_books_that_cant_be_written_are_told_by_their_own_name() -> None:
    disk = Disk(is_full=True)
    journal = disk.journal()
    with pytest.raises(ConfigError, match=r"/rejected/first, which can't be written: .*--again"):
        journal.check()
    sent(journal, first(1))
    with pytest.raises(TransientError, match="/rejected/first"):
        journal.save()
    disk.is_full = False
    journal.save()
    assert sent(disk.journal(when="2"), first(1)) == [False]
