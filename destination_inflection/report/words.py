"""The report page's numbers and its first sentence, as people read them. Pure."""

import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from destination_inflection.plurals import plural
from destination_inflection.report.document import Result
from destination_inflection.report.sums import Books

_MINUTE: Final = 60
_HOUR: Final = 3600
_THOUSAND: Final = 1000
_OPENINGS: Final[Mapping[Result, str]] = {
    "succeeded": "",
    "failed": "The sync failed: ",
    "terminated": "The sync was stopped early: ",
    "dry_run": "Nothing was sent: ",
}
_NOTHING_READ: Final[Mapping[Result, str]] = {
    "succeeded": "There was nothing to deliver: no record was read.",
    "failed": "The sync failed before it read a record.",
    "terminated": "The sync was stopped before it read a record.",
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


def about_minutes(minutes: float) -> str:
    """An estimate, no more exact than it is: 0.4 -> a minute at most, 6.7 -> about 7 minutes."""
    if minutes <= 1:
        return "a minute at most"
    if minutes < 2 * _MINUTE:
        return f"about {max(round(minutes), 2)} minutes"
    return f"about {number(round(minutes / _MINUTE, 1))} hours"


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


def verdict(result: Result, books: Books) -> str:
    """The run in one sentence."""
    if not books.read:
        return _NOTHING_READ[result]
    verb = "would be" if result == "dry_run" else "was" if books.delivered == 1 else "were"
    if books.delivered == books.read:
        whole = "the one record" if books.read == 1 else f"all {_records(books.read)}"
        told = f"{whole} {verb} delivered"
    else:
        rest = _list([f"{number(count)} {what}" for count, what in _others(books) if count])
        told = f"{number(books.delivered)} of {_records(books.read)} {verb} delivered; {rest}"
    sentence = f"{_OPENINGS[result]}{told}."
    return sentence[0].upper() + sentence[1:]


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
