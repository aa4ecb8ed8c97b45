"""Parts of rejected records, the judgement over a run, and the numbers of a report."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.dry_run import DryRun
from destination_inflection.delivery.traffic import Latencies
from destination_inflection.errors import TransientError
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.rejects.parts import Fault, Parts, folder_of
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, Timeline
from unit_tests.delivery.fake_transport import FakeCall

PEOPLE = StreamKey("app", "people")
LINE = b'{"type":"RECORD","record":{"stream":"people","data":{"id":1},"emitted_at":2}}'
FAULT = Fault(Reason.MISSING_EMAIL, "identify", "email")


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
    shelf.parts.put(PEOPLE, FAULT, LINE)
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
        shelf.parts.put(PEOPLE, FAULT, large)
    assert shelf.stored == 84  # twice 42 times 100 kB, which is just above 4 MiB


def test_what_could_not_be_stored_is_kept_for_the_next_try() -> None:
    shelf = Shelf()
    shelf.full = True
    shelf.parts.put(PEOPLE, FAULT, LINE)
    shelf.parts.put(StreamKey(None, "other"), FAULT, LINE)
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


# The judgement


def report(delivered: int, rejected: int, skipped: int = 0, unreadable: int = 0) -> Report:
    made = Report(unreadable_lines=unreadable)
    tally = made.stream(PEOPLE)
    tally.read = delivered + rejected + skipped
    tally.delivered = delivered
    if rejected:
        tally.rejected[Reason.MISSING_EMAIL] = rejected
    if skipped:
        tally.skipped[SkipReason.DELETED] = skipped
    return made


# Numbers


@given(st.lists(st.floats(0.0, 1000.0), min_size=1), st.floats(0.01, 1.0))
def test_percentiles_are_within_five_per_cent(times: list[float], share: float) -> None:
    latencies = Latencies()
    for seconds in times:
        latencies.note(seconds)
    found = latencies.percentile(share)
    reached = sum(seconds <= found * (1 + 1e-9) for seconds in times)
    assert reached >= share * len(times)
    below = sum(seconds <= found / 1.051 for seconds in times if seconds > 0.0002)
    assert below < share * len(times) or found <= 0.0002
    assert latencies.count == len(times)


def test_the_timeline_stays_small_and_adds_up() -> None:
    timeline, made = Timeline(), report(0, 0)
    for second in range(5000):
        made.stream(PEOPLE).delivered += 3
        timeline.note(second + 0.5, made)
    assert sum(timeline.buckets) == 15_000
    assert len(timeline.buckets) <= 600
    assert timeline.seconds_per_bucket == 16
    assert timeline.buckets[5] == 48


def test_a_dry_run_counts_what_it_would_take() -> None:
    dry: DryRun[str] = DryRun()
    for kind, calls in (("contact", 2500), ("track", 10), ("member", 3)):
        for _ in range(calls):
            dry.submit(FakeCall("u", b"", kind), "t")
    assert dry.pending_calls == 2513
    assert len(dry.outcomes()) == 2513
    assert dry.pending_calls == 0
    assert dry.requests == 2 * 3 + 10 + 3 + 1
