"""The books of replays: a set of places, however it is written and read."""

import json
import zlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.rejects.books import Books, are_books, books_name
from destination_inflection.rejects.entry import MOST_LINES, Place

PARTS = [f"run/_/people/00000{number}.jsonl.gz" for number in (1, 2)]
places = st.builds(Place, st.sampled_from(PARTS), st.integers(1, 300))


def books_of(lines: object, part: str = "_/people/000001.jsonl.gz") -> bytes:
    return json.dumps({"replayed": {part: {"lines": lines, "mark": None}}}).encode()


def unmarked(_part: str) -> str | None:
    """Nothing is known of the files."""
    return None


@given(st.sets(places), st.sets(places))
def test_what_several_replays_have_noted_is_known_and_nothing_else(
    first: set[Place], second: set[Place]
) -> None:
    known = Books()
    for noted in (first, second):
        books = Books()
        for place in noted:
            books.add(place)
        known.read(books.written("run", unmarked), "run", unmarked)
    everywhere = {Place(part, line) for part in PARTS for line in range(1, 320)}
    assert {place for place in everywhere if place in known} == first | second


def test_books_are_written_again_with_what_came_since() -> None:
    books, again = Books(), Books()
    books.add(Place(PARTS[0], 7))
    books.written("run", unmarked)
    books.add(Place(PARTS[0], 9))
    again.read(books.written("run", unmarked), "run", unmarked)
    assert [line for line in range(1, 20) if Place(PARTS[0], line) in again] == [7, 9]


def test_books_of_a_whole_part_are_small() -> None:
    books = Books()
    for line in range(1, 100_001):
        books.add(Place(PARTS[0], line))
    assert len(books.written("run", unmarked)) < 300


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"replayed": 1}',
        b'{"replayed": {"a": 1}}',
        b'{"replayed": {"a": null}}',
        b'{"replayed": {"a": {"lines": "eJwDAAAAAAE="}}}',
        *(
            books_of(lines)
            for lines in (None, 1, "", "AAAA", "eJwD", "eJwD AAAAAAE=", "eJwDAAAAAAEA")
        ),
        books_of(b64encode(zlib.compress(b"\xff" * 1000)[:-6]).decode()),
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_books_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="no books"):
        Books().read(content, "run", unmarked)


def test_books_that_unpack_to_much_are_told() -> None:
    bomb = b64encode(zlib.compress(bytes(200_000_000), 9)).decode()
    with pytest.raises(ValueError, match="no books"):
        Books().read(books_of(bomb), "run", unmarked)


def test_all_books_of_a_replay_have_one_bound() -> None:
    eighth = b64encode(zlib.compress(bytes(1 << 20), 9)).decode()
    books = Books()
    for number in range(8):
        books.read(books_of(eighth, f"_/x/{number}"), "run", unmarked)
        books.read(books_of(eighth, f"_/x/{number}"), "run", unmarked)  # takes no more room
    with pytest.raises(ValueError, match="no books"):
        books.read(books_of(eighth, "_/x/8"), "run", unmarked)


@pytest.mark.parametrize(
    ("then", "now", "is_left_out"),
    [("5-ab", "5-ab", True), ("5-ab", "6-ab", False), ("5-ab", None, True), (None, "5-ab", True)],
)
def test_of_a_part_that_is_another_now_nothing_was_sent(
    then: str | None, now: str | None, is_left_out: bool
) -> None:
    books, again = Books(), Books()
    books.add(Place(PARTS[0], 7))
    again.read(books.written("run", lambda _part: then), "run", lambda _part: now)
    assert (Place(PARTS[0], 7) in again) is is_left_out


@pytest.mark.parametrize("line", [0, -1, MOST_LINES, MOST_LINES + 1])
def test_a_place_has_a_line_that_a_part_can_have(line: int) -> None:
    with pytest.raises(ValueError, match="line"):
        Place("run/_/people/1", line)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "a/b/c/d", "a/b/c/d:x", "a/b/c/d:", "a/b/c/d:-1", f"a/b/c/d:{'1' * 5000}"),
        *("a/b/c:1", "../b/c/d:1", "a/../c/d:1", "/b/c/d:1", "a/b/c/d/e:1"),
    ],
)
def test_a_place_is_below_the_folder_of_its_run(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Place.read(text)


@given(st.sampled_from(PARTS), st.integers(1, MOST_LINES - 1))
def test_a_place_is_read_as_it_is_written(part: str, line: int) -> None:
    assert Place.read(str(Place(part, line))) == Place(part, line)


def test_books_have_names_that_no_namespace_has() -> None:
    assert are_books(f"/somewhere/run/{books_name('20260101T000000.000000Z')}")
    assert not are_books("/somewhere/run/report.json")
    assert not are_books("/somewhere/run/replayed-/000001.jsonl.gz")


def test_a_run_whose_folder_gets_another_name_keeps_its_books() -> None:
    books, again = Books(), Books()
    books.add(Place("run/_/people/000001.jsonl.gz", 7))
    books.add(Place("other/_/people/000001.jsonl.gz", 9))
    again.read(books.written("run", unmarked), "renamed", unmarked)
    assert Place("renamed/_/people/000001.jsonl.gz", 7) in again
    assert Place("run/_/people/000001.jsonl.gz", 7) not in again
    assert Place("other/_/people/000001.jsonl.gz", 9) in again
