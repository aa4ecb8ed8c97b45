"""Parts of rejected records: when they are stored, where, and what if they can't be."""

import gzip
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.airbyte.line import Line
from destination_inflection.errors import TransientError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.rejects.entry import Fault
from destination_inflection.rejects.parts import Parts, folder_of, order_of
from destination_inflection.streams import StreamKey

PEOPLE = StreamKey("app", "people")
OTHER = StreamKey(None, "other")
LINE = Line(b'{"type":"RECORD","record":{"stream":"people","data":{"id":1},"emitted_at":2}}')
FAULT = Fault(Reason.MISSING_EMAIL, PEOPLE, "identify", "email")


class Shelf:
    """Files in memory, a clock that stands, and a disk that may be full."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.time = 0.0
        self.full = False
        self.room = 1_000
        self.parts = Parts(self.save, "run", {"streams": []}, lambda: self.time)

    def save(self, path: str, content: bytes) -> str:
        if self.full or len(self.files) >= self.room:
            raise TransientError("full")
        assert path not in self.files, "a file was written twice"
        self.files[path] = content
        return f"/shelf/{path}"

    @property
    def standing(self) -> tuple[int, int, bool]:
        return self.parts.taken, self.parts.stored, self.parts.is_due

    @property
    def stored(self) -> int:
        return sum(
            len(gzip.decompress(content).splitlines())
            for name, content in self.files.items()
            if name.endswith(".gz")
        )


def test_parts_are_collected_for_a_minute() -> None:
    shelf = Shelf()
    seen = [shelf.standing]
    shelf.parts.put(FAULT, LINE)
    shelf.time = 59.9
    shelf.parts.put(FAULT, LINE)
    seen.append(shelf.standing)
    shelf.time = 60.0
    seen.append(shelf.standing)
    shelf.parts.seal()
    seen.append(shelf.standing)
    assert seen == [(0, 0, False), (2, 0, False), (2, 0, True), (2, 2, False)]
    assert list(shelf.files) == ["run/catalog.json", "run/app/people/000001.jsonl.gz"]
    assert (shelf.parts.location, shelf.parts.records) == ("/shelf/run", 2)


def test_the_minute_begins_anew_with_the_first_reject_after_a_part() -> None:
    shelf = Shelf()
    shelf.parts.put(FAULT, LINE)
    shelf.parts.seal()
    shelf.time = 100.0
    assert not shelf.parts.is_due
    shelf.parts.put(FAULT, LINE)
    shelf.time = 159.0
    assert not shelf.parts.is_due
    shelf.time = 160.0
    assert shelf.parts.is_due


def test_nothing_rejected_stores_nothing() -> None:
    shelf = Shelf()
    shelf.parts.seal()
    assert shelf.files == {}
    assert shelf.parts.location is None


def test_much_is_stored_at_once() -> None:
    shelf = Shelf()
    record = {"stream": "people", "data": {"text": "x" * 100_000}}
    large = json.dumps({"type": "RECORD", "record": record}).encode()
    for _ in range(400):
        shelf.parts.put(FAULT, Line(large))
    assert shelf.stored == 336  # twice 168 times 100 kB, which is just above 16 MiB
    assert (shelf.parts.taken, shelf.parts.stored) == (400, 336)


def test_what_could_not_be_stored_is_kept_for_the_next_try() -> None:
    shelf = Shelf()
    shelf.full = True
    shelf.parts.put(FAULT, LINE)
    shelf.parts.put(replace(FAULT, stream=OTHER), LINE)
    with pytest.raises(TransientError):
        shelf.parts.seal()
    assert shelf.parts.stored == 0
    shelf.full = False
    shelf.parts.seal()
    assert shelf.stored == 2
    assert shelf.parts.stored == 2


def test_a_disk_that_fills_up_between_two_parts_stores_each_once() -> None:
    shelf = Shelf()
    shelf.room = 2  # the catalog and one part
    shelf.parts.put(FAULT, LINE)
    shelf.parts.put(replace(FAULT, stream=OTHER), LINE)
    with pytest.raises(TransientError):
        shelf.parts.seal()
    assert (shelf.stored, shelf.parts.stored) == (1, 0)
    shelf.room = 10
    shelf.parts.seal()
    assert (shelf.stored, shelf.parts.stored, shelf.parts.records) == (2, 2, 2)


def test_part_numbers_run_within_a_stream_and_the_order_over_streams_is_in_the_header() -> None:
    shelf = Shelf()
    for streams in ([PEOPLE, OTHER], [OTHER, PEOPLE], [OTHER]):
        for stream in streams:
            shelf.parts.put(replace(FAULT, stream=stream), LINE)
        shelf.parts.seal()
    parts = [(name, order_of(held)) for name, held in shelf.files.items() if name.endswith(".gz")]
    assert parts == [
        ("run/app/people/000001.jsonl.gz", 1),
        ("run/_/other/000001.jsonl.gz", 2),
        ("run/_/other/000002.jsonl.gz", 3),
        ("run/app/people/000002.jsonl.gz", 4),
        ("run/_/other/000003.jsonl.gz", 5),
    ]


@pytest.mark.parametrize(
    ("stream", "path"),
    [
        (StreamKey("a/b", "c d"), "a%2Fb/c d"),
        (StreamKey(None, ".."), "_/%2E%2E"),
        (StreamKey("..", "x\0"), "%2E%2E/x%00"),
        (None, "_/_unreadable"),
        (StreamKey("replayed-1.json", "s"), "replayed-1%2Ejson/s"),
    ],
)
def test_names_are_names_of_files(stream: StreamKey | None, path: str) -> None:
    assert folder_of(stream) == path


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_stream_stays_below_its_run(namespace: str, name: str) -> None:
    parts = folder_of(StreamKey(namespace, name)).split("/")
    assert len(parts) == 2
    assert all(part.strip(".") for part in parts)
