"""What is true of a world over all its runs: what a state may cover, and what files may hold."""

import gzip
from base64 import b64encode
from collections.abc import Callable

import orjson
import pytest

from simulation.history import History
from simulation.lines import Fate
from simulation.violation import Rule
from unit_tests.simulation.by_hand import breaks, history, line, mark, state

PART = "people/part-1.jsonl.gz"


def part(*entries: object) -> bytes:
    content = b"".join(orjson.dumps(entry) + b"\n" for entry in entries)
    return gzip.compress(content, mtime=0)  # one name for its tests, whenever they are collected


def leaves_it(_made: History) -> None:
    """Nothing becomes of it."""


def delivers(made: History) -> None:
    made.delivered.add(mark(1))


def refuses(made: History) -> None:
    made.refused.add(mark(1))


def stores(made: History) -> None:
    made.file_saved(PART, part({"record": {"mpeople1": mark(1)}}))


def refuses_and_stores(made: History) -> None:
    refuses(made)
    stores(made)


def stores_raw(made: History) -> None:
    raw = b64encode(line(1, Fate.UNREADABLE).text + b"\n").decode()
    made.file_saved(PART, part({"reason": "unreadable_line", "raw": raw}))


NOT_DELIVERED = "mark_people_000001 is covered and was not delivered"
NOT_STORED = "mark_people_000001 is rejected, covered, and not stored"


@pytest.mark.parametrize(
    ("fate", "becomes", "has_store", "what"),
    [
        (Fate.SENT, delivers, False, None),
        (Fate.SENT, delivers, True, None),
        (Fate.SENT, leaves_it, False, NOT_DELIVERED),
        (Fate.SENT, stores, True, NOT_DELIVERED),
        (Fate.SENT, refuses, False, None),
        (Fate.SENT, refuses, True, NOT_STORED),
        (Fate.SENT, refuses_and_stores, True, None),
        (Fate.SKIPPED, leaves_it, True, None),
        (Fate.REJECTED, leaves_it, False, None),
        (Fate.REJECTED, leaves_it, True, NOT_STORED),
        (Fate.REJECTED, stores, True, None),
        (Fate.UNREADABLE, leaves_it, False, None),
        (Fate.UNREADABLE, leaves_it, True, NOT_STORED),
        (Fate.UNREADABLE, stores_raw, True, None),
    ],
)
def test_what_a_state_that_was_read_may_cover(
    fate: Fate, becomes: Callable[[History], None], what: str | None, *, has_store: bool
) -> None:
    made = history(line(1, fate), line(2), has_store=has_store)
    becomes(made)
    if what is None:
        made.state_read(state(1, people=1))
        assert (made.settled, made.cursors) == (1, {"people": 1})
        return
    with breaks(Rule.COVERED, what):
        made.state_read(state(1, people=1))


def test_a_state_looks_at_what_no_state_before_it_covered() -> None:
    made = history(*(line(number, Fate.SKIPPED) for number in range(1, 10)))
    for position in (0, 3, 3, 9):
        made.state_read(state(1, people=position))
        assert made.settled == position


def test_a_state_of_all_streams_covers_all_of_them() -> None:
    made = history(line(1), line(1, stream="events"))
    made.delivered.add(mark(1))
    with breaks(Rule.COVERED, "mark_events_000001"):
        made.state_read(state(1, None, people=1, events=1))


def test_a_state_of_one_stream_covers_no_other() -> None:
    made = history(line(1), line(1, stream="events"))
    made.delivered.add(mark(1))
    made.state_read(state(1, people=1))
    assert made.cursors == {"people": 1}


def test_a_state_never_goes_back() -> None:
    made = history(line(1, Fate.SKIPPED), line(2, Fate.SKIPPED))
    made.state_read(state(1, people=2))
    with breaks(Rule.STATES, "a state of people goes back"):
        made.state_read(state(2, people=1))


def test_what_is_sent_again_has_to_be_delivered_again() -> None:
    made = history(line(1), line(2), line(3))
    made.delivered.update({mark(1), mark(2)})
    made.refused.add(mark(3))
    made.state_read(state(1, people=1))
    made.begin_run()
    assert made.delivered == {mark(1)}
    assert not made.refused
    assert made.ever_refused == {mark(3)}
    with breaks(Rule.COVERED, "mark_people_000002"):
        made.state_read(state(2, people=2))


def test_files_of_rejects_are_read() -> None:
    made = history(line(1), line(2), line(3, Fate.UNREADABLE), has_store=True)
    raw = b64encode(b"  not a record ").decode()
    made.file_saved(PART, part({"record": {"m": mark(1)}}, {"raw": raw}, {"raw": None}))
    assert made.stored == {mark(1)}
    assert made.stored_lines == {b"not a record"}
    rejected = [made.is_missing(line(place, Fate.REJECTED)) for place in (1, 2)]
    assert (rejected, made.is_missing(line(2))) == ([False, True], False)


@pytest.mark.parametrize(
    ("path", "content", "is_broken"),
    [
        ("report.json", mark(1).encode(), True),
        ("report.html", b"<p>" + mark(1).encode(), True),
        ("report.json", b'{"read":1}', False),
        # Column names may be in it.
        ("run/catalog.json", mark(1).encode(), False),
        (PART, part({"record": {"m": mark(1)}}), False),
    ],
)
def test_only_stored_rejects_hold_values(path: str, content: bytes, *, is_broken: bool) -> None:
    made = history(line(1), has_store=True)
    if not is_broken:
        made.file_saved(path, content)
        return
    with breaks(Rule.SECRETS, f"{path} holds a record's value"):
        made.file_saved(path, content)


def test_whether_a_reject_is_stored_that_no_state_covers() -> None:
    made = history(line(1, Fate.REJECTED), has_store=True)
    assert not made.has_stored_uncovered()
    stores(made)
    assert made.has_stored_uncovered()
    made.state_read(state(1, people=1))
    assert not made.has_stored_uncovered()


def test_a_record_is_stored_once_in_a_run() -> None:
    made = history(line(1))
    entry = {"reason": "refused", "detail": mark(2), "record": {"mpeople1": mark(1)}}
    made.file_saved("run-1/people/1.jsonl.gz", part(entry))
    made.file_saved("run-2/people/1.jsonl.gz", part(entry))
    with breaks(Rule.COVERED, "mark_people_000001 is stored twice in one run"):
        made.file_saved("run-2/people/2.jsonl.gz", part(entry))
