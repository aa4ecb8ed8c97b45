"""The report's lines, as the log shows them."""

from collections import Counter

import pytest

from destination_inflection.delivery.outcomes import Change
from destination_inflection.delivery.traffic import OpenTransactions, Traffic
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, Timeline


def test_the_summary_names_every_stream_and_adds_up() -> None:
    report = Report(states_read=2, states_released=2, unreadable_lines=1)
    people = report.stream(StreamKey("app", "people"))
    people.read, people.delivered = 4, 2
    people.rejected[Reason.MISSING_EMAIL] = 1
    people.skipped[SkipReason.DELETED] = 1
    report.stream(StreamKey(None, "empty"))
    assert list(report.summary(2.0, Traffic(5, Counter({"HTTP 503": 1})))) == [
        (
            "Stream app.people: read 4, delivered 2, rejected 1 (missing_email 1), "
            "skipped 1 (deleted_in_source 1).",
            "WARN",
        ),
        ("Stream empty: read 0, delivered 0, rejected 0, skipped 0.", "INFO"),
        (
            "Total: read 4, delivered 2, rejected 1 (missing_email 1), skipped 1; "
            "unreadable lines 1; 2.0 s, 1 records/s, 5 requests, retries 1 (HTTP 503 1), "
            "2 of 2 states released.",
            "WARN",
        ),
    ]
    report.stream(StreamKey(None, "b")).not_finite.update({"score": 2, "age": 1})
    report.missing[StreamKey(None, "b")] = 3
    report.missing[None] = 1
    assert list(report.warnings()) == [
        "Stream b: NaN or Infinity was left out, by column: age 1, score 2.",
        "Lines that could not be read: 1 (unreadable_line). They may have been records, and are "
        "counted apart from them.",
        "Stream b: 3 records that the source counted did not arrive.",
        "All streams: 1 record that the source counted did not arrive.",
    ]


def test_what_writes_changed_is_told_where_inflection_says_it() -> None:
    report = Report()
    for name, changes in (("new", [Change.CREATED] * 2), ("old", [*Change]), ("members", [])):
        tally = report.stream(StreamKey(None, name))
        tally.read = tally.delivered = 3
        tally.changes.update(changes)
    members, new, old, total = (line for line, _ in report.summary(2.0, Traffic()))
    assert members.endswith("skipped 0.")
    assert new.endswith("skipped 0; created 2, updated 0, no change 0.")
    assert old.endswith("skipped 0; created 1, updated 1, no change 1.")
    assert "skipped 0; created 3, updated 1, no change 1; unreadable lines 0;" in total


def test_one_of_anything_is_one() -> None:
    report = Report(states_read=1, states_released=1)
    report.stream(StreamKey(None, "a")).unreadable.update(f"c{n}" for n in range(51))
    *_, columns, total = (line for line, _ in report.summary(2.0, Traffic(1)))
    assert columns.endswith(" and 1 more column.")
    assert total.endswith(" 1 request, retries 0, 1 of 1 state released.")


def test_withheld_values_are_counted_by_the_column_that_holds_them() -> None:
    """Whether a whole column stays or a key inside it: the line is true of both."""
    report = Report()
    report.stream(StreamKey(None, "a")).withheld.update({"settings": 1, "password": 2})
    lines = [line for line, _ in report.summary(2.0, Traffic())]
    assert lines[1] == (
        "Stream a: values left out because they look like credentials, by the column they are in: "
        "password 2, settings 1."
    )


def test_a_total_without_rejects_warns_of_unreadable_lines_only() -> None:
    report = Report()
    report.stream(StreamKey(None, "a")).read = report.stream(StreamKey(None, "a")).delivered = 1
    assert [level for _, level in report.summary(2.0, Traffic())] == ["INFO", "INFO"]
    report.unreadable_lines = 1
    assert [level for _, level in report.summary(2.0, Traffic())] == ["INFO", "WARN"]


def test_progress_is_one_line() -> None:
    report = Report()
    report.stream(StreamKey(None, "a")).read = 7
    report.states_read, report.states_released = 3, 1
    assert report.progress(Traffic(9, Counter({"HTTP 429": 2, "HTTP 500": 1}))) == (
        "Progress: read 7, delivered 0, rejected 0, skipped 0, under way 7, unreadable lines 0, "
        "retries 3 (HTTP 429 2, HTTP 500 1), requests in flight 9, 1 of 3 states released"
    )


@pytest.mark.parametrize(
    ("transactions", "shown"),
    [
        (None, "requests in flight 0, 0 of 0 states released"),
        (
            OpenTransactions(0, 0.0),
            "requests in flight 0, open transactions 0, 0 of 0 states released",
        ),
        (
            OpenTransactions(12, 34.6),
            "open transactions 12 (the oldest for 35 s), 0 of 0 states released",
        ),
    ],
)
def test_progress_tells_of_open_transactions_on_the_route_that_has_them(
    transactions: OpenTransactions | None, shown: str
) -> None:
    traffic = Traffic(transactions=transactions)
    assert Report().progress(traffic).endswith(f" {shown}")


def test_the_timeline_stays_small_and_adds_up() -> None:
    timeline, made = Timeline(), Report()
    for second in range(5000):
        made.stream(StreamKey(None, "people")).delivered += 3
        timeline.note(second + 0.5, made)
    assert sum(timeline.buckets) == 15_000
    assert len(timeline.buckets) <= 600
    assert timeline.seconds_per_bucket == 16
    assert timeline.buckets[5] == 48
