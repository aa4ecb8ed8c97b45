"""The matrix as a table in `docs/reliability.md`, between two marks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from integration_tests.conftest import ROOT, TRANSPORTS
from integration_tests.fault_matrix.cell import Played
from integration_tests.fault_matrix.faults import FAULTS, SIMULATED, End
from integration_tests.fault_matrix.rows import Route

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
_NAMES: Final = {Route.EVENTS: "Event endpoint", Route.CONTACTS: "Developer API"}


def as_table(played: Sequence[Played]) -> str:
    """The table: a row a fault, a column a route and transport."""
    shown = {(each.cell.fault, each.cell.route, each.cell.transport): each for each in played}
    heads = [f"{_NAMES[route]}, {transport}" for route, transport in COLUMNS]
    rows = [["Fault", *heads], ["---"] * (1 + len(heads))]
    for fault in FAULTS:
        cells = (shown[fault, route, transport] for route, transport in COLUMNS)
        rows.append([fault.name, *map(_shown, cells)])
    for name, state in SIMULATED.items():
        rows.append([name, *[f"simulator only: {state}"] * len(COLUMNS)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(table: str, page: Path = PAGE) -> None:
    """Puts a table in the place of the one on the page."""
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    page.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", "utf-8")


def _shown(played: Played) -> str:
    end = _SHOWN[played.cell.fault.end]
    return f"**failed**: {'; '.join(played.problems)}" if played.problems else end
