"""Three books of the same records, and whether they agree.

What the connector was fed (recorded), what it says became of it (the summary in its log, the counts
on its states), and what the sandbox holds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from inflection_sandbox.client import Sandbox
from integration_tests.e2e.account import Account
from integration_tests.e2e.expected import Becomes, arrived, as_text, expected
from integration_tests.e2e.recordings import Message, Record, Run, records, stream_name

KEY: Final = "end-to-end-key"
_SHOWN: Final = 1_000
_LARGEST_BYTES: Final = 32 * 1024
_ERRORS: Final = ("TRACE", "CONNECTION_STATUS")
_COUNT: Final = r"(\d+)(?: \(([^)]*)\))?"
_SUMMARY: Final = re.compile(
    rf"Stream (.+): read (\d+), delivered (\d+), rejected {_COUNT}, skipped {_COUNT}\."
)


@dataclass(slots=True)
class Tally:
    """What the connector says of one stream."""

    read: int = 0
    delivered: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def accounted(self) -> int:
        """The records whose end it names, reasons included."""
        return self.delivered + self.rejected.total() + self.skipped.total()


@dataclass(frozen=True, slots=True)
class Matched:
    """The records whose message the sandbox holds, the others, and messages of no record."""

    found: Sequence[Record]
    missing: Sequence[Record]
    of_no_record: Sequence[str]


def write_config(sandbox: Sandbox, rules: Sequence[Message]) -> Message:
    """The connector's configuration."""
    return {
        "api_key": KEY,
        "delivery": {"route": "event_endpoint", "endpoint_url": sandbox.endpoint_url},
        "streams": list(rules),
    }


def tallies(runs: Sequence[Run]) -> dict[str, Tally]:
    """The connector's own summaries, by stream."""
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for run in runs:
        for message in run.printed:
            text = message["log"]["message"] if message["type"] == "LOG" else ""
            if line := _SUMMARY.fullmatch(text):
                name, read, delivered, rejected, why_rejected, skipped, why_skipped = line.groups()
                tally = found[name]
                tally.read += int(read)
                tally.delivered += int(delivered)
                tally.rejected += _reasons(rejected, why_rejected)
                tally.skipped += _reasons(skipped, why_skipped)
    return dict(found)


def _reasons(total: str, listed: str | None) -> Counter[str]:
    """The counts by reason. A total without reasons does not count as accounted for."""
    pairs = (part.rsplit(" ", 1) for part in (listed or "").split(", ") if part)
    reasons = Counter({reason: int(count) for reason, count in pairs})
    return reasons if reasons.total() == int(total) else Counter()


def match(
    fed: Sequence[Record], becomes: Callable[[str], Becomes], calls: Sequence[Message]
) -> Matched:
    """Finds each record's message among the sandbox's calls; each call serves one record."""
    held = Counter(arrived(call["message"]) for call in calls)
    found, missing = [], []
    for record in fed:
        text = expected(becomes(record.stream), record)
        if held[text]:
            held[text] -= 1
            found.append(record)
        else:
            missing.append(record)
    return Matched(found, missing, list(held.elements()))


def check_runs(account: Account, runs: Sequence[Run], checks: Sequence[Run]) -> None:
    """That every run ended well and none gave the key away.

    A check is judged by its answer: PyAirbyte ends the program as soon as it has read it.
    """
    answers = [m["connectionStatus"]["status"] for run in checks for m in _answers(run)]
    account.check(
        "Every check of the connector succeeded, every write ended with exit status 0",
        passed=answers == ["SUCCEEDED"] * len(checks)
        and bool(runs)
        and not any(run.status for run in runs),
        detail=", ".join((f"checks {len(checks)}, writes {len(runs)}", *errors((*checks, *runs)))),
    )
    leaks = sum(KEY.encode() in run.raw_output for run in (*checks, *runs))
    account.check("The connector's output never holds the key", passed=not leaks)


def check_answers(account: Account, sandbox: Sandbox, checks: int) -> None:
    """That the sandbox took all it was sent, but for the probe of each `check`."""
    stats = sandbox.stats()
    wanted = {"200": stats["calls"], **({"501": checks} if checks else {})}
    account.check(
        "The sandbox took every message" + (", and nothing came of check's probe" * bool(checks)),
        passed=stats["answers"] == wanted,
        detail=", ".join(f"{count} answers {status}" for status, count in stats["answers"].items()),
    )


def check_order(
    account: Account,
    found: Sequence[Record],
    becomes: Callable[[str], Becomes],
    calls: Sequence[Message],
) -> None:
    """That each user's messages came in the order the connector was fed them."""
    fed_by_user: defaultdict[str, list[str]] = defaultdict(list)
    for record in found:
        plan = becomes(record.stream)
        fed_by_user[str(record.data[plan.user_id])].append(expected(plan, record))
    held_by_user: defaultdict[str, list[str]] = defaultdict(list)
    for call in calls:
        held_by_user[call["message"]["userId"]].append(arrived(call["message"]))
    account.check(
        "Each user's messages arrived in the order they were emitted",
        passed=fed_by_user == held_by_user,
        detail=f"{len(held_by_user)} users, {len(calls)} messages",
    )


def check_form(account: Account, calls: Sequence[Message]) -> None:
    """That every message has an id and its time in UTC."""
    messages = [call["message"] for call in calls]
    account.check(
        "Every message has an id and a UTC timestamp",
        passed=all(m.get("messageId") and str(m.get("timestamp")).endswith("Z") for m in messages),
        detail=f"{len(messages)} messages, {len({m.get('messageId') for m in messages})} ids",
    )


def check_repeats(
    account: Account,
    runs: Sequence[Run],
    matched: Matched,
    becomes: Callable[[str], Becomes],
    calls: Sequence[Message],
) -> None:
    """That a message id repeats where a row does: same key, or without a key the same row."""
    keys = {stream_name(stream): _primary_key(stream) for run in runs for stream in run.streams}
    seen: set[tuple[str, str]] = set()
    users: Counter[str] = Counter()
    streams: Counter[str] = Counter()
    for record in matched.found:
        row = record.stream, as_text(_identity(record.data, keys[record.stream]))
        if row in seen:
            users[str(record.data[becomes(record.stream).user_id])] += 1
            streams[short(record.stream)] += 1
        seen.add(row)
    repeats = Counter(call["message"]["userId"] for call in calls if call["repeat"])
    account.check(
        "Message ids repeat for rows that repeat, and for no others",
        passed=repeats == users,
        detail=f"{repeats.total()} repeats ({_counts(streams)})",
    )


def check_counts(
    account: Account, runs: Sequence[Run], fed: Sequence[Record], matched: Matched
) -> None:
    """That fed = read = delivered + rejected + skipped, and delivered = held by the sandbox."""
    said = tallies(runs)
    fed_by, held_by = _by_stream(fed), _by_stream(matched.found)
    streams = sorted({stream_name(s) for run in runs for s in run.streams} | said.keys())
    rows = [(name, fed_by[name], said.get(name, Tally()), held_by[name]) for name in streams]
    account.table(
        ("stream", "fed", "read", "delivered", "rejected", "skipped", "in the sandbox"),
        [
            (short(n), f, t.read, t.delivered, t.rejected.total(), t.skipped.total(), h)
            for n, f, t, h in rows
        ],
    )
    account.check(
        "The connector read every record it was fed",
        passed=bool(fed) and all(count == tally.read for _, count, tally, _ in rows),
        detail=f"{len(fed)} fed, {sum(t.read for t in said.values())} read, {len(rows)} streams",
    )
    totals = [sum((t.rejected for t in said.values()), Counter())]
    totals.append(sum((t.skipped for t in said.values()), Counter()))
    account.check(
        "Every record is delivered, or rejected or skipped with a reason",
        passed=all(tally.read == tally.accounted for _, _, tally, _ in rows),
        detail=f"{sum(t.delivered for t in said.values())} delivered, "
        f"{totals[0].total()} rejected ({_counts(totals[0])}), "
        f"{totals[1].total()} skipped ({_counts(totals[1])})",
    )
    account.check(
        "What it calls delivered is in the sandbox, with the right content, and nothing else is",
        passed=all(tally.delivered == held for _, _, tally, held in rows)
        and not matched.of_no_record,
        detail=f"{len(matched.found)} records found by content, "
        f"{len(matched.of_no_record)} messages of no record",
    )
    if matched.of_no_record:
        account.note(f"      The first of no record: {matched.of_no_record[0][:_SHOWN]}")


def check_rejected(
    account: Account, runs: Sequence[Run], matched: Matched, becomes: Callable[[str], Becomes]
) -> None:
    """That what did not arrive was rejected, and for the reason that is true of it."""
    said = {name: tally.rejected for name, tally in tallies(runs).items() if tally.rejected}
    wanted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for record in matched.missing:
        size = len(expected(becomes(record.stream), record).encode())
        wanted[record.stream]["too_large" if size > _LARGEST_BYTES else "unknown"] += 1
    named = "; ".join(f"{short(name)}: {_counts(counts)}" for name, counts in sorted(said.items()))
    account.check(
        "What is not in the sandbox was rejected, and rightly so",
        passed=said == wanted,
        detail=named or "nothing was rejected",
    )
    unexplained = [r for r in matched.missing if "unknown" in wanted[r.stream]][:1]
    for record in unexplained:
        text = expected(becomes(record.stream), record)
        account.note(f"      The first that is missing: {text[:_SHOWN]}")


def short(stream: str) -> str:
    """The stream's name without its namespace; no stream here has a dot of its own."""
    return stream.rpartition(".")[2]


def fed_to(runs: Sequence[Run]) -> list[Record]:
    """All records that the runs were given."""
    return [record for run in runs for record in records(run.taken)]


def errors(runs: Sequence[Run]) -> list[str]:
    """The errors the connector reported, in its own words."""
    messages = [m for run in runs for m in run.printed if m["type"] in _ERRORS]
    found = [m["trace"]["error"] for m in messages if m["type"] == "TRACE"]
    found += [m["connectionStatus"] for m in messages if m["type"] == "CONNECTION_STATUS"]
    words = (f"{e['message']} {e.get('stack_trace', '')}".strip() for e in found if "message" in e)
    return [text.replace(KEY, "****") for text in (*words, *(r.last_error for r in runs)) if text]


def _answers(run: Run) -> list[Message]:
    return [message for message in run.printed if message["type"] == "CONNECTION_STATUS"]


def _identity(row: Message, key: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    return [row.get(name) for name in key] if key else row


def _primary_key(configured: Message) -> list[str]:
    paths = configured.get("primary_key") or configured["stream"].get("source_defined_primary_key")
    return [path[0] for path in paths or []]


def _by_stream(found: Sequence[Record]) -> Counter[str]:
    return Counter(record.stream for record in found)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
