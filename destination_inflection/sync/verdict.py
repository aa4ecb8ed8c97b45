"""Judges a sync by its numbers: which states must wait, and whether too much was rejected. Pure.

No stream fails in silence. While nothing of a stream was delivered and something was rejected, its
states are held. A few rejects may be the nature of the data: their states go in the end, with a
warning. From `MANY` on, the stream is a config error that keeps its states.
"""

from collections import Counter
from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.plurals import plural
from destination_inflection.streams import StreamKey
from destination_inflection.sync.tally import Report, StreamTally

MANY: Final = 20
"""So many rejects, and nothing delivered, are not the nature of the data."""
LONGEST_HOLD_SECONDS: Final = 600.0
"""Airbyte wants a checkpoint at least every 15 minutes."""

# What says nothing against the stream's own mapping: it is unselected, or its people are elsewhere.
_HARMLESS: Final = frozenset({Reason.UNKNOWN_STREAM, Reason.UNKNOWN_CONTACT})
_EXPECTED: Final = (
    "If such rows are expected, leave them out in the source, or give the stream a rule with the "
    "call skip."
)


class Standing(IntEnum):
    """How a stream stands, the worst last."""

    GOOD = 0
    DOUBTFUL = 1
    """Nothing was delivered, and a few records were rejected."""
    FAILING = 2
    """Nothing was delivered, and many records were rejected."""


def standing(tally: StreamTally) -> Standing:
    """How a stream stands by what became of its records so far."""
    rejected = _counted(tally).total()
    if tally.delivered or not rejected:
        return Standing.GOOD
    return Standing.DOUBTFUL if rejected < MANY else Standing.FAILING


def run_problem(report: Report, max_rejected_percent: float) -> ConfigError | None:
    """What is wrong with the run as a whole, so far; while there is something, no state goes back.

    A wrong rule or key would make the loss of every record it rejects permanent.
    """
    if report.unreadable_lines and not report.read:
        lines = plural(report.unreadable_lines, "line")
        return ConfigError(
            f"{report.unreadable_lines} {lines} may have held records, but none could be read, so "
            "no state was released: check the source's log for what it prints."
        )
    rejects = report.rejected + report.unreadable_lines
    taken_in = report.read + report.unreadable_lines
    if not report.delivered and rejects >= MANY:
        reasons = _all_reasons(report)
        for harmless in _HARMLESS:
            del reasons[harmless]
        if reasons.total() >= MANY:
            return ConfigError(
                f"{taken_in} {_records(taken_in, report)} read, none delivered "
                f"({_listed(reasons)}), so no state was released. {_help(reasons)}"
            )
    settled = report.settled
    if settled and rejects * 100 > max_rejected_percent * settled:
        rejected = _all_reasons(report)
        return ConfigError(
            f"{rejects} of {settled} {_records(settled, report)} "
            f"{'was' if rejects == 1 else 'were'} rejected ({_listed(rejected)}), which is "
            f"more than the {max_rejected_percent:g}% that max_rejected_percent allows. "
            f"{_help(rejected)}"
        )
    return None


def _records(count: int, report: Report) -> str:
    """What so many of the input are called: lines that could not be read may be among them."""
    return "records and lines" if report.unreadable_lines else plural(count, "record")


def failing_streams(streams: Mapping[StreamKey, StreamTally]) -> ConfigError | None:
    """The error that names every stream of which nothing came through, if there are any."""
    sentences = [
        f"Stream {key}: {tally.read} {plural(tally.read, 'record')} read, none delivered "
        f"({_listed(tally.rejected)}), so its states were not released. "
        f"{_help(_counted(tally))} {_EXPECTED}"
        for key, tally in sorted(streams.items(), key=lambda entry: str(entry[0]))
        if standing(tally) is Standing.FAILING
    ]
    return ConfigError(" ".join(sentences)) if sentences else None


def doubt(stream: StreamKey, tally: StreamTally) -> str:
    """The warning for a stream whose states go although nothing of it was delivered."""
    return (
        f"Stream {stream}: {tally.read} {plural(tally.read, 'record')} read, none delivered "
        f"({_listed(tally.rejected)}). Its states were released anyway, because fewer than "
        f"{MANY} records were rejected. "
        f"{_help(_counted(tally))}"
    )


def _counted(tally: StreamTally) -> Counter[Reason]:
    return Counter({r: n for r, n in tally.rejected.items() if r not in _HARMLESS})


def _all_reasons(report: Report) -> Counter[Reason]:
    reasons: Counter[Reason] = Counter()
    for tally in report.streams.values():
        reasons.update(tally.rejected)
    reasons[Reason.UNREADABLE_LINE] += report.unreadable_lines
    return reasons


def _listed(reasons: Counter[Reason]) -> str:
    return ", ".join(f"{reason.value} {n}" for reason, n in reasons.most_common() if n)


def _help(reasons: Counter[Reason]) -> str:
    """What to do about the most frequent reason."""
    counted = [reason for reason, n in reasons.most_common() if n]
    first = counted[0]
    which = f"The most frequent reason is {first.value}. " if len(counted) > 1 else ""
    answers = (
        ' Its answers are in the lines "Rejected, ..." above.' if first is Reason.REFUSED else ""
    )
    return f"{which}{first.help}{answers}"
