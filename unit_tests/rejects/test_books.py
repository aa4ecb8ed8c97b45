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


@given(st.sets(places), st.sets(places))
def test_what_several_replays_have_noted_is_known_and_nothing_else(
    first: set[Place], second: set[Place]
) -> None:
    known = Books()
    for noted in (first, second):
        books = Books()
        for place in noted:
            books.add(place)
        known.read(books.written("run"), "run")
    everywhere = {Place(part, line) for part in PARTS for line in range(1, 320)}
    assert {place for place in everywhere if place in known} == first | second


def test_books_are_written_again_with_what_came_since() -> None:
    books, again = Books(), Books()
    books.add(Place(PARTS[0], 7))
    books.written("run")
    books.add(Place(PARTS[0], 9))
    again.read(books.written("run"), "run")
    assert [line for line in range(1, 20) if Place(PARTS[0], line) in again] == [7, 9]


def test_books_of_a_whole_part_are_small() -> None:
    books = Books()
    for line in range(1, 100_001):
        books.add(Place(PARTS[0], line))
    assert len(books.written("run")) < 300


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"replayed": 1}',
        b'{"replayed": {"a": 1}}',
        b'{"replayed": {"a": "AAAA"}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_books_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="no books"):
        Books().read(content, "run")


def test_books_that_unpack_to_much_are_read_in_part() -> None:
    bomb = b64encode(zlib.compress(bytes(200_000_000), 9)).decode()
    books = Books()
    books.read(json.dumps({"replayed": {PARTS[0]: bomb}}).encode(), "run")
    assert len(books.written("run")) < 20_000


@pytest.mark.parametrize("line", [0, -1, MOST_LINES])
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
    again.read(books.written("run"), "renamed")
    assert Place("renamed/_/people/000001.jsonl.gz", 7) in again
    assert Place("run/_/people/000001.jsonl.gz", 7) not in again
    assert Place("other/_/people/000001.jsonl.gz", 9) in again
