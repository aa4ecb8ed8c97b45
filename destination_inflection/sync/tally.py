"""The run in numbers: what became of every record, stream by stream, for the log."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest
from typing import Final, Literal, NamedTuple

from destination_inflection.delivery.outcomes import Change
from destination_inflection.delivery.traffic import OpenTransactions, Traffic
from destination_inflection.mapping.reasons import Reason, SkipReason
from destination_inflection.plurals import plural
from destination_inflection.streams import StreamKey

_MOST_BUCKETS: Final = 600
_MOST_COLUMNS: Final = 50
_MOST_COLUMNS_COUNTED: Final = 1_000
"""Of a stream, each with its name, of at most so many characters; the others together."""
_LONGEST_COLUMN: Final = 512
_OTHER_COLUMNS: Final = "(others)"


class LastLine(NamedTuple):
    """One of the lines at the end of a run, and how it is logged."""

    text: str
    level: Literal["INFO", "WARN"] = "INFO"


class Kind(Enum):
    """What a run was, for what its last lines say."""

    SYNC = "a sync"
    REPLAY = "a replay, which has no states"
    DRY_RUN = "a run that sends nothing"


@dataclass(slots=True)
class StreamTally:
    """The books of one stream; `read = delivered + rejected + skipped + not_settled`."""

    read: int = 0
    delivered: int = 0
    rejected: Counter[Reason] = field(default_factory=Counter)
    skipped: Counter[SkipReason] = field(default_factory=Counter)
    words: dict[Reason, Counter[str]] = field(default_factory=dict)
    """Of the rejected records that Inflection answered, by what it said (`rejects.words`)."""
    unreadable: Counter[str] = field(default_factory=Counter)
    """Values of delivered records that could not be read and were left out, by column."""
    withheld: Counter[str] = field(default_factory=Counter)
    """Values that look like credentials and were left out, by column."""
    not_finite: Counter[str] = field(default_factory=Counter)
    """Records in which NaN or Infinity was left out, by column."""
    changes: Counter[Change] = field(default_factory=Counter)
    """Delivered records whose contact was written, by what Inflection said that this changed."""
    not_stored: tuple[str, ...] = ()
    """Properties of one of its contacts that Inflection took and did not store."""

    @property
    def not_settled(self) -> int:
        """Records under way; at the end of a run, those that no released state covers."""
        return self.read - self.delivered - self.rejected.total() - self.skipped.total()


def count(columns: Counter[str], name: str) -> str:
    """Counts a column once more; returns the name that it is counted under.

    Those beyond the first thousand, and those with long names, are counted together.
    """
    is_new = name not in columns
    is_too_much = len(columns) >= _MOST_COLUMNS_COUNTED or len(name) > _LONGEST_COLUMN
    counted = _OTHER_COLUMNS if is_new and is_too_much else name
    columns[counted] += 1
    return counted


class Timeline:
    """Records delivered over time, in at most 600 parts of equal length, however long it takes."""

    def __init__(self) -> None:
        self.seconds_per_bucket = 1.0
        self.buckets: list[int] = []
        self._before = 0

    def note(self, elapsed: float, report: "Report") -> None:
        """Counts what was delivered since the last time, `elapsed` seconds after the start."""
        at = int(elapsed / self.seconds_per_bucket)
        delivered = report.delivered
        while at >= _MOST_BUCKETS:
            pairs = zip_longest(self.buckets[::2], self.buckets[1::2], fillvalue=0)
            self.buckets = [first + second for first, second in pairs]
            self.seconds_per_bucket *= 2
            at = int(elapsed / self.seconds_per_bucket)
        self.buckets += [0] * (at + 1 - len(self.buckets))
        self.buckets[-1] += delivered - self._before
        self._before = delivered


@dataclass(slots=True)
class Report:
    """The books of one run; lines that could not be read are none of its records."""

    streams: dict[StreamKey, StreamTally] = field(default_factory=dict)
    unreadable_lines: int = 0
    states_read: int = 0
    states_released: int = 0
    missing: Counter[StreamKey | None] = field(default_factory=Counter)
    """Records that the source counted in its states and that never arrived, by stream."""

    def stream(self, key: StreamKey) -> StreamTally:
        """The tally of a stream, made when it is asked for first."""
        tally = self.streams.get(key)
        if tally is None:
            tally = self.streams[key] = StreamTally()
        return tally

    @property
    def read(self) -> int:
        """Records read so far."""
        return sum(tally.read for tally in self.streams.values())

    @property
    def delivered(self) -> int:
        """Records delivered so far."""
        return sum(tally.delivered for tally in self.streams.values())

    @property
    def changes(self) -> Counter[Change]:
        """Delivered records whose contact was written, by what this changed."""
        changes: Counter[Change] = Counter()
        for tally in self.streams.values():
            changes.update(tally.changes)
        return changes

    @property
    def skipped(self) -> int:
        """Records skipped so far."""
        return sum(tally.skipped.total() for tally in self.streams.values())

    @property
    def rejected(self) -> int:
        """Records rejected so far."""
        return sum(tally.rejected.total() for tally in self.streams.values())

    @property
    def not_settled(self) -> int:
        """Records under way."""
        return sum(tally.not_settled for tally in self.streams.values())

    @property
    def settled(self) -> int:
        """Records and lines whose end is known."""
        return self.read - self.not_settled + self.unreadable_lines

    def progress(self, traffic: Traffic) -> str:
        """Where the run is: a line without an end, for how fast it is comes behind."""
        states = plural(self.states_read, "state")
        return (
            f"Progress: read {self.read}, delivered {self.delivered}, rejected {self.rejected}, "
            f"skipped {self.skipped}, under way {self.not_settled}, "
            f"unreadable lines {self.unreadable_lines}, retries {_by_cause(traffic.retries)}, "
            f"requests in flight {traffic.in_flight}, {_open(traffic.transactions)}"
            f"{self.states_released} of {self.states_read} {states} released"
        )

    def summary(
        self, seconds: float, traffic: Traffic, kind: Kind = Kind.SYNC
    ) -> Iterator[LastLine]:
        """The final lines: one a stream, then the totals; those that count rejects are warnings."""
        delivered = "would be delivered" if kind is Kind.DRY_RUN else "delivered"
        reasons: Counter[Reason] = Counter()
        for key, tally in self._by_name():
            reasons += tally.rejected
            yield LastLine(
                f"Stream {key}: read {tally.read}, {delivered} {tally.delivered}, "
                f"rejected {_by_reason(tally.rejected)}, skipped {_by_reason(tally.skipped)}"
                f"{_not_settled(tally)}{_changes(tally)}.",
                "WARN" if tally.rejected.total() else "INFO",
            )
            if tally.unreadable:
                columns = _by_column(tally.unreadable)
                yield LastLine(
                    f"Stream {key}: values left out because they could not be read: {columns}."
                )
            if tally.withheld:
                yield LastLine(
                    f"Stream {key}: values left out because they look like credentials, by the "
                    f"column they are in: {_by_column(tally.withheld)}."
                )
        yield LastLine(
            f"Total: read {self.read}, {delivered} {self.delivered}, "
            f"rejected {_by_reason(reasons)}, "
            f"skipped {self.skipped}{_not_settled(self)}{_changes(self)}; "
            f"unreadable lines {self.unreadable_lines}; {self._pace(seconds, traffic, kind)}.",
            "WARN" if self.rejected or self.unreadable_lines else "INFO",
        )

    def _pace(self, seconds: float, traffic: Traffic, kind: Kind) -> str:
        if kind is Kind.DRY_RUN:
            return f"{seconds:.1f} s"
        rate = self.delivered / seconds if seconds else 0.0
        pace = (
            f"{seconds:.1f} s, {rate:.0f} records/s, "
            f"{traffic.requests} {plural(traffic.requests, 'request')}, "
            f"retries {_by_cause(traffic.retries)}"
        )
        if kind is Kind.REPLAY:
            return pace
        states = plural(self.states_read, "state")
        return f"{pace}, {self.states_released} of {self.states_read} {states} released"

    def _by_name(self) -> list[tuple[StreamKey, StreamTally]]:
        return sorted(self.streams.items(), key=lambda entry: str(entry[0]))

    def warnings(self) -> Iterator[str]:
        """What the person on call must see next to the summary: data that was not sent whole."""
        for key, tally in self._by_name():
            if tally.not_finite:
                columns = _by_column(tally.not_finite)
                yield f"Stream {key}: NaN or Infinity was left out, by column: {columns}."
            if tally.not_stored:
                names = ", ".join(tally.not_stored)
                yield f"Stream {key}: properties that Inflection did not store: {names}."
        if self.unreadable_lines:
            yield (
                f"Lines that could not be read: {self.unreadable_lines} "
                f"({Reason.UNREADABLE_LINE.value}). They may have been records, and are counted "
                "apart from them."
            )
        for stream, count in self.missing.items():
            of = f"Stream {stream}" if stream else "All streams"
            records = plural(count, "record")
            yield f"{of}: {count} {records} that the source counted did not arrive."


def _not_settled(books: StreamTally | Report) -> str:
    return f", not settled {books.not_settled}" if books.not_settled else ""


def _changes(books: StreamTally | Report) -> str:
    changes = books.changes
    if not changes:
        return ""
    return "; " + ", ".join(f"{change.value} {changes[change]}" for change in Change)


def _open(transactions: OpenTransactions | None) -> str:
    if transactions is None:
        return ""
    age = f" (the oldest for {transactions.oldest:.0f} s)" if transactions.number else ""
    return f"open transactions {transactions.number}{age}, "


def _by_column(counts: Counter[str]) -> str:
    shown = sorted(counts.most_common(_MOST_COLUMNS))
    more = len(counts) - len(shown)
    listed = ", ".join(f"{column} {count}" for column, count in shown)
    return f"{listed} and {more} more {plural(more, 'column')}" if more else listed


def _by_cause(retries: Counter[str]) -> str:
    if not retries:
        return "0"
    causes = ", ".join(f"{cause} {count}" for cause, count in retries.most_common())
    return f"{retries.total()} ({causes})"


def _by_reason(counts: Counter[Reason] | Counter[SkipReason]) -> str:
    if not counts:
        return "0"
    listed = ", ".join(f"{reason.value} {count}" for reason, count in sorted(counts.items()))
    return f"{sum(counts.values())} ({listed})"
