"""Part one: Airbyte's source-faker into the sandbox by PyAirbyte, twice with one state.

The source's `updated_at` is the time of the run, so a second read would differ: what is compared
is what the source really printed and what the connector was really fed, recorded on the way.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from inflection_sandbox.client import Sandbox, running_sandbox
from integration_tests.e2e import books
from integration_tests.e2e.account import Account
from integration_tests.e2e.environments import Environments
from integration_tests.e2e.expected import Becomes, as_text, expected, instant, sent
from integration_tests.e2e.processes import ProofError, run
from integration_tests.e2e.recordings import Message, Record, Recorded, Run, records, states

_RULES: Final[list[Message]] = [
    {
        "stream": "purchases",
        "call": "track",
        "event": "Product Purchased",
        "timestamp": "purchased_at, added_to_cart_at, created_at",
    }
]
_PLANS: Final = {
    "users": Becomes(
        call="identify",
        user_id="id",
        not_sent=frozenset({"id", "updated_at"}),
        times=("updated_at",),
        # Segment's spec of identify reserves these traits and spells them so.
        renamed={"created_at": "createdAt", "address.postal_code": "postalCode"},
    ),
    "purchases": Becomes(
        call="track",
        user_id="user_id",
        not_sent=frozenset({"user_id"}),
        event="Product Purchased",
        times=("purchased_at", "added_to_cart_at", "created_at"),
    ),
}


def prove(account: Account, environments: Environments, connector: Path, home: Path) -> None:
    """Runs the part in the folder `home`.

    Raises:
        ProofError: a program failed, so there is nothing to compare.
    """
    source = Recorded(home, "source-faker", environments.source_faker)
    destination = Recorded(home, "destination-inflection", connector)
    with running_sandbox(books.KEY) as sandbox:
        config = home / "config.json"
        config.write_text(json.dumps(books.write_config(sandbox, _RULES)), "utf-8")

        def sync() -> None:
            ended = run(
                [
                    environments.pyairbyte / "python",
                    Path(__file__).with_name("drive.py"),
                    *("--source", source.executable, "--destination", destination.executable),
                    *("--config", config, "--state", home / "state.duckdb"),
                ],
                folder=home,
                environment=environments.variables(home / "scratch"),
            )
            if ended.status != 0:
                runs = [*destination.runs("check"), *destination.runs("write")]
                said = "\n".join(books.errors(runs)) or ended.last_lines(hide=books.KEY)
                raise ProofError(f"the sync by PyAirbyte failed:\n{said}")

        account.title("1. source-faker by PyAirbyte: users and purchases")
        sync()
        _first(account, source.runs("read")[-1], destination, sandbox)
        account.title("2. The same sync again, from the state the connector released")
        before = sandbox.stats()["calls"]
        sync()
        _second(account, source.runs("read"), destination, sandbox, before)


def _first(account: Account, read: Run, destination: Recorded, sandbox: Sandbox) -> None:
    writes, checks = destination.runs("write"), destination.runs("check")
    books.check_runs(account, writes, checks)
    emitted, fed = list(records(read.printed)), books.fed_to(writes)
    account.check(
        "PyAirbyte handed on what the source printed, record by record",
        passed=[(r.stream, r.data) for r in emitted] == [(r.stream, r.data) for r in fed],
        detail=f"{len(emitted)} printed, {len(fed)} handed on",
    )
    calls = sandbox.read("calls")
    matched = books.match(fed, _plan, calls)
    books.check_counts(account, writes, fed, matched)
    books.check_rejected(account, writes, matched, _plan)
    books.check_order(account, matched.found, _plan, calls)
    books.check_form(account, calls)
    books.check_repeats(account, writes, matched, _plan, calls)
    books.check_answers(account, sandbox, len(checks))
    _check_people(account, fed, calls, sandbox.read("people"))
    _check_activity(account, fed, sandbox.read("activity"))
    _check_states(account, writes[-1], fed)


def _check_people(
    account: Account, fed: Sequence[Record], calls: Sequence[Message], people: Sequence[Message]
) -> None:
    """Person by person; rows that share an email make one person, the newest trait winning.

    Users are delivered side by side, so between users "newest" is the order of arrival.
    """
    place = {c["message"]["userId"]: c["number"] for c in calls if c["message"].get("traits")}
    users = [record.data for record in fed if record.stream == "users"]
    users.sort(key=lambda row: place.get(str(row["id"]), 0))
    wanted: defaultdict[str, dict[str, Any]] = defaultdict(lambda: {"user_ids": [], "traits": {}})
    for row in users:
        person = wanted[row["email"].strip().lower()]
        person["user_ids"] = sorted({*person["user_ids"], str(row["id"])})
        person["traits"].update(sent(_PLANS["users"], row))
    held = {p["email"]: {"user_ids": p["user_ids"], "traits": p["traits"]} for p in people}
    same = sum(as_text(held.get(email)) == as_text(person) for email, person in wanted.items())
    shared = sum(len(person["user_ids"]) > 1 for person in wanted.values())
    account.check(
        "Every user is a person: that email, that user id, the row's columns as traits",
        passed=same == len(wanted) == len(held) > 0,
        detail=f"{len(users)} users, {len(wanted)} emails ({shared} shared by several users), "
        f"{len(held)} people, {same} equal",
    )


def _check_activity(account: Account, fed: Sequence[Record], activity: Sequence[Message]) -> None:
    """Event by event, from the sandbox's list of product activity."""
    wanted = Counter(
        expected(_PLANS["purchases"], record) for record in fed if record.stream == "purchases"
    )
    held = Counter(
        as_text(
            {
                "type": "track",
                "userId": entry["user_id"],
                "event": entry["event"],
                "timestamp": instant(entry["timestamp"]),
                "properties": entry["properties"],
            }
        )
        for entry in activity
    )
    account.check(
        "Every purchase is one entry of that user's activity, at its time, with its columns",
        passed=wanted == held and bool(held),
        detail=f"{wanted.total()} purchases, {held.total()} entries, "
        f"{(wanted & held).total()} equal",
    )


def _check_states(account: Account, write: Run, fed: Sequence[Record]) -> None:
    """That every state came back, with counts that add up to the records."""
    given = [message for message in write.taken if message["type"] == "STATE"]
    back = [message for message in write.printed if message["type"] == "STATE"]
    counted: Counter[str] = Counter()
    rejected = 0.0
    for message in back:
        stats = message["state"]["destinationStats"]
        name = message["state"]["stream"]["stream_descriptor"]["name"]
        counted[name] += int(stats["recordCount"])
        rejected += stats["rejectedRecordCount"]
    account.check(
        "Every state came back in its order, as it was",
        passed=bool(given) and [_stateless(m) for m in given] == [_stateless(m) for m in back],
        detail=f"{len(given)} given, {len(back)} back",
    )
    account.check(
        "The counts on the states add up to the records",
        passed=counted == Counter(record.stream for record in fed) and not rejected,
        detail=", ".join(f"{name} {count}" for name, count in sorted(counted.items()))
        + f", rejected {rejected:.0f}",
    )


def _stateless(message: Message) -> Message:
    """A STATE message without what a destination adds to it."""
    kept = {k: v for k, v in message["state"].items() if k != "destinationStats"}
    return {**message, "state": kept}


def _second(
    account: Account,
    reads: Sequence[Run],
    destination: Recorded,
    sandbox: Sandbox,
    before: int,
) -> None:
    writes = destination.runs("write")
    books.check_runs(account, writes, destination.runs("check"))
    released = states([m for m in writes[0].printed if m["type"] == "STATE"])
    account.check(
        "The source started from the last state the connector released of each stream",
        passed=len(reads) == len(writes) == 2 and reads[-1].state == released != {},
        detail=", ".join(sorted(released)),
    )
    emitted = len(list(records(reads[-1].printed)))
    calls = sandbox.stats()["calls"]
    account.check(
        "Nothing new was sent",
        passed=emitted == 0 and calls == before > 0,
        detail=f"{emitted} records emitted, {before} calls in the sandbox before, {calls} after",
    )


def _plan(stream: str) -> Becomes:
    return _PLANS[stream]
