"""Which states must wait, and when a stream or a run is too bad to be green."""

import pytest

from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, StreamTally
from destination_inflection.sync.verdict import (
    MANY,
    Standing,
    doubt,
    failing_streams,
    run_problem,
    standing,
)

PEOPLE = StreamKey(None, "people")


def tally(delivered: int, skipped: int = 0, **rejected: int) -> StreamTally:
    made = StreamTally(read=delivered + skipped + sum(rejected.values()), delivered=delivered)
    made.rejected.update({Reason[name.upper()]: count for name, count in rejected.items()})
    if skipped:
        made.skipped[SkipReason.DELETED] = skipped
    return made


def report(*tallies: StreamTally, unreadable: int = 0) -> Report:
    streams = {StreamKey(None, f"s{n}"): each for n, each in enumerate(tallies)}
    return Report(streams, unreadable_lines=unreadable)


@pytest.mark.parametrize(
    ("books", "expected"),
    [
        (tally(0), Standing.GOOD),
        (tally(0, skipped=900), Standing.GOOD),
        (tally(0, missing_email=1), Standing.DOUBTFUL),
        (tally(0, missing_email=MANY - 1), Standing.DOUBTFUL),
        (tally(0, missing_email=MANY), Standing.FAILING),
        (tally(0, skipped=900, refused=MANY), Standing.FAILING),
        (tally(0, contact_failed=10, refused=10), Standing.FAILING),
        (tally(1, missing_email=10_000), Standing.GOOD),
        (tally(0, unknown_contact=10_000), Standing.GOOD),
        (tally(0, unknown_stream=10_000), Standing.GOOD),
        (tally(0, unknown_contact=10_000, missing_email=1), Standing.DOUBTFUL),
    ],
)
def test_how_a_stream_stands(books: StreamTally, expected: Standing) -> None:
    assert standing(books) is expected


@pytest.mark.parametrize(
    ("given_report", "limit", "words"),
    [
        (
            report(tally(9, missing_email=1)),
            9,
            ["1 of 10 records was rejected", "9%"],
        ),
        (report(tally(9, missing_email=1)), 0, ["1 of 10", "max_rejected_percent"]),
        (report(tally(9), unreadable=1), 5, ["1 of 10", "unreadable_line 1"]),
        (
            report(tally(0, missing_email=MANY)),
            100,
            ["20 records read, none delivered", "missing_email 20"],
        ),
        (
            report(tally(0, missing_email=10), tally(0, refused=10)),
            100,
            ["20 records read, none delivered", "missing_email 10", "refused 10"],
        ),
        (
            report(tally(0, skipped=1), unreadable=MANY),
            100,
            ["21 records and lines read, none delivered", "unreadable_line 20"],
        ),
        (
            report(tally(9, refused=2, missing_email=1)),
            5,
            ["The most frequent reason is refused. ", 'the lines "Rejected, ..." above.'],
        ),
        (report(unreadable=1), 100, ["1 line may have held records"]),
        (report(unreadable=2), 100, ["2 lines may have held records", "check the source's log"]),
        (report(tally(0, missing_email=1)), 0, ["1 of 1 record was rejected"]),
        (report(tally(0, missing_email=2)), 0, ["2 of 2 records were rejected"]),
    ],
)
def test_what_is_wrong_with_a_run(given_report: Report, limit: float, words: list[str]) -> None:
    found = run_problem(given_report, limit)
    assert found is not None
    for word in words:
        assert word in found.message


@pytest.mark.parametrize(
    ("given_report", "limit"),
    [
        (report(tally(9, missing_email=1)), 10),
        (report(tally(1, missing_email=99)), 100),
        (report(tally(0)), 0),
        (report(tally(0, skipped=5)), 0),
        (report(tally(0, skipped=1), unreadable=2), 100),
        (report(tally(8, skipped=1, missing_email=1)), 10),
        (report(tally(0, missing_email=MANY - 1)), 100),
        (report(tally(0, unknown_contact=900)), 100),
        (report(tally(0, unknown_stream=900)), 100),
    ],
)
def test_what_is_not_wrong_with_a_run(given_report: Report, limit: float) -> None:
    assert run_problem(given_report, limit) is None


def test_the_error_names_every_failing_stream_and_the_way_out() -> None:
    streams = {
        StreamKey("app", "leads"): tally(0, missing_email=40, invalid_email=2),
        StreamKey(None, "orgs"): tally(0, missing_group_id=MANY),
        PEOPLE: tally(5, missing_email=50),
    }
    found = failing_streams(streams)
    assert found is not None
    assert "Stream app.leads: 42 records read, none delivered" in found.message
    assert "missing_email 40, invalid_email 2" in found.message
    assert Reason.MISSING_EMAIL.help in found.message
    assert "Stream orgs: " in found.message
    assert Reason.MISSING_GROUP_ID.help in found.message
    assert "call skip" in found.message
    assert "Stream people" not in found.message


def test_streams_that_stand_well_enough_are_no_error() -> None:
    assert failing_streams({PEOPLE: tally(0, missing_email=MANY - 1)}) is None


def test_the_doubt_speaks_of_what_counts() -> None:
    assert doubt(PEOPLE, tally(0, missing_email=1)).startswith("Stream people: 1 record read, ")
    text = doubt(PEOPLE, tally(0, unknown_contact=9, missing_email=1))
    assert "unknown_contact 9, missing_email 1" in text
    assert Reason.MISSING_EMAIL.help in text
