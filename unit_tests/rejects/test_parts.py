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
from destination_inflection.rejects.parts import Parts, folder_of
from destination_inflection.streams import StreamKey

PEOPLE = StreamKey("app", "people")
LINE = Line(b'{"type":"RECORD","record":{"stream":"people","data":{"id":1},"emitted_at":2}}')
FAULT = Fault(Reason.MISSING_EMAIL, PEOPLE, "identify", "email")


class Shelf:
    """Files in memory, a clock that stands, and a disk that may be full."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.time = 0.0
        self.full = False
        self.parts = Parts(self.save, "run", {"streams": []}, lambda: self.time)

    def save(self, path: str, content: bytes) -> str:
        if self.full:
            raise TransientError("full")
        assert path not in self.files, "a file was written twice"
        self.files[path] = content
        return f"/shelf/{path}"

    @property
    def stored(self) -> int:
        return sum(
            len(gzip.decompress(content).splitlines())
            for name, content in self.files.items()
            if name.endswith(".gz")
        )


def test_parts_are_collected_for_ten_seconds() -> None:
    shelf = Shelf()
    seen = [(shelf.parts.is_behind, shelf.parts.is_due)]
    shelf.parts.put(FAULT, LINE)
    seen.append((shelf.parts.is_behind, shelf.parts.is_due))
    shelf.time = 10.0
    seen.append((shelf.parts.is_behind, shelf.parts.is_due))
    shelf.parts.seal()
    seen.append((shelf.parts.is_behind, shelf.parts.is_due))
    assert seen == [(False, False), (True, False), (True, True), (False, False)]
    assert list(shelf.files) == ["run/catalog.json", "run/app/people/000001.jsonl.gz"]
    assert [(p.location, p.records) for p in shelf.parts.stored] == [
        ("/shelf/run/app/people/000001.jsonl.gz", 1)
    ]


def test_nothing_rejected_stores_nothing() -> None:
    shelf = Shelf()
    shelf.parts.seal()
    assert shelf.files == {}


def test_much_is_stored_at_once() -> None:
    shelf = Shelf()
    record = {"stream": "people", "data": {"text": "x" * 100_000}}
    large = json.dumps({"type": "RECORD", "record": record}).encode()
    for _ in range(100):
        shelf.parts.put(FAULT, Line(large))
    assert shelf.stored == 84  # twice 42 times 100 kB, which is just above 4 MiB


def test_what_could_not_be_stored_is_kept_for_the_next_try() -> None:
    shelf = Shelf()
    shelf.full = True
    shelf.parts.put(FAULT, LINE)
    shelf.parts.put(replace(FAULT, stream=StreamKey(None, "other")), LINE)
    with pytest.raises(TransientError):
        shelf.parts.seal()
    assert shelf.parts.is_behind
    shelf.full = False
    shelf.parts.seal()
    assert shelf.stored == 2


@pytest.mark.parametrize(
    ("stream", "path"),
    [
        (StreamKey("a/b", "c d"), "a%2Fb/c d"),
        (StreamKey(None, ".."), "_/%2E%2E"),
        (StreamKey("..", "x\0"), "%2E%2E/x%00"),
        (None, "_/_unreadable"),
    ],
)
def test_names_are_names_of_files(stream: StreamKey | None, path: str) -> None:
    assert folder_of(stream) == path


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_stream_stays_below_its_run(namespace: str, name: str) -> None:
    parts = folder_of(StreamKey(namespace, name)).split("/")
    assert len(parts) == 2
    assert all(part.strip(".") for part in parts)
