"""Judges a sync by its numbers: whether too much was rejected to go on. Pure."""

from collections import Counter

from destination_inflection.errors import ConfigError
from destination_inflection.mapping.reasons import Reason
from destination_inflection.report import Report


def problem(report: Report, max_rejected_percent: float) -> ConfigError | None:
    """What is wrong with the sync as a whole, so far.

    While there is something, no state goes back: a wrong rule or key would make the loss of every
    record it rejects permanent.
    """
    rejected = report.rejected - report.unreadable_lines
    if rejected and not report.delivered:
        return ConfigError(
            f"Not one of the {report.read} records read was accepted ({_listed(report)}), so no "
            f"state was released. {_commonest(report).help}"
        )
    settled = report.settled
    if settled and report.rejected * 100 > max_rejected_percent * settled:
        return ConfigError(
            f"{report.rejected} of {settled} records were rejected ({_listed(report)}), which is "
            f"more than the {max_rejected_percent:g} % that max_rejected_percent allows. "
            f"{_commonest(report).help}"
        )
    return None


def _reasons(report: Report) -> Counter[Reason]:
    reasons: Counter[Reason] = Counter()
    for tally in report.streams.values():
        reasons.update(tally.rejected)
    if report.unreadable_lines:
        reasons[Reason.UNREADABLE_LINE] += report.unreadable_lines
    return reasons


def _listed(report: Report) -> str:
    return ", ".join(f"{reason.value} {n}" for reason, n in _reasons(report).most_common())


def _commonest(report: Report) -> Reason:
    return _reasons(report).most_common(1)[0][0]
