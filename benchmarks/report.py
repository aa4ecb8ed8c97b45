"""Writes the benchmark's results as a page: the goals first, then the figures behind them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.goals import Goal, goals_of


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the figures were taken."""

    system: str
    processors: int
    python: str
    versions: Mapping[str, str]
    """Of the packages that matter."""

    def __str__(self) -> str:
        """In words."""
        packages = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{self.system}, {self.processors} processors, Python {self.python}, {packages}"


def page(machine: Machine, records: int, figures: Mapping[str, Figure]) -> str:
    """RESULTS.md for the figures of a whole benchmark of so many events."""
    lines = [
        "# Results",
        "",
        "Made by `make bench`. Ratios of figures taken in one run are the result; the figures",
        f"themselves only illustrate, and belong to this machine: {machine}.",
        "",
        f"{records:,} events of 12 columns, one JSON message a request unless it says",
        "otherwise. Whole processes, from start to end.",
        "",
        "| measure | goal | measured |",
        "|---|--:|--:|",
        *map(_goal_row, goals_of(figures)),
        "",
        "![Records a second by connections, memory by records](results.png)",
        "",
        "| process | records | records/s | us of processor time a record | peak MiB |",
        "|---|--:|--:|--:|--:|",
        *(_figure_row(name, figure) for name, figure in figures.items()),
        "",
        "Contacts: the others send a thousand a POST and believe its answer; ours asks what became",
        "of each contact before it counts as delivered.",
        "",
        "At 50 ms the destinations that send one request after the other got fewer records: their",
        "rate does not depend on it. Over TLS the figures are of the run in the middle of six,",
        "taken in turn with six without TLS.",
        "",
        "In bad weather every record was in the sandbox once, or the run would have failed.",
        "Such a run ends with the call that failed most often in a row, and its waits are part of",
        "the figure: the shorter the run, the larger that part.",
    ]
    return "\n".join(lines) + "\n"


def _goal_row(goal: Goal) -> str:
    missed = "" if goal.is_reached else ", missed"
    return f"| {goal.measure} | {goal.bound} {goal.limit:g} | {goal.measured:.3g}{missed} |"


def _figure_row(name: str, figure: Figure) -> str:
    return (
        f"| {name} | {figure.records:,} | {figure.records_per_second:,.0f} | "
        f"{figure.microseconds:,.0f} | {figure.taken.peak_mib:.0f} |"
    )
