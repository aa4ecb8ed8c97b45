"""The report page's numbers and its first sentence, as people read them. Pure."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from destination_inflection.plurals import plural
from destination_inflection.report.document import Estimate, LeftOut, Result, StreamCounts
from destination_inflection.report.sums import Books, worst_first
from destination_inflection.streams import StreamKey

_MINUTE: Final = 60
_HOUR: Final = 3600
_THOUSAND: Final = 1000
_MOST_NAMED: Final = 3
"""Streams in one sentence."""
_OPENINGS: Final[Mapping[Result, str]] = {
    "succeeded": "",
    "incomplete": "",
    "failed": "The {command} failed: ",
    "terminated": "The {command} was stopped early: ",
    "dry_run": "Nothing was sent: ",
}
_NOTHING_READ: Final[Mapping[Result, str]] = {
    "succeeded": "There was nothing to deliver: no record was read.",
    "incomplete": "There was nothing to send: no stored record was chosen.",
    "failed": "The {command} failed before it read a record.",
    "terminated": "The {command} was stopped before it read a record.",
    "dry_run": "There was nothing to try: no record was read.",
}


def replay_command(location: str) -> str:
    """What sends a run's rejected records again, as it can be pasted into a shell."""
    return f"destination-inflection replay --config config.json {shlex.quote(location)}"


def number(value: float) -> str:
    """1234567 -> 1,234,567; a fraction below ten keeps one digit."""
    if value == int(value) or abs(value) >= 9.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 0.1 else "under 0.1"


def percent(part: int, whole: int) -> str:
    """A share, never rounded to nothing nor to all: 1 of 100,000 is `under 0.1%`."""
    if not whole or not part:
        return "0%"
    share = 100 * part / whole
    if part == whole:
        return "100%"
    if share < 0.1:
        return "under 0.1%"
    return f"{share:.1f}%" if share <= 99.9 else "over 99.9%"


def duration(seconds: float) -> str:
    """12.5 -> 12.5 s, 754 -> 12 min 34 s, 7384 -> 2 h 3 min."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{round(seconds, 1):g} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", "s")
    return _two(round(seconds / _MINUTE), _MINUTE, "h", "min")


def least_time(estimate: Estimate) -> str:
    """How long a real run takes at least: 0.4 -> less than a second, 12.5 -> at least 12.5 s."""
    return at_least(estimate["minutes"] * _MINUTE)


def at_least(seconds: float) -> str:
    """A time that no run comes below; one of less than a second is not told exactly."""
    return f"at least {duration(seconds)}" if seconds >= 1 else "less than a second"


def stored_counts(records: int, unreadable_lines: int) -> str:
    """What is stored of a run: 12 rejected records and 3 unreadable lines."""
    told = [f"{number(records)} rejected {plural(records, 'record')}"] if records else []
    if unreadable_lines:
        told.append(f"{number(unreadable_lines)} unreadable {plural(unreadable_lines, 'line')}")
    return _list(told)


def are_read_again(result: Result, states_read: int, states_released: int) -> bool:
    """Whether the next sync reads some rejected records again, which then need no replay."""
    return result in ("failed", "terminated") or states_released < states_read


def milliseconds(value: float) -> str:
    """0.42 -> 0.42 ms, 12.3 -> 12.3 ms, 1234 -> 1.23 s."""
    if value < 10:
        return f"{value:.2f} ms"
    if value < 99.95:
        return f"{value:.1f} ms"
    if round(value) < _THOUSAND:
        return f"{value:.0f} ms"
    return f"{value / _THOUSAND:,.2f} s"


def instant(text: str) -> str:
    """2026-11-23T10:00:00Z -> 23 November 2026, 10:00:00 UTC; anything else stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    zone = "UTC" if at.utcoffset() is not None and not at.utcoffset() else at.strftime("%z")
    return f"{at.day} {at:%B %Y, %H:%M:%S} {zone}".rstrip()


def verdict(
    result: Result, streams: Sequence[StreamCounts], left_out: LeftOut | None = None
) -> str:
    """The run in one sentence, after one on streams that were rejected whole.

    `left_out` is there if it was a replay.
    """
    return (
        f"{rejected_whole(streams, result)} {_ended(result, Books.of(streams), left_out)}".strip()
    )


def rejected_whole(streams: Sequence[StreamCounts], result: Result) -> str:
    """Names the streams all of whose records were rejected, but for skipped ones.

    The text is empty where there are none.
    """
    by_key = {
        StreamKey(each["namespace"], each["stream"]): each
        for each in worst_first(streams)
        if sum(each["rejected"].values()) and not (each["delivered"] or each["not_settled"])
    }
    if not by_key:
        return ""
    verb = "would be" if result == "dry_run" else "was" if len(by_key) == 1 else "were"
    if len(by_key) > 1:
        named = [str(key) for key in by_key][:_MOST_NAMED]
        if more := len(by_key) - len(named):
            named.append(f"{number(more)} more")
        return f"{number(len(by_key))} streams {verb} rejected whole: {_list(named)}."
    ((key, counts),) = by_key.items()
    reasons = sorted(counts["rejected"].items(), key=lambda entry: (-entry[1], entry[0]))
    listed = ", ".join(f"{reason} {number(count)}" for reason, count in reasons)
    skipped = sum(counts["skipped"].values())
    rest = f"; {number(skipped)} skipped" if skipped else ""
    return (
        f"Stream {key} {verb} rejected whole: "
        f"{_records(sum(counts['rejected'].values()))} ({listed}){rest}."
    )


def _ended(result: Result, books: Books, left_out: LeftOut | None) -> str:
    command = "sync" if left_out is None else "replay"
    if not books.read:
        if result in ("succeeded", "incomplete") and left_out and any(left_out.values()):
            return f"There was nothing left to send: {left_out_of(left_out)}."
        return _NOTHING_READ[result].format(command=command)
    verb = "would be" if result == "dry_run" else "was" if books.delivered == 1 else "were"
    if books.delivered == books.read:
        whole = "the one record" if books.read == 1 else f"all {_records(books.read)}"
        told = f"{whole} {verb} delivered"
    else:
        rest = _list([f"{number(count)} {what}" for count, what in _others(books) if count])
        told = f"{number(books.delivered)} of {_records(books.read)} {verb} delivered; {rest}"
    sentence = f"{_OPENINGS[result].format(command=command)}{told}."
    return sentence[0].upper() + sentence[1:]


def left_out_of(left_out: LeftOut) -> str:
    """The records that a replay did not send, and why not."""
    earlier, copies = left_out["sent_by_an_earlier_replay"], left_out["copies"]
    told = [f"{_records(earlier)} sent by an earlier replay"] if earlier else []
    if copies:
        told.append(f"{number(copies)} {plural(copies, 'copy', 'copies')} of records already tried")
    return _list(told)


def _others(books: Books) -> tuple[tuple[int, str], ...]:
    return (
        (books.rejected, "rejected"),
        (books.skipped, "skipped"),
        (books.not_settled, "not settled"),
    )


def _two(whole: int, size: int, large: str, small: str) -> str:
    rest = f" {whole % size} {small}" if whole % size else ""
    return f"{whole // size:,} {large}{rest}"


def _records(count: int) -> str:
    return f"{number(count)} {plural(count, 'record')}"


def _list(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
