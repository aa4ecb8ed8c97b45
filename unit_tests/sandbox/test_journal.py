"""The journal: what it keeps of calls, and that its counts are the same when it is opened again."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.journal import SCHEMA, Call, Journal, Kind, Outcome, Tally
from inflection_sandbox.workspace import Workspace

NOTES = st.lists(
    st.tuples(st.sampled_from(Kind), st.sampled_from(Outcome), st.sampled_from(["", "400: Odd"]))
)


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(SCHEMA)
        yield db


def bodies(db: sqlite3.Connection) -> list[str | None]:
    return [body for (body,) in db.execute("SELECT body FROM calls ORDER BY number")]


@given(NOTES)
def test_a_journal_that_is_opened_again_counts_the_same(
    notes: list[tuple[Kind, Outcome, str]],
) -> None:
    with database() as db:
        before = Journal(db)
        for kind, outcome, reason in notes:
            before.note(Call(kind, b"{}"), outcome, 200, reason)
        after = Journal(db)
    assert before.tally.last == after.tally.last == len(notes)
    assert before.tally.reasons() == after.tally.reasons()
    assert before.tally.seconds() == after.tally.seconds()
    for kind in Kind:
        for outcome in Outcome:
            count = sum(each[:2] == (kind, outcome) for each in notes)
            assert before.tally.count(kind=kind, outcome=outcome) == count
            assert after.tally.count(kind=kind, outcome=outcome) == count


def test_only_the_last_hour_is_kept_by_the_second() -> None:
    tally = Tally()
    for number, at in enumerate((10.0, 10.9, 11.0, 3610.5, 3611.0)):
        tally.add(number, at, Kind.TRACK, Outcome.ACCEPTED, "")
    one = Counter({Outcome.ACCEPTED: 1})
    assert tally.seconds() == ((3610, one), (3611, one))
    assert tally.count() == 5


def test_a_clock_that_is_set_back_loses_no_call() -> None:
    tally = Tally()
    for number, at in enumerate((100.0, 40.0, 101.0)):
        tally.add(number, at, Kind.TRACK, Outcome.ACCEPTED, "")
    assert sum(counts.total() for _, counts in tally.seconds()) == 3
    assert [second for second, _ in tally.seconds()] == [100, 101]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_was_sent_is_kept_of_activity_and_of_the_newest_of_the_rest(
    kind: Kind, outcome: Outcome
) -> None:
    is_activity = kind in ("identify", "track", "group") and outcome in ("accepted", "repeat")
    with database() as db:
        journal = Journal(db)
        for number in range(502):
            journal.note(Call(kind, b"%d" % number), outcome, 200)
        assert bodies(db)[:2] == (["0", "1"] if is_activity else [None, None])
        assert bodies(db)[2:] == [str(number) for number in range(2, 502)]
        Journal(db).note(Call(kind, b"502"), outcome, 200)
        assert bodies(db)[2] == ("2" if is_activity else None)


def test_what_is_not_text_is_kept_as_far_as_it_is() -> None:
    call = Call(Kind.OTHER, b"\xff{")
    with database() as db:
        Journal(db).note(call, Outcome.REFUSED, 400, "400: Not a JSON object")
        assert bodies(db) == ["\N{REPLACEMENT CHARACTER}{"]


@pytest.mark.parametrize(
    ("timestamp", "happened"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-01T00:00:10.250Z", 10.25),
        ("not a time", None),
        ("1970-01-01T00:00:10", 10.0),
        ("0001-01-01T00:00:00+23:59", -62135683140.0),
        (None, None),
    ],
)
def test_a_call_happened_when_it_says_or_else_when_it_arrived(
    timestamp: str | None, happened: float | None
) -> None:
    with database() as db:
        Journal(db).note(Call(Kind.TRACK, b"{}", timestamp=timestamp), Outcome.ACCEPTED, 200)
        at, found = db.execute("SELECT at, happened FROM calls").fetchone()
    assert found == (at if happened is None else happened)


def test_a_file_of_another_version_is_not_kept_open(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE calls (number INTEGER PRIMARY KEY)")
    # What was raised refers to the workspace, so its connection is gone only if it was closed.
    with pytest.raises(ValueError, match="name a new file with --database") as _refused:
        Workspace(file)
    with closing(sqlite3.connect(file, timeout=0)) as db:
        db.execute("DROP TABLE calls")


def test_a_file_is_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        workspace = Workspace(tmp_path / "sandbox.db")
        workspace.journal.note(Call(Kind.TRACK, b"{}"), Outcome.ACCEPTED, 200)
        count = workspace.journal.tally.count()
        workspace.close()
    assert count == 2
