"""The matrix in `docs/reliability.md`, between two marks: a table, and what is not played here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from integration_tests.conftest import ROOT, TRANSPORTS
from integration_tests.fault_matrix.cell import Played
from integration_tests.fault_matrix.faults import FAULTS, End
from integration_tests.fault_matrix.rows import Route
from simulation.reached import Seen

PAGE: Final = ROOT / "docs" / "reliability.md"
COLUMNS: Final = tuple((route, transport) for route in Route for transport in TRANSPORTS)
_BEGIN: Final = "<!-- fault matrix -->"
_END: Final = "<!-- end of fault matrix -->"
_SHOWN: Final = {
    End.GREEN: "green",
    End.CONFIG_ERROR: "config error",
    End.TRANSIENT_ERROR: "temporary error",
    End.SIGTERM: "exit 143",
    End.SIGKILL: "killed",
    End.NOBODY_READS: "exit 141",
}
_TOO_LONG: Final = "it takes too long in real time"
_INSIDE: Final = "it can't be caused from outside"
_SIMULATED: Final = (
    ("Out of reach until the deadline of ten minutes", Seen.GAVE_UP, _TOO_LONG),
    ("A record that breaks Inflection until the deadline", Seen.BREAKS_ENDPOINT, _TOO_LONG),
    ("A limit of a request a second", Seen.AT_FLOOR, _TOO_LONG),
    ("Something that hangs, killed 12 s after SIGTERM", Seen.KILLED_AFTER_SIGNAL, _INSIDE),
    ("Killed between storing a reject and its state", Seen.KILLED_BETWEEN, _INSIDE),
)
"""What is not played here, the rare state as which the simulator reaches it, and why."""
_ALONE: Final = "The simulator alone (`simulation/reached.py`) plays these; it has no transports:"
_NAMES: Final = {Route.EVENTS: "Event endpoint", Route.CONTACTS: "Developer API"}


def as_table(played: Sequence[Played]) -> str:
    """A table with a row for each fault and a column for each route and transport, and a list."""
    shown = {(each.cell.fault, each.cell.route, each.cell.transport): each for each in played}
    heads = [f"{_NAMES[route]}, {transport}" for route, transport in COLUMNS]
    rows = [["Fault", *heads], ["---"] * (1 + len(heads))]
    for fault in FAULTS:
        cells = (shown[fault, route, transport] for route, transport in COLUMNS)
        rows.append([fault.name, *map(_shown, cells)])
    table = [f"| {' | '.join(row)} |" for row in rows]
    alone = [f"- {name} (`{seen.name}`): {reason}" for name, seen, reason in _SIMULATED]
    return "\n".join([*table, "", _ALONE, "", *alone])


def write(table: str, page: Path = PAGE) -> None:
    """Puts a table in the place of the one on the page."""
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    page.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", "utf-8")


def _shown(played: Played) -> str:
    end = _SHOWN[played.cell.fault.end]
    return f"**failed**: {'; '.join(played.problems)}" if played.problems else end
