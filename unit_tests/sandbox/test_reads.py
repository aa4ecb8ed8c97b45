"""The pages' queries: a page of a list follows the one before, and none walks through all calls."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import orjson
from hypothesis import given
from hypothesis import strategies as st

from inflection_sandbox.journal import Call, Kind, Outcome
from inflection_sandbox.reads import Listed
from inflection_sandbox.workspace import Workspace

T = TypeVar("T")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def everything(page: Callable[[str], Listed[T]]) -> list[T]:
    """All rows, page by page."""
    found, after = list[T](), ""
    while True:
        listed = page(after)
        found += listed.rows
        if listed.after is None:
            return found
        after = listed.after


def track(workspace: Workspace, user: str, event: str, second: float) -> None:
    at = f"1969-12-31T23:59:{second:09.6f}Z"
    message = {"type": "track", "userId": user, "event": event, "timestamp": at}
    call = Call(Kind.TRACK, orjson.dumps(message), user, event, timestamp=at)
    workspace.journal.note(call, Outcome.ACCEPTED, 200)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 3))))
def test_activity_has_every_track_once_and_in_time_order(
    tracks: list[tuple[str, str, int]],
) -> None:
    """Many happen at the same time, all before 1970."""
    workspace = Workspace()
    workspace.contacts.identify("p@b.example", {"email": "p@b.example"})
    workspace.take({"type": "identify", "userId": "a", "traits": {"email": "p@b.example"}})
    for user, event, second in tracks * 30:
        track(workspace, user, event, second)
    reads = workspace.reads
    for event in ("", "x"):
        for person, users in (("", "ab"), ("b", "b"), ("p@b.example", "a")):
            rows = everything(lambda after, e=event, p=person: reads.activity(e, p, after))  # type: ignore[misc]
            wanted = [t for t in tracks * 30 if t[0] in users and event in ("", t[1])]
            assert len({row.number for row in rows}) == len(rows) == len(wanted)
            order = [(row.happened, row.number) for row in rows]
            assert order == sorted(order, reverse=True)
    contact = reads.people("", "").rows[0].id
    known = reads.person(contact)
    assert known is not None
    own = everything(lambda after: reads.activity_of(known, after))
    assert [(row.happened, row.number) for row in own] == sorted(
        (row.happened, row.number) for row in own
    )
    assert len(own) == sum(user == "a" for user, _, _ in tracks * 30)
    workspace.close()


@given(st.sets(TEXTS, min_size=40, max_size=70))
def test_people_orgs_and_members_are_listed_once_whatever_they_are_called(names: set[str]) -> None:
    workspace = Workspace()
    for number, name in enumerate(names):
        email = f"{name}@b.example{number}"
        workspace.take({"type": "identify", "userId": name, "traits": {"email": email}})
        workspace.take({"type": "group", "userId": name, "groupId": name})
        workspace.take({"type": "group", "userId": name, "groupId": "all"})
    reads = workspace.reads
    people = everything(lambda after: reads.people("", after))
    assert len({person.email for person in people}) == len(people) == len(names)
    orgs = {org.group_id: org.members for org in everything(reads.orgs)}
    assert set(orgs) == names | {"all"}
    assert orgs["all"] == len(names)
    members = [m.user_id for m in everything(lambda after: reads.members("all", after))]
    assert members == sorted(names, key=lambda name: name.encode())
    workspace.close()


def test_no_page_walks_through_all_calls() -> None:
    workspace = Workspace()
    db: sqlite3.Connection = workspace.reads._db
    plans: list[str] = []

    class Explained:
        """Notes the plan of each statement."""

        def execute(self, query: str, values: object = ()) -> sqlite3.Cursor:
            explained = db.execute(f"EXPLAIN QUERY PLAN {query}", values)  # type: ignore[arg-type]
            plans.extend(row[3] for row in explained)
            return db.execute(query, values)  # type: ignore[arg-type]

    workspace.take({"type": "identify", "userId": "a", "traits": {"email": "p@b.example"}})
    workspace.take({"type": "group", "userId": "a", "groupId": "org"})
    reads = workspace.reads
    reads._db = Explained()  # type: ignore[assignment]
    person = reads.person(reads.people("p", "").rows[0].id)
    assert person is not None
    reads.activity_of(person, "")
    for event in ("", "x"):
        for who in ("", "a"):
            reads.activity(event, who, "5.0,7")
    reads.newest_calls(3)
    reads.call(1)
    reads.org("org")
    reads.members("org", "")
    reads.calls_about_org("org")
    assert [plan for plan in plans if plan.startswith("SCAN calls") and "USING" not in plan] == []
    assert any("activity_by_user" in plan for plan in plans)
    assert any("activity_by_event" in plan for plan in plans)
    workspace.close()
