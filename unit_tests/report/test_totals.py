"""Whatever the books are, the numbers of each output add up: the log, report.json and the page."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Final, cast

from hypothesis import given
from hypothesis import strategies as st

from destination_inflection.delivery.outcomes import Change
from destination_inflection.delivery.settings import EventEndpointRoute
from destination_inflection.delivery.traffic import Traffic
from destination_inflection.json_types import JsonObject
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.rejects.parts import StoredRun
from destination_inflection.report.build import RunFacts, as_document
from destination_inflection.report.document import Changes, ReportDocument
from destination_inflection.report.page import render
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, StreamTally, Timeline
from unit_tests.report.test_page import Page

COUNTS: Final = st.integers(0, 10**6)
# An unreadable line belongs to no stream, so it is no reason there.
REASONS: Final = st.sampled_from([r for r in Reason if r is not Reason.UNREADABLE_LINE])
CHANGED: Final = re.compile(r"(created|updated|no change) (\d+)")
FIGURES: Final = re.compile(r"(read|delivered|rejected|skipped|not settled|under way) (\d+)")


@st.composite
def tallies(draw: st.DrawFn) -> StreamTally:
    rejected = Counter[Reason](draw(st.dictionaries(REASONS, COUNTS, max_size=4)))
    skipped = Counter(draw(st.dictionaries(st.sampled_from(SkipReason), COUNTS, max_size=4)))
    delivered, under_way = draw(COUNTS), draw(st.just(0) | COUNTS)
    read = delivered + under_way + rejected.total() + skipped.total()
    tally = StreamTally(read, delivered, rejected, skipped)
    if delivered and draw(st.booleans()):  # a stream that only upserts contacts
        created = draw(st.integers(0, delivered))
        updated = draw(st.integers(0, delivered - created))
        rest = delivered - created - updated
        tally.changes = +Counter(dict(zip(Change, (created, updated, rest), strict=True)))
    return tally


KEYS: Final = st.builds(StreamKey, st.none() | st.just("n"), st.sampled_from("abcdef"))
BOOKS: Final = st.builds(
    Report, st.dictionaries(KEYS, tallies(), max_size=5), unreadable_lines=st.just(0) | COUNTS
)


def figures(line: str) -> dict[str, int]:
    return {name: int(count) for name, count in FIGURES.findall(line)}


def assert_adds_up(found: dict[str, int]) -> None:
    assert found["read"] == sum(count for name, count in found.items() if name != "read")


def changed(line: str) -> Counter[str]:
    return Counter({name: int(count) for name, count in CHANGED.findall(line)})


def listed(line: str) -> list[tuple[int, int]]:
    """Each count that is followed by a list of its parts, and what these add up to."""
    with_parts = re.findall(r"\w+ (\d+) \(([^)]*)\)", line)
    return [(int(n), sum(map(int, re.findall(r" (\d+)", f" {parts}")))) for n, parts in with_parts]


def parts_of(changes: Changes) -> list[int]:
    return [changes["created"], changes["updated"], changes["no_change"]]


def document_of(books: Report) -> ReportDocument:
    stored = StoredRun("rejected", books.rejected, "rejected", books.unreadable_lines)
    route = EventEndpointRoute("https://a.example", "basic", None)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    facts = RunFacts("failed", "It broke.", began, 1.0, route, {}, stored, None)
    return as_document(books, Traffic(), Timeline(), facts)


@given(BOOKS)
def test_the_log_adds_up(books: Report) -> None:
    *streams, total = (line for line, _ in books.summary(1.0, Traffic()))
    assert len(streams) == len(books.streams)
    summed: Counter[str] = Counter()
    for line in streams:
        assert_adds_up(figures(line))
        assert all(count == parts for count, parts in listed(line))
        summed.update(figures(line))
    assert_adds_up({"read": 0} | figures(total))
    assert +summed == +Counter(figures(total))
    assert all(count == parts for count, parts in listed(total.partition(";")[0]))
    levels = [level for _, level in books.summary(1.0, Traffic())]
    rejected = [sum(figures(line).get("rejected", 0) for line in streams), books.unreadable_lines]
    assert [level == "WARN" for level in levels] == [
        *(figures(line)["rejected"] > 0 for line in streams),
        any(rejected),
    ]
    assert f"unreadable lines {books.unreadable_lines};" in total
    parts: Counter[str] = Counter()
    for line in streams:
        assert not changed(line) or changed(line).total() == figures(line)["delivered"]
        parts.update(changed(line))
    assert parts == changed(total)
    progress = books.progress(Traffic())
    assert_adds_up(figures(progress))
    assert f"unreadable lines {books.unreadable_lines}," in progress


@given(BOOKS)
def test_the_document_adds_up(books: Report) -> None:
    made = document_of(books)
    totals = made["totals"]
    for stream in made["streams"]:
        ends = (stream["delivered"], *stream["rejected"].values(), *stream["skipped"].values())
        assert stream["read"] == sum(ends) + stream["not_settled"]
    streams = made["streams"]
    assert totals["read"] == sum(s["read"] for s in streams)
    assert totals["delivered"] == sum(s["delivered"] for s in streams)
    assert totals["rejected"] == sum(sum(s["rejected"].values()) for s in streams)
    assert totals["skipped"] == sum(sum(s["skipped"].values()) for s in streams)
    assert totals["not_settled"] == sum(s["not_settled"] for s in streams)
    ended = totals["delivered"] + totals["rejected"] + totals["skipped"]
    assert totals["read"] == ended + totals["not_settled"]
    assert totals["unreadable_lines"] == books.unreadable_lines
    told = [(s["delivered"], s["changes"]) for s in streams if s["changes"] is not None]
    assert all(delivered == sum(parts_of(changes)) for delivered, changes in told)
    assert (totals["changes"] is None) is (not told)
    if totals["changes"] is not None:
        each = zip(*(parts_of(changes) for _, changes in told), strict=True)
        assert parts_of(totals["changes"]) == [sum(counts) for counts in each]


@given(BOOKS)
def test_the_page_adds_up(books: Report) -> None:
    page = Page(render(cast(JsonObject, document_of(books))))
    if books.read:
        read, *ends = page.sum()
        assert (read, sum(ends)) == (books.read, books.read)
    cells = [
        (e.attributes["data-label"], e.text) for e in page.all("td") if "data-label" in e.attributes
    ]
    summed: Counter[str] = Counter()
    for label, text in cells:
        summed[label] += int(text.replace(",", ""))
    read_in_rows = summed.pop("Read", 0)
    assert read_in_rows == books.read == sum(summed.values())
    lines = f"{books.unreadable_lines:,} line"
    assert (f"In addition, {lines}" in page.one("body").text) is bool(books.unreadable_lines)
